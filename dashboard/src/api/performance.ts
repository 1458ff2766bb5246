import { keepPreviousData, queryOptions } from '@tanstack/react-query';

import { answerOf, api } from './client';
import { pollLists } from './polling';

/** What a campaign's outreaches achieved, on the days from and to of its zone; without them at all times. */
export const performanceQuery = (id: string, query: { from?: string; to?: string }) =>
  queryOptions({
    queryKey: ['performance', id, query],
    queryFn: ({ signal }) =>
      answerOf(api.GET('/api/v1/campaigns/{id}/performance', { params: { path: { id }, query }, signal })),
    placeholderData: keepPreviousData,
    ...pollLists,
  });
