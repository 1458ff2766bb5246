import { Group, Text, Tooltip, VisuallyHidden } from '@mantine/core';
import { IconMail, IconMessage, IconPhone, type Icon } from '@tabler/icons-react';

import type { Channel } from '../api/types';

interface Look {
  label: string;
  /** What one outreach by it is called. */
  noun: string;
  icon: Icon;
  /** Of Mantine's palette; the same in tables and charts. Blue, orange and teal stay apart for colour-blind eyes. */
  color: string;
}

/** How each channel looks and is called, everywhere. */
export const channels: Record<Channel, Look> = {
  email: { label: 'E-mail', noun: 'e-mail', icon: IconMail, color: 'blue' },
  text: { label: 'Text', noun: 'text', icon: IconMessage, color: 'teal' },
  phone: { label: 'Phone', noun: 'call', icon: IconPhone, color: 'orange' },
};

export const allChannels: readonly Channel[] = ['email', 'text', 'phone'];

/** A channel's icon; with its name beside it, or on hover alone. */
export function ChannelIcon({ channel, named = false }: { channel: Channel; named?: boolean }) {
  const { label, icon: Picture, color } = channels[channel];
  const picture = <Picture size={16} stroke={1.75} color={`var(--mantine-color-${color}-6)`} aria-hidden />;
  if (named)
    return (
      <Group gap={6} wrap="nowrap" component="span" display="inline-flex">
        {picture}
        <Text component="span" inherit>
          {label}
        </Text>
      </Group>
    );
  return (
    <Tooltip label={label}>
      <span style={{ display: 'inline-flex' }}>
        {picture}
        <VisuallyHidden>{label}</VisuallyHidden>
      </span>
    </Tooltip>
  );
}

/** The icons of a campaign's channels, in its order of preference. */
export function ChannelIcons({ of }: { of: readonly Channel[] }) {
  if (of.length === 0)
    return (
      <Text component="span" size="sm" c="dimmed">
        None yet
      </Text>
    );
  return (
    <Group gap={6} wrap="nowrap">
      {of.map((channel) => (
        <ChannelIcon key={channel} channel={channel} />
      ))}
    </Group>
  );
}
