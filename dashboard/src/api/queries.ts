import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';

import { Problem } from './problem';

/** Makes the client that holds what the API answered. Whoever is not signed in any more is told so once. */
export function newQueryClient(onSignedOut: () => void): QueryClient {
  const onError = (error: Error) => {
    if (error instanceof Problem && error.status === 401) onSignedOut();
  };
  return new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        staleTime: 1_000,
        // What was refused stays refused; who does not answer is asked again by polling.
        retry: (failures, error) => !(error instanceof Problem && error.status < 500) && failures < 1,
        retryDelay: 1_000,
        networkMode: 'always',
        refetchOnWindowFocus: true,
      },
      mutations: { networkMode: 'always' },
    },
  });
}
