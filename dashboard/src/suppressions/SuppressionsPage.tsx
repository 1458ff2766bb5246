import { Button, CloseButton, Group, Select, Stack, Table, Text, TextInput } from '@mantine/core';
import { IconBan, IconDownload, IconPlus, IconSearch, IconUpload } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';

import { suppressionsPerPage, suppressionsQuery, useLiftSuppression } from '../api/suppressions';
import type { Suppression } from '../api/types';
import { Pages } from '../contacts/Pages';
import { Action } from '../display/Action';
import { Confirm } from '../display/Confirm';
import { count } from '../display/count';
import { Empty } from '../display/Empty';
import { Failed } from '../display/Failed';
import { ListTable } from '../display/ListTable';
import { Moment } from '../display/Moment';
import { LoadingRows } from '../frame/Loading';
import { notify } from '../frame/notify';
import { Page } from '../frame/Page';
import { useTyped } from '../frame/typed';
import { useDenied } from '../session/may';
import { AddSuppression } from './AddSuppression';
import { ImportSuppressions } from './ImportSuppressions';
import type { SuppressionsSearch } from './search';
import { allSuppressionChannels, sourceOf, suppressionChannels, suppressionReasons } from './words';

const route = getRouteApi('/frame/suppressions');

/** Addresses that must not be contacted, for the whole installation. */
export function SuppressionsPage() {
  const { search, channel, page = 1 } = route.useSearch();
  const navigate = route.useNavigate();
  const { data, error, isPlaceholderData, refetch } = useQuery(suppressionsQuery({ search, channel }, page));
  const [open, setOpen] = useState<'add' | 'import'>();
  const denied = useDenied('operator');
  const change = (changes: Partial<SuppressionsSearch>) =>
    void navigate({ search: (before) => ({ ...before, page: undefined, ...changes }), replace: true });
  const filtered = search !== undefined || channel !== undefined;
  return (
    <Page
      title="Suppressions"
      actions={
        <>
          <Action
            variant="default"
            denied={denied}
            leftSection={<IconUpload size={16} aria-hidden />}
            onClick={() => setOpen('import')}
          >
            Suppress many
          </Action>
          <Action denied={denied} leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setOpen('add')}>
            Suppress an address
          </Action>
        </>
      }
    >
      <Stack gap="sm">
        <Filters search={search} channel={channel} onChange={change} found={data?.total} />
        {error !== null && data === undefined && (
          <Failed title="The suppressions could not be shown" error={error} onRetry={() => void refetch()} />
        )}
        {data === undefined && error === null && <LoadingRows rows={8} />}
        {data !== undefined && data.data.length === 0 && (
          <Empty icon={IconBan} title={filtered ? 'No suppression matches' : 'No address is suppressed'}>
            {filtered
              ? 'Take a filter away to see more.'
              : 'Who opts out, and addresses that bounce, are put here by Beckon: nothing is sent to them, in any campaign. You can add addresses of your own.'}
          </Empty>
        )}
        {data !== undefined && data.data.length > 0 && (
          <SuppressionTable suppressions={data.data} stale={isPlaceholderData} />
        )}
        {data !== undefined && (
          <Pages
            page={page}
            perPage={suppressionsPerPage}
            total={data.total}
            onChange={(to) => change({ page: to === 1 ? undefined : to })}
          />
        )}
      </Stack>
      {open === 'add' && <AddSuppression onClose={() => setOpen(undefined)} />}
      {open === 'import' && <ImportSuppressions onClose={() => setOpen(undefined)} />}
    </Page>
  );
}

interface FilterProps {
  search: string | undefined;
  channel: SuppressionsSearch['channel'];
  onChange: (changes: Partial<SuppressionsSearch>) => void;
  found: number | undefined;
}

function Filters({ search, channel, onChange, found }: FilterProps) {
  const [typed, setTyped] = useTyped(search ?? '', (text) => onChange({ search: text === '' ? undefined : text }));
  const query = new URLSearchParams({ ...(search && { search }), ...(channel && { channel }) }).toString();
  return (
    <Group gap="xs">
      <TextInput
        aria-label="Search suppressions"
        placeholder="Part of an address"
        leftSection={<IconSearch size={16} aria-hidden />}
        rightSection={typed !== '' && <CloseButton size="sm" aria-label="Clear search" onClick={() => setTyped('')} />}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        w={{ base: '100%', xs: 260 }}
      />
      <Select
        aria-label="Channel"
        placeholder="Channel"
        clearable
        clearButtonProps={{ 'aria-label': 'Clear the channel' }}
        w={160}
        data={allSuppressionChannels.map((value) => ({ value, label: suppressionChannels[value].label }))}
        value={channel ?? null}
        onChange={(value) => onChange({ channel: value ?? undefined })}
      />
      <Text c="dimmed" size="sm" ml="auto" role="status">
        {found !== undefined && count(found, 'suppression')}
      </Text>
      <Button
        component="a"
        href={`/api/v1/suppressions.csv${query === '' ? '' : `?${query}`}`}
        download
        variant="default"
        title="What the filters leave. It is put on record that you asked."
        leftSection={<IconDownload size={16} aria-hidden />}
      >
        CSV
      </Button>
    </Group>
  );
}

function SuppressionTable({ suppressions, stale }: { suppressions: readonly Suppression[]; stale: boolean }) {
  const [asked, setAsked] = useState<Suppression>();
  const denied = useDenied('administrator');
  return (
    <>
      <ListTable label="Suppressions" minWidth={720} stale={stale}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Address</Table.Th>
            <Table.Th visibleFrom="sm">Channel</Table.Th>
            <Table.Th visibleFrom="sm">Reason</Table.Th>
            <Table.Th visibleFrom="sm">From</Table.Th>
            <Table.Th visibleFrom="sm">Since</Table.Th>
            <Table.Th w={70} aria-label="Actions" />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {suppressions.map((suppression) => {
            const { id, address, channel, reason, source, createdAt } = suppression;
            const { label, icon: Picture } = suppressionChannels[channel];
            return (
              <Table.Tr key={id}>
                <Table.Td fw={500} style={{ overflowWrap: 'anywhere' }}>
                  {address ?? (
                    <Text size="sm" c="dimmed" fw={400}>
                      Erased; it stays suppressed
                    </Text>
                  )}
                  <Text size="xs" c="dimmed" fw={400} hiddenFrom="sm" component="div">
                    {label}, {suppressionReasons[reason].label.toLowerCase()}, <Moment at={createdAt} />
                  </Text>
                </Table.Td>
                <Table.Td visibleFrom="sm">
                  <Group gap={6} wrap="nowrap">
                    <Picture size={16} stroke={1.75} aria-hidden />
                    {label}
                  </Group>
                </Table.Td>
                <Table.Td visibleFrom="sm" title={suppressionReasons[reason].meaning}>
                  {suppressionReasons[reason].label}
                </Table.Td>
                <Table.Td visibleFrom="sm">{sourceOf(source)}</Table.Td>
                <Table.Td visibleFrom="sm">
                  <Moment at={createdAt} />
                </Table.Td>
                <Table.Td>
                  <Action
                    variant="default"
                    size="compact-xs"
                    denied={denied}
                    aria-label={`Lift the suppression of ${address ?? 'an erased address'}`}
                    onClick={() => setAsked(suppression)}
                  >
                    Lift
                  </Action>
                </Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </ListTable>
      {asked !== undefined && <Lift suppression={asked} onClose={() => setAsked(undefined)} />}
    </>
  );
}

function Lift({ suppression, onClose }: { suppression: Suppression; onClose: () => void }) {
  const lift = useLiftSuppression();
  const { reason } = suppression;
  const wished = reason === 'opt_out' || reason === 'unsubscribe' || reason === 'complaint';
  const address = suppression.address ?? 'an erased address';
  return (
    <Confirm
      opened
      onClose={onClose}
      title={`Lift the suppression of ${address}?`}
      act="Lift"
      grave
      busy={lift.isPending}
      error={lift.error}
      onConfirm={() =>
        lift.mutate(suppression.id, {
          onSuccess: () => {
            notify(`${address} may be contacted again.`);
            onClose();
          },
        })
      }
    >
      <Text size="sm">
        {suppressionReasons[reason].meaning} The address may be contacted again,{' '}
        {suppressionChannels[suppression.channel].label.toLowerCase()}, in any campaign. Contacts whom the suppression
        ended stay so.
      </Text>
      {wished && (
        <Text size="sm" fw={500}>
          Lift it only if the person has asked to be contacted again.
        </Text>
      )}
    </Confirm>
  );
}
