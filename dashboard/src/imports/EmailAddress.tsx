import { Group, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconRefresh } from '@tabler/icons-react';

import { useSetEmailImport } from '../api/emailImport';
import type { EmailImport } from '../api/types';
import { Action } from '../display/Action';
import { Confirm } from '../display/Confirm';
import { Copyable } from '../display/Copyable';
import { notify } from '../frame/notify';
import { useDenied } from '../session/may';

interface Props {
  campaignId: string;
  setUp: EmailImport;
  denied: string | undefined;
}

/** The address to which files are mailed, and the way to another one; for administrators, where the mails come in. */
export function EmailAddress({ campaignId, setUp, denied }: Props) {
  const [asks, { open, close }] = useDisclosure();
  const regenerate = useSetEmailImport(campaignId);
  const administrator = useDenied('administrator') === undefined;
  const { address, inboundUrl, enabled, authorizedSender, mapping } = setUp;
  const confirm = () =>
    regenerate.mutate(
      { enabled, authorizedSender, mapping, regenerate: true },
      {
        onSuccess: () => {
          close();
          notify('The campaign has a new address. Tell whoever mails the files.');
        },
      },
    );
  return (
    <>
      {address === null ? (
        inboundUrl !== null && (
          <Text size="sm" c="dimmed">
            The campaign’s address is made when this is saved for the first time.
          </Text>
        )
      ) : (
        <div>
          <Copyable label="Address" text={address} />
          <Group justify="space-between" gap="xs" mt={4}>
            <Text size="xs" c="dimmed" flex={1} miw={200}>
              Nobody can guess it; still, only the authorized sender’s mails are imported.
            </Text>
            <Action
              variant="default"
              size="compact-xs"
              denied={denied}
              leftSection={<IconRefresh size={12} aria-hidden />}
              onClick={() => {
                regenerate.reset();
                open();
              }}
            >
              Regenerate
            </Action>
          </Group>
        </div>
      )}
      {administrator && inboundUrl !== null && (
        <Copyable
          label="Webhook of Inbound Parse"
          text={inboundUrl}
          description="Where SendGrid posts the mails of the domain, the same for all campaigns. It is a secret."
        />
      )}
      <Confirm
        opened={asks}
        onClose={close}
        title="Give the campaign another address?"
        act="Regenerate"
        grave
        busy={regenerate.isPending}
        error={regenerate.error}
        onConfirm={confirm}
      >
        <Text size="sm">
          Mails to <bdi>{address}</bdi> reach nobody from then on: whoever mails the files must be told the new address.
          This cannot be undone.
        </Text>
      </Confirm>
    </>
  );
}
