import { Group, Stack, Text } from '@mantine/core';
import { IconFileImport, IconUserPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';

import { campaignQuery } from '../api/campaigns';
import { importsPerPage, importsQuery } from '../api/imports';
import { Pages } from '../contacts/Pages';
import type { Way } from '../contacts/search';
import { Split } from '../contacts/Split';
import { Action } from '../display/Action';
import { count } from '../display/count';
import { Empty } from '../display/Empty';
import { Failed } from '../display/Failed';
import { LoadingRows } from '../frame/Loading';
import { useDenied } from '../session/may';
import { ImportPanel } from './ImportPanel';
import { ImportTable } from './ImportTable';

const AddContacts = lazy(() => import('../contacts/AddContacts').then((module) => ({ default: module.AddContacts })));

const route = getRouteApi('/frame/campaigns/$campaignId/imports');

/** How contacts came into a campaign, by every way: each import with its numbers, and what was wrong row by row. */
export function ImportsTab() {
  const { campaignId } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { data: campaign } = useQuery(campaignQuery(campaignId));
  const page = search.page ?? 1;
  const { data, error, refetch } = useQuery(importsQuery(campaignId, page));
  const role = useDenied('operator');
  const denied = role ?? (campaign?.status === 'archived' ? 'Nobody can be added to an archived campaign.' : undefined);
  const open = (id: string | undefined) =>
    void navigate({ search: (before) => ({ ...before, import: id }), replace: true });
  const add = (way: Way | undefined) => void navigate({ search: (before) => ({ ...before, add: way }), replace: true });
  const actions = (
    <>
      <Action variant="default" onClick={() => add('email')}>
        Import by e-mail
      </Action>
      <Action denied={denied} leftSection={<IconUserPlus size={16} aria-hidden />} onClick={() => add('csv')}>
        Add contacts
      </Action>
    </>
  );
  return (
    <Split
      label="Import"
      panel={
        search.import !== undefined && (
          <ImportPanel
            key={search.import}
            campaignId={campaignId}
            importId={search.import}
            onClose={() => open(undefined)}
          />
        )
      }
      onClose={() => open(undefined)}
    >
      <Stack gap="sm">
        <Group gap="xs" justify="flex-end">
          <Text c="dimmed" size="sm" mr="auto" role="status">
            {data !== undefined && count(data.total, 'import')}
          </Text>
          {actions}
        </Group>
        {error !== null && data === undefined && (
          <Failed title="The imports could not be shown" error={error} onRetry={() => void refetch()} />
        )}
        {data === undefined && error === null && <LoadingRows rows={6} />}
        {data !== undefined && data.data.length === 0 && (
          <Empty icon={IconFileImport} title={page === 1 ? 'Nothing was imported yet' : 'There is no such page'}>
            Files, mails and calls of other systems that bring contacts are listed here, with each row that could not be
            read. “Add contacts” is the way to begin.
          </Empty>
        )}
        {data !== undefined && data.data.length > 0 && (
          <ImportTable imports={data.data} opened={search.import} onOpen={open} />
        )}
        {data !== undefined && (
          <Pages
            page={page}
            perPage={importsPerPage}
            total={data.total}
            onChange={(to) => void navigate({ search: { page: to === 1 ? undefined : to } })}
          />
        )}
      </Stack>
      {campaign !== undefined && search.add !== undefined && (
        <Suspense>
          <AddContacts
            campaign={campaign}
            way={search.add}
            onWay={add}
            onClose={() => add(undefined)}
            onAdded={(contact) =>
              void navigate({
                to: '/campaigns/$campaignId/contacts',
                params: { campaignId },
                search: { contact },
              })
            }
          />
        </Suspense>
      )}
    </Split>
  );
}
