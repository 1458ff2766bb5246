import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';

import { answerOf, api } from './client';
import type { InstallationPatch } from './types';

/** The settings of the installation, and how it is configured. They rarely change. */
export const installationQuery = queryOptions({
  queryKey: ['installation'],
  queryFn: ({ signal }) => answerOf(api.GET('/api/v1/settings', { signal })),
  staleTime: 60_000,
});

export function useUpdateInstallation() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: InstallationPatch) => answerOf(api.PATCH('/api/v1/settings', { body })),
    onSuccess: (settings) => queries.setQueryData(installationQuery.queryKey, settings),
  });
}
