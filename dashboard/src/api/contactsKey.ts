import { useMutation, useQueryClient } from '@tanstack/react-query';

import { answerOf, api } from './client';
import type { Campaign } from './types';

/** Makes a key that can add contacts to one campaign, and nothing else. The answer shows it this once. */
export function useMakeContactsKey(campaign: Campaign) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () =>
      answerOf(
        api.POST('/api/v1/api-keys', {
          body: {
            name: `Contacts of ${campaign.name}`.slice(0, 200),
            role: 'operator',
            campaignIds: [campaign.id],
            actions: ['contacts:write'],
            expiresAt: null,
          },
        }),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['api-keys'] }),
  });
}
