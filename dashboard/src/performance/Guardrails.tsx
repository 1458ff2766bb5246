import { Table, Text } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck, IconCircleDashed } from '@tabler/icons-react';

import type { Campaign, Performance } from '../api/types';
import { ChannelIcon } from '../display/Channel';
import { Status, type StatusLook } from '../display/Status';
import { guardsOf, shownChannels, type Guard } from './figures';
import { Section } from './Section';

const percentOf = (n: number) => `${n.toLocaleString('en', { maximumFractionDigits: n < 1 ? 2 : 1 })} %`;

/** Bounces and complaints against the limits at which the campaign pauses itself. */
export function Guardrails({ campaign, performance }: { campaign: Campaign; performance: Performance }) {
  const guards = guardsOf(campaign, shownChannels(campaign, performance), performance);
  const from = campaign.guardrails.minSends ?? 100;
  const looks: Record<Guard['state'], StatusLook> = {
    few: {
      label: 'Too few to count',
      meaning: `Guardrails count from ${from.toLocaleString('en')} outreaches of a channel.`,
      icon: IconCircleDashed,
      color: 'var(--mantine-color-gray-6)',
    },
    within: {
      label: 'Within',
      meaning: 'The limit is not exceeded.',
      icon: IconCircleCheck,
      color: 'var(--mantine-color-teal-7)',
    },
    over: {
      label: 'Over',
      meaning: 'At more than the limit the campaign pauses itself.',
      icon: IconAlertTriangle,
      color: 'var(--mantine-color-red-7)',
    },
  };
  return (
    <Section title="Guardrails">
      <Table.ScrollContainer
        minWidth={520}
        scrollAreaProps={{ viewportProps: { tabIndex: 0, role: 'group', 'aria-label': 'Guardrails' } }}
      >
        <Table aria-label="Guardrails">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Channel</Table.Th>
              <Table.Th>What</Table.Th>
              <Table.Th ta="right">Outreaches</Table.Th>
              <Table.Th ta="right">Share</Table.Th>
              <Table.Th ta="right">Limit</Table.Th>
              <Table.Th>State</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {guards.map((guard) => (
              <Table.Tr key={`${guard.channel} ${guard.what}`}>
                <Table.Td style={{ whiteSpace: 'nowrap' }}>
                  <ChannelIcon channel={guard.channel} named />
                </Table.Td>
                <Table.Td>{guard.what}</Table.Td>
                <Table.Td ta="right">
                  {guard.n.toLocaleString('en')} of {guard.sent.toLocaleString('en')}
                </Table.Td>
                <Table.Td ta="right">{guard.sent === 0 ? '–' : percentOf(guard.percent)}</Table.Td>
                <Table.Td ta="right">{percentOf(guard.limit)}</Table.Td>
                <Table.Td>
                  <Status look={looks[guard.state]} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <Text size="xs" c="dimmed">
        At more than a limit the campaign pauses itself, from {from.toLocaleString('en')} outreaches of a channel on. It
        counts since the campaign went live or was resumed, whatever days are chosen here. The limits are in Settings,
        Limits.
      </Text>
    </Section>
  );
}
