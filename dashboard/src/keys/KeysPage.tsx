import { Box, Stack, Table, Text, Tooltip } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';

import { keysPerPage, keysQuery, useRevokeKey } from '../api/keys';
import type { APIKey } from '../api/types';
import { Pages } from '../contacts/Pages';
import { Action } from '../display/Action';
import { CampaignName } from '../display/CampaignName';
import { Confirm } from '../display/Confirm';
import { count } from '../display/count';
import { Empty } from '../display/Empty';
import { Failed } from '../display/Failed';
import { ListTable } from '../display/ListTable';
import { Moment } from '../display/Moment';
import { Status } from '../display/Status';
import { LoadingRows } from '../frame/Loading';
import { notify } from '../frame/notify';
import { Restricted } from '../frame/Restricted';
import { SettingsFrame } from '../installation/SettingsFrame';
import { useDenied } from '../session/may';
import { useNow } from '../time/now';
import { roles } from '../users/roles';
import { keyActions, keyStatuses, keyStatusOf } from './keyStatus';
import { MakeKey } from './MakeKey';

const route = getRouteApi('/frame/settings/api-keys');

/** The keys by which other systems call the API. */
export function KeysPage() {
  const denied = useDenied('administrator');
  const [making, setMaking] = useState(false);
  return (
    <SettingsFrame
      tab="api-keys"
      actions={
        denied === undefined && (
          <Action leftSection={<IconKey size={16} aria-hidden />} onClick={() => setMaking(true)}>
            Make a key
          </Action>
        )
      }
    >
      {denied === undefined ? <Keys /> : <Restricted title="API keys are for administrators" why={denied} />}
      {making && <MakeKey onClose={() => setMaking(false)} />}
    </SettingsFrame>
  );
}

function Keys() {
  const page = route.useSearch().page ?? 1;
  const navigate = route.useNavigate();
  const { data, error, refetch } = useQuery(keysQuery(page));
  const [asked, setAsked] = useState<APIKey>();
  if (data === undefined)
    return error === null ? (
      <LoadingRows rows={4} />
    ) : (
      <Failed title="The keys could not be shown" error={error} onRetry={() => void refetch()} />
    );
  if (data.total === 0)
    return (
      <Empty icon={IconKey} title="There are no keys">
        Other systems, such as a CRM, call the API with a key. “Make a key” makes one, for as much as it needs.
      </Empty>
    );
  return (
    <Stack gap="sm">
      <Text c="dimmed" size="sm" role="status">
        {count(data.total, 'key')}
      </Text>
      <ListTable label="API keys" minWidth={720}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Name</Table.Th>
            <Table.Th visibleFrom="sm">May do</Table.Th>
            <Table.Th visibleFrom="sm">Status</Table.Th>
            <Table.Th visibleFrom="sm">Last used</Table.Th>
            <Table.Th visibleFrom="sm">Good until</Table.Th>
            <Table.Th visibleFrom="lg">Made</Table.Th>
            <Table.Th w={80} aria-label="Actions" />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {data.data.map((key) => (
            <Row key={key.id} of={key} onRevoke={() => setAsked(key)} />
          ))}
        </Table.Tbody>
      </ListTable>
      <Pages
        page={page}
        perPage={keysPerPage}
        total={data.total}
        onChange={(to) => void navigate({ search: { page: to === 1 ? undefined : to } })}
      />
      {asked !== undefined && <Revoke of={asked} onClose={() => setAsked(undefined)} />}
    </Stack>
  );
}

function Row({ of: key, onRevoke }: { of: APIKey; onRevoke: () => void }) {
  const status = keyStatusOf(key, useNow());
  return (
    <Table.Tr>
      <Table.Td fw={500} style={{ overflowWrap: 'anywhere' }}>
        <bdi>{key.name}</bdi>
        <Box hiddenFrom="sm" fw={400}>
          <Status look={keyStatuses[status]} />
          <Text size="xs" mt={2}>
            {roles[key.role].label}
          </Text>
          <Limits of={key} />
          <Text size="xs" c="dimmed" component="div">
            Last used: {key.lastUsedAt === null ? 'never' : <Moment at={key.lastUsedAt} />}. Good until:{' '}
            {key.expiresAt === null ? 'for ever' : <Moment at={key.expiresAt} />}.
          </Text>
        </Box>
      </Table.Td>
      <Table.Td visibleFrom="sm">
        <Text size="sm" title={roles[key.role].may}>
          {roles[key.role].label}
        </Text>
        <Limits of={key} />
      </Table.Td>
      <Table.Td visibleFrom="sm">
        <Status look={keyStatuses[status]} />
      </Table.Td>
      <Table.Td visibleFrom="sm">
        <When at={key.lastUsedAt} otherwise="Never" />
      </Table.Td>
      <Table.Td visibleFrom="sm">
        <When at={key.expiresAt} otherwise="For ever" />
      </Table.Td>
      <Table.Td visibleFrom="lg">
        <Moment at={key.createdAt} />
      </Table.Td>
      <Table.Td>
        {status !== 'revoked' && (
          <Action variant="default" size="compact-xs" aria-label={`Revoke ${key.name}`} onClick={onRevoke}>
            Revoke
          </Action>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

function When({ at, otherwise }: { at: string | null; otherwise: string }) {
  if (at !== null) return <Moment at={at} />;
  return (
    <Text size="sm" c="dimmed">
      {otherwise}
    </Text>
  );
}

/** What a key is limited to; nothing where it is not. */
function Limits({ of: { actions, campaignIds } }: { of: APIKey }) {
  return (
    <>
      {actions !== null && (
        <Tooltip
          label={actions.map((action) => (
            <div key={action}>{keyActions[action]}</div>
          ))}
        >
          <Text size="xs" c="dimmed" w="fit-content" tabIndex={0}>
            Only {actions.length <= 2 ? actions.join(', ') : count(actions.length, 'action')}
          </Text>
        </Tooltip>
      )}
      {campaignIds !== null && (
        <Text size="xs" c="dimmed">
          {campaignIds.length <= 2 ? (
            <>
              Only{' '}
              {campaignIds.map((id, place) => (
                <span key={id}>
                  {place > 0 && ', '}
                  <CampaignName id={id} />
                </span>
              ))}
            </>
          ) : (
            `Only ${count(campaignIds.length, 'campaign')}`
          )}
        </Text>
      )}
    </>
  );
}

function Revoke({ of: key, onClose }: { of: APIKey; onClose: () => void }) {
  const revoke = useRevokeKey();
  return (
    <Confirm
      opened
      onClose={onClose}
      title={`Revoke “${key.name}”?`}
      act="Revoke"
      grave
      busy={revoke.isPending}
      error={revoke.error}
      onConfirm={() =>
        revoke.mutate(key.id, {
          onSuccess: () => {
            notify(`“${key.name}” is revoked.`);
            onClose();
          },
        })
      }
    >
      <Text size="sm">
        Every call with it is refused from then on{key.lastUsedAt !== null && ', and something has used it'}. This
        cannot be undone; the key stays in the list.
      </Text>
    </Confirm>
  );
}
