import { Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import { importsQuery } from '../api/imports';
import { sentence } from '../api/problem';
import { Moment } from '../display/Moment';
import { Status } from '../display/Status';
import { TextLink } from '../frame/links';
import { numbersOf } from './numbers';
import { importStatuses, titleOf } from './sources';

const shown = 5;

/** What became of the last mails: who was imported, or why the mail was refused. */
export function LastMails({ campaignId }: { campaignId: string }) {
  const { data } = useQuery(importsQuery(campaignId, 1));
  if (data === undefined) return null;
  const mails = data.data.filter(({ source }) => source === 'email').slice(0, shown);
  return (
    <Stack gap={6} component="section" aria-label="Last mails">
      <Group justify="space-between">
        <Text size="sm" fw={500}>
          Last mails
        </Text>
        <TextLink size="sm" to="/campaigns/$campaignId/imports" params={{ campaignId }}>
          All imports
        </TextLink>
      </Group>
      {mails.length === 0 && (
        <Text size="sm" c="dimmed">
          None came yet. Each mail is listed here with what became of it, refused ones with the reason.
        </Text>
      )}
      {mails.map((mail) => (
        <Stack key={mail.id} gap={2}>
          <Group gap="xs">
            <Status look={importStatuses[mail.status]} />
            <TextLink
              size="sm"
              to="/campaigns/$campaignId/imports"
              params={{ campaignId }}
              search={{ import: mail.id }}
              style={{ overflowWrap: 'anywhere' }}
            >
              {titleOf(mail)}
            </TextLink>
            <Text size="xs" c="dimmed">
              <Moment at={mail.createdAt} />
            </Text>
          </Group>
          <Text size="sm">{mail.status === 'refused' ? sentence(mail.detail ?? '') : numbersOf(mail)}</Text>
        </Stack>
      ))}
    </Stack>
  );
}
