import { ActionIcon, Group, Menu, Stack, Table, Text } from '@mantine/core';
import {
  IconDots,
  IconLink,
  IconPencil,
  IconTrash,
  IconUserCheck,
  IconUserOff,
  IconUserPlus,
  type Icon,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';

import type { User } from '../api/types';
import { usersPerPage, usersQuery } from '../api/users';
import { Pages } from '../contacts/Pages';
import { Action } from '../display/Action';
import { count } from '../display/count';
import { Failed } from '../display/Failed';
import { ListTable } from '../display/ListTable';
import { Moment } from '../display/Moment';
import { Status } from '../display/Status';
import { LoadingRows } from '../frame/Loading';
import { Restricted } from '../frame/Restricted';
import { SettingsFrame } from '../installation/SettingsFrame';
import { useDenied } from '../session/may';
import { useSession } from '../session/session';
import { InviteUser } from './InviteUser';
import { roles, userStatuses } from './roles';
import { UserDialog, type UserAct } from './UserDialogs';

const route = getRouteApi('/frame/settings/users');

/** Who can sign in, and what they may do. */
export function UsersPage() {
  const denied = useDenied('administrator');
  const [inviting, setInviting] = useState(false);
  return (
    <SettingsFrame
      tab="users"
      actions={
        denied === undefined && (
          <Action leftSection={<IconUserPlus size={16} aria-hidden />} onClick={() => setInviting(true)}>
            Invite a user
          </Action>
        )
      }
    >
      {denied === undefined ? <Users /> : <Restricted title="Users are for administrators" why={denied} />}
      {inviting && <InviteUser onClose={() => setInviting(false)} />}
    </SettingsFrame>
  );
}

function Users() {
  const page = route.useSearch().page ?? 1;
  const navigate = route.useNavigate();
  const { data, error, refetch } = useQuery(usersQuery(page));
  const [asked, setAsked] = useState<{ user: User; act: UserAct }>();
  if (data === undefined)
    return error === null ? (
      <LoadingRows rows={4} />
    ) : (
      <Failed title="The users could not be shown" error={error} onRetry={() => void refetch()} />
    );
  return (
    <Stack gap="sm">
      <Text c="dimmed" size="sm" role="status">
        {count(data.total, 'user')}
      </Text>
      <ListTable label="Users" minWidth={720}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Name</Table.Th>
            <Table.Th visibleFrom="sm">Role</Table.Th>
            <Table.Th visibleFrom="sm">Status</Table.Th>
            <Table.Th visibleFrom="sm">Last sign-in</Table.Th>
            <Table.Th visibleFrom="sm">Added</Table.Th>
            <Table.Th w={50} aria-label="Actions" />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {data.data.map((user) => (
            <Row key={user.id} user={user} onAct={(act) => setAsked({ user, act })} />
          ))}
        </Table.Tbody>
      </ListTable>
      <Pages
        page={page}
        perPage={usersPerPage}
        total={data.total}
        onChange={(to) => void navigate({ search: { page: to === 1 ? undefined : to } })}
      />
      {asked !== undefined && <UserDialog {...asked} onClose={() => setAsked(undefined)} />}
    </Stack>
  );
}

function Row({ user, onAct }: { user: User; onAct: (act: UserAct) => void }) {
  const own = useSession().id === user.id;
  return (
    <Table.Tr>
      <Table.Td style={{ overflowWrap: 'anywhere' }}>
        <Text size="sm" fw={500}>
          <bdi>{user.name}</bdi>
          {own && (
            <Text span inherit c="dimmed" fw={400}>
              {' '}
              (you)
            </Text>
          )}
        </Text>
        <Text size="xs" c="dimmed">
          {user.email}
        </Text>
        <Group gap="xs" hiddenFrom="sm" mt={2}>
          <Status look={userStatuses[user.status]} />
          <Text size="xs">{roles[user.role].label}</Text>
        </Group>
      </Table.Td>
      <Table.Td visibleFrom="sm" title={roles[user.role].may}>
        {roles[user.role].label}
      </Table.Td>
      <Table.Td visibleFrom="sm">
        <Status look={userStatuses[user.status]} />
      </Table.Td>
      <Table.Td visibleFrom="sm">
        {user.lastSignInAt === null ? (
          <Text size="sm" c="dimmed">
            Never
          </Text>
        ) : (
          <Moment at={user.lastSignInAt} />
        )}
      </Table.Td>
      <Table.Td visibleFrom="sm">
        <Moment at={user.createdAt} />
      </Table.Td>
      <Table.Td>
        <Acts user={user} onAct={onAct} />
      </Table.Td>
    </Table.Tr>
  );
}

function Acts({ user, onAct }: { user: User; onAct: (act: UserAct) => void }) {
  const disabled = user.status === 'disabled';
  const acts: { act: UserAct; label: string; icon: Icon }[] = [
    { act: 'edit', label: 'Name and role', icon: IconPencil },
  ];
  if (!disabled)
    acts.push({
      act: 'link',
      label: user.status === 'invited' ? 'New invitation' : 'Link for another password',
      icon: IconLink,
    });
  acts.push(
    disabled
      ? { act: 'enable', label: 'Enable', icon: IconUserCheck }
      : { act: 'disable', label: 'Disable', icon: IconUserOff },
    { act: 'delete', label: 'Delete', icon: IconTrash },
  );
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={`What to do with ${user.name}`}>
          <IconDots size={16} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {acts.map(({ act, label, icon: Picture }) => (
          <Menu.Item key={act} leftSection={<Picture size={14} aria-hidden />} onClick={() => onAct(act)}>
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
