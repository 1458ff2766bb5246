import { ActionIcon, Button, Chip, Fieldset, Group, Input, Radio, Stack, Text, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';

import type { Channel, Window } from '../api/types';
import { channels } from '../display/Channel';
import { faults, type Form } from './edits';
import { dayNames, days, weekOf, windowsOf, type Day } from './week';
import { WeekGrid } from './WeekGrid';

/** When each channel may be used, by the contact's own clock. */
export function WindowsStep({ form }: { form: Form }) {
  const { values, set } = form;
  return (
    <Stack>
      <Text c="dimmed" size="sm">
        By the clock of each contact’s own time zone. An outreach whose window is closed waits for the next one.
      </Text>
      {values.channels.length === 0 && <Text>Choose the channels first: each has windows of its own.</Text>}
      {values.channels.map((channel) => (
        <ChannelWindows key={channel} form={form} channel={channel} />
      ))}
      <Radio.Group
        label="Quiet hours"
        value={values.quietHours}
        onChange={(value) => set('quietHours', value)}
        {...faults(form, '/quietHours')}
      >
        <Stack gap="xs" mt={6}>
          <Radio
            value="us"
            disabled={form.readOnly}
            label="On"
            description="Texts and calls only between 08:00 and 21:00, whatever the windows say, as the law of the United States wants it."
          />
          <Radio value="off" disabled={form.readOnly} label="Off" description="The windows alone hold." />
        </Stack>
      </Radio.Group>
    </Stack>
  );
}

function ChannelWindows({ form, channel }: { form: Form; channel: Channel }) {
  const windows = form.values.windows[channel];
  const change = (next: Window[]) => form.set('windows', { ...form.values.windows, [channel]: next });
  const { label } = channels[channel];
  const replace = (place: number, changes: Partial<Window>) =>
    change(windows.map((window, index) => (index === place ? { ...window, ...changes } : window)));
  return (
    <Fieldset legend={label} variant="filled" disabled={form.readOnly}>
      <Stack gap="sm">
        <WeekGrid
          label={`Windows of ${label}`}
          week={weekOf(windows)}
          onChange={(week) => change(windowsOf(week))}
          readOnly={form.readOnly}
        />
        {windows.map((window, place) => (
          <WindowRow
            key={place}
            label={`${label}, window ${place + 1}`}
            window={window}
            error={form.error(`/windows/${channel}/${place}`)}
            onChange={(changes) => replace(place, changes)}
            onRemove={() => change(windows.filter((_, index) => index !== place))}
          />
        ))}
        <Group>
          <Button
            variant="default"
            size="xs"
            leftSection={<IconPlus size={14} aria-hidden />}
            onClick={() =>
              change([...windows, { days: ['mon', 'tue', 'wed', 'thu', 'fri'], start: '09:00', end: '17:00' }])
            }
          >
            Add a window
          </Button>
        </Group>
        <Input.Error>{windows.length === 0 ? form.error(`/windows/${channel}`) : undefined}</Input.Error>
      </Stack>
    </Fieldset>
  );
}

interface RowProps {
  label: string;
  window: Window;
  error: string | undefined;
  onChange: (changes: Partial<Window>) => void;
  onRemove: () => void;
}

function WindowRow({ label, window, error, onChange, onRemove }: RowProps) {
  return (
    <div role="group" aria-label={label}>
      <Group gap="xs">
        <Chip.Group
          multiple
          value={window.days}
          onChange={(chosen) => onChange({ days: days.filter((day) => chosen.includes(day)) })}
        >
          <Group gap={4}>
            {days.map((day: Day) => (
              <Chip key={day} value={day} size="xs">
                {dayNames[day]}
              </Chip>
            ))}
          </Group>
        </Chip.Group>
        <Group gap={6} wrap="nowrap">
          <TextInput
            aria-label="From"
            size="xs"
            w={64}
            value={window.start}
            onChange={(event) => onChange({ start: event.currentTarget.value })}
          />
          <Text size="sm">to</Text>
          <TextInput
            aria-label="To"
            size="xs"
            w={64}
            value={window.end}
            onChange={(event) => onChange({ end: event.currentTarget.value })}
          />
          <ActionIcon variant="subtle" color="gray" aria-label={`Remove ${label}`} onClick={onRemove}>
            <IconTrash size={16} aria-hidden />
          </ActionIcon>
        </Group>
      </Group>
      <Input.Error>{error}</Input.Error>
    </div>
  );
}
