import { Group, Text } from '@mantine/core';
import type { Icon } from '@tabler/icons-react';

import classes from './Status.module.css';

export interface StatusLook {
  label: string;
  /** What it means, in a sentence. */
  meaning: string;
  icon: Icon;
  /** A CSS colour, which is the same in badges, bars and charts. */
  color: string;
}

/** A status as a badge: coloured icon and its name in the text's own colour, which can be read on any ground. */
export function Status({ look }: { look: StatusLook }) {
  const { icon: Picture, label, color } = look;
  return (
    <Group component="span" className={classes.badge} gap={5} wrap="nowrap" title={look.meaning}>
      <Picture size={14} stroke={2} color={color} aria-hidden />
      <Text component="span" size="xs" fw={500} inherit={false} className={classes.label}>
        {label}
      </Text>
    </Group>
  );
}
