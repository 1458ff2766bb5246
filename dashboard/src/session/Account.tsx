import { Menu, Text, UnstyledButton } from '@mantine/core';
import { IconKey, IconLogout, IconUser } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';

import { useSignOut } from '../api/session';
import classes from './Account.module.css';
import { useSession } from './session';

const ChangePassword = lazy(() => import('./ChangePassword').then((module) => ({ default: module.ChangePassword })));

/** Who is signed in, with the way out. */
export function Account() {
  const { name, role, kind } = useSession();
  const signOut = useSignOut();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [changing, setChanging] = useState(false);
  const leave = () =>
    signOut.mutate(undefined, {
      onSuccess: () => {
        void navigate({ to: '/sign-in', replace: true }).then(() => queries.clear());
      },
    });
  return (
    <>
      <Menu position="top-start" width={190}>
        <Menu.Target>
          <UnstyledButton className={classes.account}>
            <IconUser size={18} stroke={1.75} aria-hidden />
            <span className={classes.who}>
              <Text component="span" size="sm" truncate display="block">
                <bdi>{name}</bdi>
              </Text>
              <Text component="span" size="xs" c="dimmed" display="block">
                {role}
              </Text>
            </span>
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            leftSection={<IconKey size={14} aria-hidden />}
            disabled={kind !== 'user'}
            onClick={() => setChanging(true)}
          >
            Change password
          </Menu.Item>
          <Menu.Item leftSection={<IconLogout size={14} aria-hidden />} disabled={kind !== 'user'} onClick={leave}>
            Sign out
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {changing && (
        <Suspense>
          <ChangePassword onClose={() => setChanging(false)} />
        </Suspense>
      )}
    </>
  );
}
