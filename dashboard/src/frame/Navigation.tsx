import { Stack, Text } from '@mantine/core';
import { IconSpeakerphone, type Icon } from '@tabler/icons-react';
import { useRouterState } from '@tanstack/react-router';
import type { ReactNode } from 'react';

import { ColorScheme } from './ColorScheme';
import { NavigationLink } from './links';

interface Place {
  to: '/campaigns';
  label: string;
  icon: Icon;
  count?: ReactNode;
}

/** Where one can go. */
export function Navigation() {
  const path = useRouterState({ select: (state) => state.location.pathname });
  const places: Place[] = [{ to: '/campaigns', label: 'Campaigns', icon: IconSpeakerphone }];
  return (
    <>
      <Text fw={700} size="lg" px="xs" py={6} visibleFrom="sm">
        Beckon
      </Text>
      <Stack component="nav" gap={2} flex={1} aria-label="Main">
        {places.map(({ to, label, icon: Picture, count }) => {
          const active = path === to || path.startsWith(`${to}/`);
          return (
            <NavigationLink
              key={to}
              to={to}
              label={label}
              active={active}
              variant="light"
              color="indigo"
              aria-current={active ? 'page' : undefined}
              leftSection={<Picture size={18} stroke={1.75} aria-hidden />}
              rightSection={count}
              style={{ borderRadius: 'var(--mantine-radius-md)' }}
            />
          );
        })}
      </Stack>
      <ColorScheme />
    </>
  );
}
