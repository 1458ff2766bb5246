import { Stack, Text } from '@mantine/core';
import {
  IconBan,
  IconEyeCheck,
  IconHistory,
  IconInbox,
  IconSettings,
  IconSpeakerphone,
  type Icon,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useRouterState } from '@tanstack/react-router';
import type { ReactNode } from 'react';

import { installationQuery } from '../api/installation';
import { reviewCountQuery } from '../api/review';
import { count } from '../display/count';
import { Account } from '../session/Account';
import { useDenied } from '../session/may';
import { ColorScheme } from './ColorScheme';
import { NavigationLink } from './links';

interface Place {
  to: '/campaigns' | '/review' | '/suppressions' | '/audit' | '/settings' | '/sandbox';
  label: string;
  icon: Icon;
  count?: ReactNode;
}

/** Where one can go. */
export function Navigation() {
  const path = useRouterState({ select: (state) => state.location.pathname });
  const { data: toReview = 0 } = useQuery(reviewCountQuery);
  const { data: installation } = useQuery(installationQuery);
  const administrator = useDenied('administrator') === undefined;
  const places: Place[] = [
    { to: '/campaigns', label: 'Campaigns', icon: IconSpeakerphone },
    { to: '/review', label: 'Review', icon: IconEyeCheck, count: toReview > 0 && <Waiting n={toReview} /> },
    { to: '/suppressions', label: 'Suppressions', icon: IconBan },
    ...(administrator ? [{ to: '/audit', label: 'Audit log', icon: IconHistory } as const] : []),
    { to: '/settings', label: 'Settings', icon: IconSettings },
    ...(installation?.sandbox === true ? [{ to: '/sandbox', label: 'Sandbox', icon: IconInbox } as const] : []),
  ];
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
      <Account />
      <ColorScheme />
    </>
  );
}

/** How much waits at a place. */
function Waiting({ n }: { n: number }) {
  return (
    <Text
      component="span"
      size="xs"
      className="tabular"
      title={`${count(n, 'outreach awaits', 'outreaches await')} approval`}
    >
      {n.toLocaleString('en')}
    </Text>
  );
}
