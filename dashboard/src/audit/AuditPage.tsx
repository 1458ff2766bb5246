import { Button, Group, Stack, Text } from '@mantine/core';
import { IconDownload, IconHistory } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';

import { auditPerPage, auditQuery } from '../api/audit';
import { Pages } from '../contacts/Pages';
import { Empty } from '../display/Empty';
import { Failed } from '../display/Failed';
import { LoadingRows } from '../frame/Loading';
import { Page } from '../frame/Page';
import { Restricted } from '../frame/Restricted';
import { useDenied } from '../session/may';
import { AuditFilters } from './AuditFilters';
import { AuditTable } from './AuditTable';
import { auditFilterOf } from './filter';
import type { AuditSearch } from './search';
import { recordsFound } from './words';

const route = getRouteApi('/frame/audit');

/** Who did what. */
export function AuditPage() {
  const denied = useDenied('administrator');
  const filter = new URLSearchParams(auditFilterOf(route.useSearch())).toString();
  return (
    <Page
      title="Audit log"
      actions={
        denied === undefined && (
          <Button
            component="a"
            href={`/api/v1/audit.csv${filter === '' ? '' : `?${filter}`}`}
            download
            variant="default"
            title="What the filters leave. It is put on record that you asked."
            leftSection={<IconDownload size={16} aria-hidden />}
          >
            CSV
          </Button>
        )
      }
    >
      {denied === undefined ? <Log /> : <Restricted title="The audit log is for administrators" why={denied} />}
    </Page>
  );
}

function Log() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const page = search.page ?? 1;
  const { data, error, isPlaceholderData, refetch } = useQuery(auditQuery(auditFilterOf(search), page));
  const change = (changes: Partial<AuditSearch>) =>
    void navigate({ search: (before) => ({ ...before, page: undefined, ...changes }), replace: true });
  return (
    <Stack gap="sm">
      <AuditFilters search={search} onChange={change} />
      <Group justify="flex-end">
        <Text c="dimmed" size="sm" role="status">
          {data !== undefined && recordsFound(data.total, data.more)}
        </Text>
      </Group>
      {error !== null && data === undefined && (
        <Failed title="The log could not be shown" error={error} onRetry={() => void refetch()} />
      )}
      {data === undefined && error === null && <LoadingRows rows={10} />}
      {data !== undefined && data.data.length === 0 && (
        <Empty icon={IconHistory} title="Nothing was done so">
          Each change that somebody makes is put on record here. Take a filter away to see more.
        </Empty>
      )}
      {data !== undefined && data.data.length > 0 && (
        <AuditTable records={data.data} stale={isPlaceholderData} onFilter={change} />
      )}
      {data !== undefined && (
        <Pages
          page={page}
          perPage={auditPerPage}
          total={data.total}
          onChange={(to) => change({ page: to === 1 ? undefined : to })}
        />
      )}
      {data?.more === true && (
        <Text size="xs" c="dimmed">
          The first {data.total.toLocaleString('en')} can be paged through; narrow the log, or take all of it as CSV.
        </Text>
      )}
    </Stack>
  );
}
