import { Group, Paper, Stack, Title } from '@mantine/core';
import type { ReactNode } from 'react';

interface Props {
  title: string;
  /** Beside the title. */
  actions?: ReactNode;
  children: ReactNode;
}

/** One question, and what the figures say of it. */
export function Section({ title, actions, children }: Props) {
  return (
    <Paper component="section" aria-label={title} withBorder p="md" miw={0}>
      <Stack gap="sm">
        <Group justify="space-between" wrap="nowrap" mih={26}>
          <Title order={2} size="h5">
            {title}
          </Title>
          {actions}
        </Group>
        {children}
      </Stack>
    </Paper>
  );
}
