import { Button, Group, Select, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { DateTimePicker } from '@mantine/dates';
import { useSessionStorage } from '@mantine/hooks';

import { useContactCall } from '../api/contacts';
import { Problem } from '../api/problem';
import type { Channel, OutreachEdit, PlannedOutreach } from '../api/types';
import { allChannels, channels } from '../display/Channel';
import { Failed } from '../display/Failed';
import { useNow } from '../time/now';
import { instantOf, wallOf } from '../time/wall';
import { inZones } from '../time/words';

interface Props {
  campaignId: string;
  contactId: string;
  outreach: PlannedOutreach;
  /** The channels of the campaign. */
  offered: readonly Channel[];
  zone: string;
  onClose: () => void;
}

type Draft = Omit<OutreachEdit, 'version'>;

/** Edits the next outreach. What is typed is kept with the browser's tab until it is saved or cancelled. */
export function EditOutreach({ campaignId, contactId, outreach, offered, zone, onClose }: Props) {
  const [draft, setDraft, forget] = useSessionStorage<Draft & { version: number }>({
    key: `outreach-${outreach.id}`,
    defaultValue: { version: outreach.version },
    getInitialValueInEffect: false,
  });
  const call = useContactCall(campaignId, contactId);
  const now = useNow();
  const refused = call.error instanceof Problem ? call.error : null;
  const value = { ...outreach, ...draft };
  const change = (changes: Draft) => setDraft((before) => ({ ...before, ...changes }));
  const outdated = draft.version !== outreach.version;
  const close = () => {
    forget();
    onClose();
  };
  const { version: _, ...changes } = draft;
  const changed = Object.keys(changes).length > 0;
  const save = () => {
    if (!changed) {
      close();
      return;
    }
    call.mutate({ act: 'edit', edit: { ...changes, version: outreach.version } }, { onSuccess: close });
  };
  return (
    <Stack gap="sm">
      {outdated && (
        <Text size="sm" c="var(--mantine-color-error)" role="alert">
          It was changed since you began. What you typed is kept; what you did not touch is as it is now.
        </Text>
      )}
      <Group grow align="flex-start">
        <Select
          label="Channel"
          allowDeselect={false}
          data={allChannels
            .filter((channel) => offered.includes(channel) || channel === value.channel)
            .map((channel) => ({ value: channel, label: channels[channel].label }))}
          value={value.channel}
          error={refused?.at('/channel')}
          onChange={(channel) => change({ channel: channel ?? value.channel })}
        />
        <DateTimePicker
          label="Goes at"
          valueFormat="D MMM YYYY HH:mm"
          description={`By the clock of the contact: ${inZones(new Date(value.sendAt), zone, now)}`}
          value={wallOf(new Date(value.sendAt), zone)}
          error={refused?.at('/sendAt')}
          onChange={(wall) => {
            if (wall !== null) change({ sendAt: instantOf(wall, zone).toISOString() });
          }}
        />
      </Group>
      {value.channel === 'email' && (
        <TextInput
          label="Subject"
          value={value.subject ?? ''}
          error={refused?.at('/subject')}
          onChange={(event) => change({ subject: event.currentTarget.value })}
        />
      )}
      <Textarea
        label={value.channel === 'phone' ? 'What it says to a person' : 'Message'}
        autosize
        minRows={4}
        maxRows={16}
        autoFocus
        value={value.body}
        error={refused?.at('/body')}
        onChange={(event) => change({ body: event.currentTarget.value })}
      />
      {value.channel === 'phone' && (
        <Textarea
          label="What it says to a machine"
          description="Empty: it hangs up."
          autosize
          minRows={2}
          value={value.voicemailText ?? ''}
          error={refused?.at('/voicemailText')}
          onChange={(event) => change({ voicemailText: event.currentTarget.value })}
        />
      )}
      {call.error !== null && <Failed title="Not saved. What you typed is kept." error={call.error} />}
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={close}>
          Cancel
        </Button>
        <Button onClick={save} loading={call.isPending}>
          Save as a new version
        </Button>
      </Group>
    </Stack>
  );
}
