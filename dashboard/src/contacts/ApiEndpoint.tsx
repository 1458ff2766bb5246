import { ActionIcon, Code, CopyButton, Group, Stack, Text, Tooltip } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';

import type { Campaign } from '../api/types';

/** How another system sends contacts: where to, and an example to copy. */
export function ApiEndpoint({ campaign }: { campaign: Campaign }) {
  const url = new URL(campaign.contactsUrl, location.origin).href;
  const example = `curl ${url} \\
  -H 'x-api-key: YOUR_KEY' \\
  -H 'Content-Type: application/json' \\
  -d '{"contacts": [{"firstName": "Ada", "lastName": "Lovelace", "email": "ada@example.com",
       "phone": "+12125550123", "contactMetadata": {"city": "New York"}}]}'`;
  return (
    <Stack gap="sm">
      <Text size="sm">
        A CRM or any other system adds, updates and removes contacts by a POST to this address, up to 1,000 in a call.
        Contacts are known by phone, else by e-mail; good ones are taken though others are not.
      </Text>
      <Copyable label="Address" text={url} />
      <Copyable label="Example" text={example} />
      <Text size="sm" c="dimmed">
        An administrator makes keys; one of the role operator is enough here. The whole description is at{' '}
        <a href="/docs" target="_blank" rel="noreferrer">
          /docs
        </a>
        .
      </Text>
    </Stack>
  );
}

function Copyable({ label, text }: { label: string; text: string }) {
  return (
    <div>
      <Group justify="space-between" mb={2}>
        <Text size="sm" fw={500}>
          {label}
        </Text>
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <Tooltip label={copied ? 'Copied' : 'Copy'}>
              <ActionIcon
                variant="subtle"
                color="gray"
                size="sm"
                aria-label={`Copy the ${label.toLowerCase()}`}
                onClick={copy}
              >
                {copied ? <IconCheck size={14} aria-hidden /> : <IconCopy size={14} aria-hidden />}
              </ActionIcon>
            </Tooltip>
          )}
        </CopyButton>
      </Group>
      {}
      <Code block tabIndex={0}>
        {text}
      </Code>
    </div>
  );
}
