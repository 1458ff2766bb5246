import { Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import { progressOfRowQuery } from '../api/campaigns';
import type { Campaign } from '../api/types';
import { campaignStatuses } from '../display/campaignStatus';
import { ChannelIcons } from '../display/Channel';
import { CountBar } from '../display/CountBar';
import { Moment } from '../display/Moment';
import { Status } from '../display/Status';
import { TextLink } from '../frame/links';
import { calendarDay } from '../time/words';
import { whatItWaitsFor } from './waiting';
import { typeNames } from '../display/campaignNames';

/** Campaigns as dense rows. */
export function CampaignTable({ campaigns, stale }: { campaigns: readonly Campaign[]; stale: boolean }) {
  return (
    <Table.ScrollContainer minWidth={860} style={{ opacity: stale ? 0.6 : 1 }}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Name</Table.Th>
            <Table.Th>Status</Table.Th>
            <Table.Th w={220}>Contacts</Table.Th>
            <Table.Th>Channels</Table.Th>
            <Table.Th>Dates</Table.Th>
            <Table.Th>Created</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {campaigns.map((campaign) => (
            <Row key={campaign.id} campaign={campaign} />
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Row({ campaign }: { campaign: Campaign }) {
  const { data: progress } = useQuery(progressOfRowQuery(campaign.id));
  return (
    <Table.Tr>
      <Table.Td maw={340}>
        <TextLink
          to="/campaigns/$campaignId"
          params={{ campaignId: campaign.id }}
          fw={500}
          c="var(--mantine-color-text)"
          dir="auto"
          lineClamp={2}
        >
          {campaign.name}
        </TextLink>
        <Text size="xs" c="dimmed">
          {typeNames[campaign.type]}
        </Text>
      </Table.Td>
      <Table.Td maw={240}>
        <Status look={campaignStatuses[campaign.status]} />
        {progress !== undefined && (
          <Text size="xs" c="dimmed" mt={2}>
            {whatItWaitsFor(campaign, progress)}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <Stack gap={4}>
          <Text size="sm">{campaign.contactCount.toLocaleString('en')}</Text>
          {progress !== undefined && progress.total > 0 && <CountBar counts={progress.counts} total={progress.total} />}
        </Stack>
      </Table.Td>
      <Table.Td>
        <ChannelIcons of={campaign.channels} />
      </Table.Td>
      <Table.Td>
        <Dates campaign={campaign} />
      </Table.Td>
      <Table.Td>
        <Moment at={campaign.createdAt} size="sm" />
      </Table.Td>
    </Table.Tr>
  );
}

/** Start and end date; they are days of the campaign's zone. */
function Dates({ campaign: { startDate, endDate } }: { campaign: Campaign }) {
  if (startDate === null && endDate === null)
    return (
      <Text size="sm" c="dimmed">
        Open-ended
      </Text>
    );
  return (
    <Text size="sm">
      {startDate === null ? 'Now' : calendarDay(startDate)} – {endDate === null ? 'open' : calendarDay(endDate)}
    </Text>
  );
}
