import { Box, Button, Group, Stack, Text, Title } from '@mantine/core';
import { IconMessageReply, IconSend } from '@tabler/icons-react';
import { useState } from 'react';

import { useContactCall } from '../api/contacts';
import type { ContactDetail, PastOutreach, Response } from '../api/types';
import { Action } from '../display/Action';
import { ChannelIcon, channels } from '../display/Channel';
import { Confirm } from '../display/Confirm';
import { Moment } from '../display/Moment';
import { outcomes, outreachStates } from '../display/outcome';
import { OutreachView } from '../outreach/OutreachView';
import { useDenied } from '../session/may';
import { entriesOf } from './entries';
import classes from './Timeline.module.css';

/** What was sent and what came back, the newest first. */
export function Timeline({ campaignId, contact }: { campaignId: string; contact: ContactDetail }) {
  const entries = entriesOf(contact);
  return (
    <Stack gap="sm">
      <Title order={3} size="h5">
        History
      </Title>
      {entries.length === 0 && (
        <Text size="sm" c="dimmed">
          Nothing was sent yet, and nothing came back.
        </Text>
      )}
      <ol className={classes.list}>
        {entries.map((entry) => (
          <li key={entry.key} className={classes.entry}>
            {entry.kind === 'outreach' ? (
              <Sent campaignId={campaignId} contact={contact} outreach={entry.outreach} />
            ) : (
              <Reply response={entry.response} zone={contact.timezone} />
            )}
          </li>
        ))}
      </ol>
    </Stack>
  );
}

function Sent({
  campaignId,
  contact,
  outreach,
}: {
  campaignId: string;
  contact: ContactDetail;
  outreach: PastOutreach;
}) {
  const [open, setOpen] = useState(false);
  const { channel, attempt, state, outcome, code, sentAt, events } = outreach;
  return (
    <Stack gap={4}>
      <Group gap="xs">
        <IconSend size={14} aria-hidden color="var(--mantine-color-dimmed)" />
        <ChannelIcon channel={channel} />
        <Text size="sm" fw={500}>
          Attempt {attempt}: {outcome === null ? outreachStates[state] : outcomes[outcome]}
        </Text>
        {code !== null && (
          <Text size="xs" c="dimmed">
            {code}
          </Text>
        )}
        <Text size="xs" c="dimmed" ml="auto">
          {sentAt !== null && <Moment at={sentAt} zone={contact.timezone} absolute />}
        </Text>
      </Group>
      {events.length > 0 && (
        <Text size="xs" c="dimmed">
          {events.map((event, place) => (
            <span key={`${event.type} ${event.at} ${place}`}>
              {place > 0 && ' → '}
              {event.type.replaceAll('_', ' ')}
              {event.code !== null && ` (${event.code})`} <Moment at={event.at} zone={contact.timezone} />
            </span>
          ))}
        </Text>
      )}
      {open && <OutreachView outreach={outreach} />}
      <Group gap="xs">
        <Button variant="subtle" size="compact-xs" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? 'Hide' : 'Show'} the {channels[channel].noun}
        </Button>
        {state === 'unknown' && <Resend campaignId={campaignId} contactId={contact.id} outreach={outreach} />}
      </Group>
    </Stack>
  );
}

/** Only who accepts that it may arrive twice sends again what may have been sent. */
function Resend({
  campaignId,
  contactId,
  outreach,
}: {
  campaignId: string;
  contactId: string;
  outreach: PastOutreach;
}) {
  const [asked, setAsked] = useState(false);
  const call = useContactCall(campaignId, contactId);
  const denied = useDenied('operator');
  return (
    <>
      <Action variant="default" size="compact-xs" denied={denied} onClick={() => setAsked(true)}>
        Resend
      </Action>
      <Confirm
        opened={asked}
        onClose={() => {
          setAsked(false);
          call.reset();
        }}
        title={`Send the ${channels[outreach.channel].noun} again?`}
        act="Resend"
        grave
        busy={call.isPending}
        error={call.error}
        onConfirm={() => call.mutate({ act: 'resend', outreachId: outreach.id }, { onSuccess: () => setAsked(false) })}
      >
        <Text size="sm">
          Nobody can say whether it went out. If it did, the contact gets it twice. It is no further attempt, and is
          checked like any other before it goes.
        </Text>
      </Confirm>
    </>
  );
}

function Reply({ response, zone }: { response: Response; zone: string }) {
  return (
    <Stack gap={4}>
      <Group gap="xs">
        <IconMessageReply size={14} aria-hidden color="var(--mantine-color-dimmed)" />
        <ChannelIcon channel={response.channel} />
        <Text size="sm" fw={500}>
          {response.optOut ? 'Opted out' : 'Replied'}
        </Text>
        <Text size="xs" c="dimmed" ml="auto">
          <Moment at={response.at} zone={zone} absolute />
        </Text>
      </Group>
      {response.transcript === null ? (
        <Box className={classes.reply} dir="auto">
          {response.text}
        </Box>
      ) : (
        <Stack gap={4}>
          {response.transcript.map((line) => (
            <Text key={`${line.speaker} ${line.at}`} size="sm" dir="auto">
              <Text component="span" inherit c="dimmed">
                {line.speaker}:{' '}
              </Text>
              {line.text}
            </Text>
          ))}
        </Stack>
      )}
    </Stack>
  );
}
