import { Badge, Group, Stack, Text, Title } from '@mantine/core';
import { IconCheck, IconPencil } from '@tabler/icons-react';
import { lazy, Suspense, useState } from 'react';

import { useContactCall } from '../api/contacts';
import type { Campaign, ContactDetail, PlannedOutreach } from '../api/types';
import { Action } from '../display/Action';
import { ChannelIcon } from '../display/Channel';
import { Failed } from '../display/Failed';
import { LoadingRows } from '../frame/Loading';
import { useDenied } from '../session/may';
import { useNow } from '../time/now';
import { inZones } from '../time/words';
import { OutreachView } from './OutreachView';

// Its pickers of dates are large, and few edit.
const EditOutreach = lazy(() => import('./EditOutreach').then((module) => ({ default: module.EditOutreach })));

interface Props {
  campaign: Campaign;
  contact: ContactDetail;
  outreach: PlannedOutreach;
}

/** A contact's next outreach as it will look, to be approved and edited in place. */
export function NextOutreach({ campaign, contact, outreach }: Props) {
  const [editing, setEditing] = useState(() => sessionStorage.getItem(`outreach-${outreach.id}`) !== null);
  const call = useContactCall(campaign.id, contact.id);
  const denied = useDeniedFor(campaign, outreach);
  const now = useNow();
  const approved = outreach.approvedVersion === outreach.version;
  const approveDenied =
    denied ??
    (approved
      ? 'This version is approved already.'
      : !campaign.manualReview
        ? 'Manual review is off: nothing needs an approval.'
        : undefined);
  return (
    <Stack gap="xs">
      <Group justify="space-between" gap="xs">
        <Title order={3} size="h5">
          Next outreach
        </Title>
        <Text size="xs" c="dimmed">
          Attempt {outreach.attempt} · version {outreach.version} by{' '}
          {outreach.author === 'ai' ? 'the AI' : outreach.author}
        </Text>
      </Group>
      {editing ? (
        <Suspense fallback={<LoadingRows rows={4} />}>
          <EditOutreach
            campaignId={campaign.id}
            contactId={contact.id}
            outreach={outreach}
            offered={campaign.channels}
            zone={contact.timezone}
            onClose={() => setEditing(false)}
          />
        </Suspense>
      ) : (
        <>
          <Group gap="sm">
            <ChannelIcon channel={outreach.channel} named />
            <Text size="sm">{inZones(new Date(outreach.sendAt), contact.timezone, now)}</Text>
            {approved && (
              <Badge variant="default" leftSection={<IconCheck size={12} aria-hidden />}>
                Approved
              </Badge>
            )}
          </Group>
          <OutreachView outreach={outreach} />
          {outreach.reason !== '' && (
            <Text size="sm" c="dimmed">
              Why: {outreach.reason}
            </Text>
          )}
          {call.error !== null && <Failed title="It was not approved" error={call.error} />}
          <Group gap="xs">
            {campaign.manualReview && (
              <Action
                size="xs"
                denied={approveDenied}
                loading={call.isPending}
                leftSection={<IconCheck size={14} aria-hidden />}
                onClick={() => call.mutate({ act: 'approve', version: outreach.version })}
              >
                Approve
              </Action>
            )}
            <Action
              size="xs"
              variant="default"
              denied={denied}
              leftSection={<IconPencil size={14} aria-hidden />}
              onClick={() => setEditing(true)}
            >
              Edit
            </Action>
          </Group>
        </>
      )}
    </Stack>
  );
}

/** Why the outreach can be neither approved nor edited. */
function useDeniedFor(campaign: Campaign, outreach: PlannedOutreach): string | undefined {
  const role = useDenied('operator');
  if (role !== undefined) return role;
  if (campaign.status === 'archived') return 'An archived campaign cannot be changed.';
  if (outreach.state !== 'planned' && outreach.state !== 'approved') return 'It is being sent already.';
  return undefined;
}
