import { useMutation, useQueryClient } from '@tanstack/react-query';

import { answerOf, api } from './client';

/** Reads everything that is held of a person in a campaign, which is put on record. */
export function useExportContact(campaignId: string, contactId: string) {
  return useMutation({
    mutationFn: () =>
      answerOf(
        api.GET('/api/v1/campaigns/{id}/contacts/{contactId}/export', {
          params: { path: { id: campaignId, contactId } },
        }),
      ),
  });
}

/** Erases a person's data for good, and suppresses the addresses if that is wanted. */
export function useEraseContact(campaignId: string, contactId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (suppress: boolean) =>
      answerOf(
        api.POST('/api/v1/campaigns/{id}/contacts/{contactId}/erase', {
          params: { path: { id: campaignId, contactId } },
          body: { confirm: 'erase', suppress },
        }),
      ),
    onSuccess: () => {
      for (const queryKey of [
        ['contacts', campaignId],
        ['progress', campaignId],
        ['campaign', campaignId],
        ['review'],
        ['suppressions'],
      ])
        void queries.invalidateQueries({ queryKey });
    },
  });
}
