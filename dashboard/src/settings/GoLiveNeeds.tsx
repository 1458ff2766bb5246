import { Card, List, Text } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';

import { sentence } from '../api/problem';
import type { Campaign } from '../api/types';
import { TextLink } from '../frame/links';
import { stepOf } from './fields';

/** Everything that Go Live still needs, each with the way to where it is given. */
export function GoLiveNeeds({ campaign }: { campaign: Campaign }) {
  // Consent is attested when it goes live.
  const problems = campaign.goLiveProblems.filter(({ pointer }) => !pointer.startsWith('/consent'));
  if (problems.length === 0)
    return (
      <Card withBorder padding="sm">
        <Text fw={600} component="h2" fz="sm">
          Ready to go live
        </Text>
        <Text size="sm" c="dimmed" mt={4}>
          <IconCircleCheck size={16} color="var(--mantine-color-teal-7)" aria-hidden style={{ verticalAlign: -3 }} />{' '}
          All that Go Live needs is there.
        </Text>
      </Card>
    );
  return (
    <Card withBorder padding="sm">
      <Text fw={600} component="h2" fz="sm">
        Go Live still needs
      </Text>
      <List size="sm" mt={6} spacing={4} pl={18}>
        {problems.map(({ pointer, detail }) => (
          <List.Item key={`${pointer} ${detail}`}>
            <TextLink
              inherit
              to="/campaigns/$campaignId/settings"
              params={{ campaignId: campaign.id }}
              search={{ step: stepOf(pointer) }}
            >
              {sentence(detail)}
            </TextLink>
          </List.Item>
        ))}
      </List>
    </Card>
  );
}
