import { Group, Paper, Radio, Stack, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';

import { useCreateCampaign } from '../api/campaigns';
import { Problem } from '../api/problem';
import type { Campaign } from '../api/types';
import { Action } from '../display/Action';
import { Failed } from '../display/Failed';
import { ButtonLink } from '../frame/links';
import { Page } from '../frame/Page';
import { useDenied } from '../session/may';

/** The first step of a new campaign: what makes it a draft. The others follow on its own page. */
export function NewCampaignPage() {
  const [name, setName] = useState('');
  const [type, setType] = useState<Campaign['type']>('one_time');
  const navigate = useNavigate();
  const create = useCreateCampaign();
  const denied = useDenied('operator') ?? (name.trim() === '' ? 'Give the campaign a name first.' : undefined);
  const refused = create.error instanceof Problem ? create.error : null;
  const submit = () => {
    if (denied !== undefined || create.isPending) return;
    create.mutate(
      { name, type },
      {
        onSuccess: ({ id }) =>
          void navigate({
            to: '/campaigns/$campaignId/settings',
            params: { campaignId: id },
            search: { step: 'channels' },
          }),
      },
    );
  };
  return (
    <Page title="New campaign" crumbs={[{ label: 'Campaigns', to: '/campaigns' }]}>
      <Paper withBorder p="lg" maw={640}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            submit();
          }}
        >
          <Stack>
            <TextInput
              label="Name"
              description="Shown to staff only."
              required
              autoFocus
              maxLength={200}
              value={name}
              error={refused?.at('/name')}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <Radio.Group label="Type" value={type} onChange={(value) => setType(value)} error={refused?.at('/type')}>
              <Stack gap="xs" mt={6}>
                <Radio value="one_time" label="One-time" description="One outreach for each contact." />
                <Radio
                  value="follow_up"
                  label="Follow-up"
                  description="Further attempts until the contact has replied as hoped, or the attempts are used."
                />
              </Stack>
            </Radio.Group>
            {create.error !== null && (
              <Failed title="The campaign was not created. What you typed is kept." error={create.error} />
            )}
            <Group>
              <Action denied={denied} loading={create.isPending} onClick={submit}>
                Create the draft
              </Action>
              <ButtonLink variant="default" to="/campaigns">
                Cancel
              </ButtonLink>
            </Group>
          </Stack>
        </form>
      </Paper>
    </Page>
  );
}
