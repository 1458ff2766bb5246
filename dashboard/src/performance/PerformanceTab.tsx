import { Stack, Text } from '@mantine/core';
import { IconChartBar } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';

import { campaignQuery } from '../api/campaigns';
import { performanceQuery } from '../api/performance';
import { Empty } from '../display/Empty';
import { Failed } from '../display/Failed';
import { LoadingRows } from '../frame/Loading';
import { ButtonLink } from '../frame/links';
import { Figures } from './Figures';
import { Guardrails } from './Guardrails';
import { Period } from './Period';

// Charts are large, and of this tab alone.
const Charts = lazy(() => import('./Charts').then((module) => ({ default: module.Charts })));

const route = getRouteApi('/frame/campaigns/$campaignId/performance');

/** What a campaign's outreaches achieved. */
export function PerformanceTab() {
  const { campaignId } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { data: campaign } = useQuery(campaignQuery(campaignId));
  const { data: performance, error, refetch } = useQuery(performanceQuery(campaignId, search));
  const bounded = search.from !== undefined || search.to !== undefined;
  return (
    <Stack gap="lg">
      <Period
        campaignId={campaignId}
        zone={campaign?.timezone}
        search={search}
        asOf={performance?.asOf}
        onChange={(period) => void navigate({ search: period, replace: true })}
      />
      {error !== null && performance === undefined && (
        <Failed title="The figures could not be shown" error={error} onRetry={() => void refetch()} />
      )}
      {error !== null && performance !== undefined && (
        <Failed title="These figures are not the newest" error={error} onRetry={() => void refetch()} />
      )}
      {(performance === undefined || campaign === undefined) && error === null && <LoadingRows rows={4} height={96} />}
      {performance !== undefined && campaign !== undefined && (
        <>
          <Figures performance={performance} />
          {performance.totals.outreaches === 0 ? (
            <Empty
              icon={IconChartBar}
              title={bounded ? 'Nothing was sent on these days' : 'Nothing was sent yet'}
              action={
                !bounded && (
                  <ButtonLink to="/campaigns/$campaignId/contacts" params={{ campaignId }} variant="default">
                    Show the contacts
                  </ButtonLink>
                )
              }
            >
              {bounded
                ? 'Choose other days, or take them away to see all.'
                : campaign.status === 'draft'
                  ? 'Outreaches are counted here once they are sent. Add contacts, then Go Live.'
                  : 'Outreaches are counted here once they are sent. Above it says what the contacts wait for.'}
            </Empty>
          ) : (
            <>
              <Suspense fallback={<LoadingRows rows={3} height={280} />}>
                <Charts campaign={campaign} performance={performance} />
              </Suspense>
              <Guardrails campaign={campaign} performance={performance} />
            </>
          )}
          <Text size="xs" c="dimmed">
            Counted are outreaches that a provider accepted or that ended unconfirmed, on the day they were sent by the
            campaign’s clock ({campaign.timezone}).
          </Text>
        </>
      )}
    </Stack>
  );
}
