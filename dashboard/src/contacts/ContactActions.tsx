import { Group, Menu, Text, Textarea } from '@mantine/core';
import {
  IconBan,
  IconCircleCheck,
  IconDots,
  IconPlayerPlay,
  IconTrash,
  IconUserOff,
  type Icon,
} from '@tabler/icons-react';
import { useState } from 'react';

import { useContactCall, type ContactCall } from '../api/contacts';
import { Problem } from '../api/problem';
import type { Campaign, ContactDetail } from '../api/types';
import { Action } from '../display/Action';
import { Confirm } from '../display/Confirm';
import { useDenied } from '../session/may';
import { nameOf } from './name';

type Act = 'disable' | 'enable' | 'complete' | 'disqualify' | 'remove';

const looks: Record<Act, { label: string; icon: Icon; effect: string; grave: boolean }> = {
  disable: {
    label: 'Disable',
    icon: IconUserOff,
    effect: 'No outreach to the contact is begun any more, until it is enabled.',
    grave: false,
  },
  enable: { label: 'Enable', icon: IconPlayerPlay, effect: 'The contact goes on where it left off.', grave: false },
  complete: {
    label: 'Complete',
    icon: IconCircleCheck,
    effect: 'Nothing more is sent to the contact in this campaign. This cannot be undone.',
    grave: true,
  },
  disqualify: {
    label: 'Disqualify',
    icon: IconBan,
    effect: 'Nothing more is sent to the contact in this campaign, as it should not be reached. This cannot be undone.',
    grave: true,
  },
  remove: {
    label: 'Remove',
    icon: IconTrash,
    effect:
      'It is taken from the campaign. What was sent to it stays known, and it comes back with its attempts if it is added again.',
    grave: true,
  },
};

/** What can be done to a contact; each asks first, with its effect. */
export function ContactActions({
  campaign,
  contact,
  onGone,
}: {
  campaign: Campaign;
  contact: ContactDetail;
  onGone: () => void;
}) {
  const [asked, setAsked] = useState<Act>();
  const [reason, setReason] = useState('');
  const call = useContactCall(campaign.id, contact.id);
  const denied =
    useDenied('operator') ?? (campaign.status === 'archived' ? 'An archived campaign cannot be changed.' : undefined);
  const { underlyingStatus: status } = contact;
  const finished = status === 'completed' || status === 'disqualified';
  const first: Act | undefined = finished ? undefined : status === 'disabled' ? 'enable' : 'disable';
  const others: Act[] = finished ? ['remove'] : ['complete', 'disqualify', 'remove'];
  const close = () => {
    setAsked(undefined);
    setReason('');
    call.reset();
  };
  const carryOut = (act: Act) => {
    const what: ContactCall = act === 'remove' ? { act } : { act, reason: reason.trim() === '' ? null : reason };
    call.mutate(what, {
      onSuccess: () => {
        close();
        if (act === 'remove') onGone();
      },
    });
  };
  const look = asked === undefined ? undefined : looks[asked];
  return (
    <Group gap="xs">
      {[first].map((act) => {
        if (act === undefined) return null;
        const Picture = looks[act].icon;
        return (
          <Action
            key={act}
            size="xs"
            variant="default"
            denied={denied}
            leftSection={<Picture size={14} aria-hidden />}
            onClick={() => setAsked(act)}
          >
            {looks[act].label}
          </Action>
        );
      })}
      <Menu position="bottom-end" disabled={denied !== undefined}>
        <Menu.Target>
          <Action size="xs" variant="default" denied={denied} leftSection={<IconDots size={14} aria-hidden />}>
            More
          </Action>
        </Menu.Target>
        <Menu.Dropdown>
          {others.map((act) => {
            const Picture = looks[act].icon;
            return (
              <Menu.Item key={act} leftSection={<Picture size={14} aria-hidden />} onClick={() => setAsked(act)}>
                {looks[act].label}
              </Menu.Item>
            );
          })}
        </Menu.Dropdown>
      </Menu>
      {asked !== undefined && look !== undefined && (
        <Confirm
          opened
          onClose={close}
          title={`${look.label} ${nameOf(contact)}?`}
          act={look.label}
          grave={look.grave}
          busy={call.isPending}
          error={call.error}
          onConfirm={() => carryOut(asked)}
        >
          <Text size="sm">{look.effect}</Text>
          {asked !== 'remove' && asked !== 'enable' && (
            <Textarea
              label="Reason"
              description="Kept with the contact. May be left empty."
              maxLength={500}
              value={reason}
              error={call.error instanceof Problem ? call.error.at('/reason') : undefined}
              onChange={(event) => setReason(event.currentTarget.value)}
            />
          )}
        </Confirm>
      )}
    </Group>
  );
}
