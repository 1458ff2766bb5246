import { Alert, Group, Stack, Text } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';

import { useMakeContactsKey } from '../api/contactsKey';
import type { Campaign } from '../api/types';
import { Action } from '../display/Action';
import { Copyable } from '../display/Copyable';
import { Failed } from '../display/Failed';
import { useDenied } from '../session/may';
import { exampleCall } from './exampleCall';

/** How another system sends contacts: where to, with which key, and an example to copy. */
export function ApiEndpoint({ campaign }: { campaign: Campaign }) {
  const url = new URL(campaign.contactsUrl, location.origin).href;
  const denied = useDenied('administrator');
  const make = useMakeContactsKey(campaign);
  const key = make.data?.key;
  return (
    <Stack gap="sm">
      <Text size="sm">
        A CRM or any other system adds, updates and removes contacts by a POST to this address, up to 1,000 in a call.
        Contacts are known by phone, else by e-mail; good ones are taken though others are not.
      </Text>
      <Copyable label="Address" text={url} />
      {key === undefined ? (
        <Group justify="space-between" gap="xs">
          <Text size="sm" c="dimmed" flex={1} miw={220}>
            Each call names a key. One made here can add, update and remove contacts of this campaign, and nothing else.
          </Text>
          <Action
            variant="default"
            size="xs"
            denied={denied}
            loading={make.isPending}
            leftSection={<IconKey size={14} aria-hidden />}
            onClick={() => make.mutate()}
          >
            Make a key
          </Action>
        </Group>
      ) : (
        <>
          <Copyable label="Key" text={key} />
          <Alert color="yellow" variant="outline" icon={<IconKey aria-hidden />} role="status">
            Copy the key now: it is shown this once. It never expires; an administrator can revoke it at any time.
          </Alert>
        </>
      )}
      {make.error !== null && <Failed title="No key was made" error={make.error} />}
      <Copyable label="Example" text={exampleCall(url, key)} />
      <Text size="sm" c="dimmed">
        <code>action</code> is <code>upsert</code>, <code>updateOnly</code> or <code>remove</code>. The answer says of
        each contact what became of it. The whole description is at{' '}
        <a href="/docs" target="_blank" rel="noreferrer">
          /docs
        </a>
        .
      </Text>
    </Stack>
  );
}
