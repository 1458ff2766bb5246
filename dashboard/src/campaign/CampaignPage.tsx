import { Group, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Outlet, useRouterState } from '@tanstack/react-router';

import { campaignQuery, progressQuery } from '../api/campaigns';
import { Problem } from '../api/problem';
import type { Campaign } from '../api/types';
import { modes, typeNames } from '../display/campaignNames';
import { campaignStatuses } from '../display/campaignStatus';
import { ChannelIcons } from '../display/Channel';
import { Failed } from '../display/Failed';
import { Moment } from '../display/Moment';
import { Status } from '../display/Status';
import { LoadingPage } from '../frame/Loading';
import { NotFound } from '../frame/NotFound';
import { Page } from '../frame/Page';
import { TabLinks } from '../frame/TabLinks';
import { Actions } from './Actions';
import { LiveBar } from './LiveBar';
import { ReviewSwitch } from './ReviewSwitch';
import { TemporalAway } from './TemporalAway';
import { tabs } from './tabs';

const route = getRouteApi('/frame/campaigns/$campaignId');
const crumbs = [{ label: 'Campaigns', to: '/campaigns' as const }];

/** A campaign: what it is, how it goes, what can be done with it, and its tabs. */
export function CampaignPage() {
  const { campaignId } = route.useParams();
  const campaign = useQuery(campaignQuery(campaignId));
  const progress = useQuery(progressQuery(campaignId));
  const path = useRouterState({ select: (state) => state.location.pathname });
  if (campaign.error instanceof Problem && campaign.error.status === 404) return <NotFound />;
  if (campaign.data === undefined) {
    if (campaign.error === null) return <LoadingPage />;
    return (
      <Page title="Campaign" crumbs={crumbs}>
        <Failed
          title="The campaign could not be shown"
          error={campaign.error}
          onRetry={() => void campaign.refetch()}
        />
      </Page>
    );
  }
  return (
    <Page
      title={campaign.data.name}
      crumbs={crumbs}
      beside={<Facts campaign={campaign.data} />}
      actions={
        progress.data !== undefined && (
          <>
            {campaign.data.status !== 'archived' && <ReviewSwitch campaign={campaign.data} progress={progress.data} />}
            <Actions campaign={campaign.data} progress={progress.data} />
          </>
        )
      }
      below={
        <>
          {progress.data !== undefined && <LiveBar campaign={campaign.data} progress={progress.data} />}
          <TabLinks
            label="Parts of the campaign"
            tabs={[
              ...tabs.map(({ name, label, to }) => ({
                label,
                active: path.endsWith(`/${name}`) || path.includes(`/${name}/`),
                link: { to, params: { campaignId } },
              })),
              { label: 'Review', active: false, link: { to: '/review' as const, search: { campaign: campaignId } } },
            ]}
          />
        </>
      }
    >
      {progress.data !== undefined && <TemporalAway progress={progress.data} />}
      <Outlet />
    </Page>
  );
}

function Facts({ campaign }: { campaign: Campaign }) {
  return (
    <Group gap="sm">
      <Status look={campaignStatuses[campaign.status]} />
      <Text size="sm" c="dimmed" title={modes[campaign.executionMode].meaning}>
        {typeNames[campaign.type]} · {modes[campaign.executionMode].label}
        {campaign.executionMode === 'scheduled' && campaign.scheduledAt !== null && (
          <>
            {' '}
            <Moment at={campaign.scheduledAt} zone={campaign.timezone} absolute />
          </>
        )}
      </Text>
      <ChannelIcons of={campaign.channels} />
    </Group>
  );
}
