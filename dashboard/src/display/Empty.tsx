import { Center, Stack, Text, Title } from '@mantine/core';
import type { Icon } from '@tabler/icons-react';
import type { ReactNode } from 'react';

interface Props {
  icon: Icon;
  title: string;
  /** What this place is for, and what to do next. */
  children: ReactNode;
  action?: ReactNode;
}

/** What stands where there is nothing yet. */
export function Empty({ icon: Picture, title, children, action }: Props) {
  return (
    <Center py={56} px="md">
      <Stack align="center" gap="xs" maw={440} ta="center">
        <Picture size={36} stroke={1.25} color="var(--mantine-color-dimmed)" aria-hidden />
        <Title order={2} size="h4">
          {title}
        </Title>
        <Text c="dimmed" component="div">
          {children}
        </Text>
        {action !== undefined && <div style={{ marginTop: 8 }}>{action}</div>}
      </Stack>
    </Center>
  );
}
