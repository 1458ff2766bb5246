import { Button, Group, Stack, Text } from '@mantine/core';

import { useUpdateCampaign } from '../api/campaigns';
import { Problem } from '../api/problem';
import type { Campaign } from '../api/types';
import { Action } from '../display/Action';
import { Failed } from '../display/Failed';
import { notify } from '../frame/notify';
import { useDenied } from '../session/may';
import { editsOf, useForm } from '../settings/edits';
import { EligibilityStep } from '../settings/EligibilityStep';

const fields = ['inbound', 'eligibility'] as const;

/** Takes in who writes or calls of themselves, and says who of them is eligible. The same as a step of the settings. */
export function Inbound({ campaign }: { campaign: Campaign }) {
  const update = useUpdateCampaign(campaign.id);
  const denied = useDenied('operator');
  const readOnly = denied !== undefined || campaign.status === 'archived';
  const refused = update.error instanceof Problem ? update.error : null;
  const form = useForm(campaign, refused, readOnly);
  const edits = editsOf(form.edits, fields);
  const dirty = Object.keys(edits).length > 0;
  const save = () =>
    update.mutate(edits, {
      onSuccess: ({ inbound }) => {
        form.forget(fields);
        notify(
          inbound.enabled === true ? 'Saved: people may join of themselves.' : 'Saved: nobody joins of themselves.',
        );
      },
    });
  return (
    <Stack>
      <Text size="sm">
        People may also come of themselves, by a text, a call or a mail to your number or address. Their message is the
        first response. Who was not taken, and why, is listed in Imports.
      </Text>
      {readOnly && <Text c="dimmed">{denied ?? 'An archived campaign cannot be changed.'}</Text>}
      <EligibilityStep form={form} inboundFirst />
      {update.error !== null && (
        <Failed
          title={
            refused !== null && refused.errors.length > 0
              ? 'Not saved: see what is wrong beside the fields. What you chose is kept.'
              : 'Not saved. What you typed is kept.'
          }
          error={update.error}
        />
      )}
      {!readOnly && (
        <Group justify="flex-end">
          {dirty && (
            <Button
              variant="subtle"
              onClick={() => {
                form.forget(fields);
                update.reset();
              }}
            >
              Discard changes
            </Button>
          )}
          <Action denied={dirty ? undefined : 'Nothing is changed.'} loading={update.isPending} onClick={save}>
            Save
          </Action>
        </Group>
      )}
    </Stack>
  );
}
