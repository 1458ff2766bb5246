import { Pagination, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';

import { campaignsQuery } from '../api/campaigns';
import { count } from '../display/count';
import { Failed } from '../display/Failed';
import { LoadingRows } from '../frame/Loading';
import { Page } from '../frame/Page';
import { TabLinks } from '../frame/TabLinks';
import { CampaignFilters } from './CampaignFilters';
import { CampaignTable } from './CampaignTable';
import { NewCampaignButton } from './NewCampaignButton';
import { NoCampaigns } from './NoCampaigns';
import type { CampaignsSearch } from './search';

const perPage = 25;
const route = getRouteApi('/frame/campaigns');

/** All campaigns: current ones, or those that are archived. */
export function CampaignsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { data, error, isPlaceholderData, refetch } = useQuery(campaignsQuery(queryOf(search)));
  const change = (changes: Partial<CampaignsSearch>) =>
    void navigate({ search: (before) => ({ ...before, page: undefined, ...changes }), replace: true });
  const filtered = Boolean(search.search ?? search.channel ?? search.status ?? search.from ?? search.to);
  const pages = data === undefined ? 1 : Math.ceil(data.total / perPage);
  return (
    <Page
      title="Campaigns"
      actions={<NewCampaignButton />}
      below={
        <TabLinks
          label="Campaigns by state"
          tabs={[
            { label: 'Current', active: search.tab === undefined, link: { to: '/campaigns' } },
            {
              label: 'Archived',
              active: search.tab === 'archived',
              link: { to: '/campaigns', search: { tab: 'archived' } },
            },
          ]}
        />
      }
    >
      <Stack gap="sm">
        <CampaignFilters search={search} onChange={change} found={data && count(data.total, 'campaign')} />
        {error !== null && data === undefined && (
          <Failed title="The campaigns could not be shown" error={error} onRetry={() => void refetch()} />
        )}
        {data === undefined && error === null && <LoadingRows rows={6} height={48} />}
        {data !== undefined && data.data.length === 0 && (
          <NoCampaigns archived={search.tab === 'archived'} filtered={filtered} />
        )}
        {data !== undefined && data.data.length > 0 && (
          <CampaignTable campaigns={data.data} stale={isPlaceholderData} />
        )}
        {pages > 1 && (
          <Pagination
            total={pages}
            value={search.page ?? 1}
            onChange={(page) => change({ page: page === 1 ? undefined : page })}
            getControlProps={(control) => ({ 'aria-label': `${control} page` })}
          />
        )}
      </Stack>
    </Page>
  );
}

function queryOf({ tab, search, channel, status, from, to, page }: CampaignsSearch) {
  return {
    tab: tab ?? ('current' as const),
    search,
    channel,
    status,
    // Days are the viewer's: they begin and end with the viewer's midnight.
    createdFrom: from && new Date(`${from}T00:00:00`).toISOString(),
    createdTo: to && new Date(new Date(`${to}T00:00:00`).getTime() + 24 * 3_600_000).toISOString(),
    page: page ?? 1,
    perPage,
  };
}
