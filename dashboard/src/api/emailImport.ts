import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';

import { answerOf, api } from './client';
import { pollSlowly } from './polling';
import type { EmailImportSettings } from './types';

/** How contacts come to a campaign by e-mail. */
export const emailImportQuery = (campaignId: string) =>
  queryOptions({
    queryKey: ['email-import', campaignId],
    queryFn: ({ signal }) =>
      answerOf(api.GET('/api/v1/campaigns/{id}/email-import', { params: { path: { id: campaignId } }, signal })),
    ...pollSlowly,
  });

export function useSetEmailImport(campaignId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: EmailImportSettings) =>
      answerOf(api.PUT('/api/v1/campaigns/{id}/email-import', { params: { path: { id: campaignId } }, body })),
    onSuccess: (setUp) => queries.setQueryData(emailImportQuery(campaignId).queryKey, setUp),
  });
}
