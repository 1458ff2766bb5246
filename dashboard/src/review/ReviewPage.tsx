import { Button, Grid, Group, Kbd, Pill, Text } from '@mantine/core';
import { useDisclosure, useHotkeys } from '@mantine/hooks';
import { IconEyeCheck } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';

import { reviewQuery } from '../api/review';
import { count } from '../display/count';
import { Empty } from '../display/Empty';
import { Failed } from '../display/Failed';
import { LoadingRows } from '../frame/Loading';
import { Page } from '../frame/Page';
import { ApproveAll } from './ApproveAll';
import { currentOf, inOrder, neighbour } from './queue';
import { ReviewItemView } from './ReviewItemView';
import { ReviewKeys } from './ReviewKeys';

const route = getRouteApi('/frame/review');

/** What awaits approval, one outreach after the other, by keyboard. */
export function ReviewPage() {
  const { campaign } = route.useSearch();
  const navigate = route.useNavigate();
  const { data, error, refetch } = useQuery(reviewQuery(campaign));
  const [skipped, setSkipped] = useState<string[]>([]);
  const [looked, setLooked] = useState<string>();
  const [help, { toggle, close }] = useDisclosure();
  const queue = inOrder(data?.data ?? [], skipped);
  const current = currentOf(queue, looked);
  const here = current?.contact.id;
  const go = (places: number) => {
    const to = here === undefined ? undefined : neighbour(queue, here, places);
    if (to !== undefined) setLooked(to);
  };
  const skip = () => {
    if (here === undefined) return;
    setLooked(neighbour(queue, here, 1) ?? queue[0]?.contact.id);
    setSkipped([...skipped.filter((id) => id !== here), here]);
  };
  useHotkeys([
    ['j', () => go(1)],
    ['k', () => go(-1)],
    ['s', skip],
    ['shift+?', toggle],
    ['?', toggle],
  ]);
  const name = queue[0]?.campaign.name;
  return (
    <Page
      title="Review"
      beside={
        data !== undefined && (
          <Text c="dimmed" role="status">
            {count(data.total, 'outreach', 'outreaches')} left
          </Text>
        )
      }
      actions={
        <>
          {campaign !== undefined && data !== undefined && data.total > 0 && (
            <ApproveAll campaignId={campaign} name={name ?? 'this campaign'} total={data.total} />
          )}
          <Button variant="default" onClick={toggle} rightSection={<Kbd size="xs">?</Kbd>}>
            Keys
          </Button>
        </>
      }
    >
      {campaign !== undefined && (
        <Group mb="sm">
          <Pill
            size="md"
            withRemoveButton
            onRemove={() => void navigate({ search: {} })}
            removeButtonProps={{ 'aria-label': 'Review all campaigns', 'aria-hidden': false, tabIndex: 0 }}
          >
            Only {name ?? 'one campaign'}
          </Pill>
        </Group>
      )}
      {error !== null && data === undefined && (
        <Failed title="What awaits approval could not be shown" error={error} onRetry={() => void refetch()} />
      )}
      {data === undefined && error === null && <LoadingRows rows={8} />}
      {data !== undefined && current === undefined && (
        <Empty icon={IconEyeCheck} title="Nothing awaits approval">
          In campaigns with manual review each outreach waits here until somebody approves it. The switch is on a
          campaign’s page.
        </Empty>
      )}
      {current !== undefined && (
        <Grid gap="lg">
          <ReviewItemView
            key={current.contact.id}
            item={current}
            onDone={() => setLooked(neighbour(queue, current.contact.id, 1))}
            onSkip={skip}
            onOnly={() => void navigate({ search: { campaign: current.campaign.id } })}
          />
        </Grid>
      )}
      <ReviewKeys opened={help} onClose={close} />
    </Page>
  );
}
