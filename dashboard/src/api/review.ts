import { keepPreviousData, queryOptions } from '@tanstack/react-query';

import { answerOf, api } from './client';
import { pollLists, pollSlowly } from './polling';

/** What waits for an approval, the most urgent first; of one campaign, or of all. */
export const reviewQuery = (campaignId: string | undefined) =>
  queryOptions({
    queryKey: ['review', campaignId ?? 'all'],
    queryFn: ({ signal }) =>
      answerOf(api.GET('/api/v1/review', { params: { query: { campaignId, perPage: 100 } }, signal })),
    placeholderData: keepPreviousData,
    ...pollLists,
  });

/** How much waits for an approval, over all campaigns. */
export const reviewCountQuery = queryOptions({
  queryKey: ['review', 'count'],
  queryFn: ({ signal }) =>
    answerOf(api.GET('/api/v1/review', { params: { query: { perPage: 1 } }, signal })).then(({ total }) => total),
  ...pollSlowly,
});
