import { Box, Group, Table, Text, UnstyledButton } from '@mantine/core';
import { IconMessageReply } from '@tabler/icons-react';

import type { SandboxMessage } from '../api/sandbox';
import { ChannelIcon } from '../display/Channel';
import { count } from '../display/count';
import { ListTable } from '../display/ListTable';
import { Moment } from '../display/Moment';
import { Status } from '../display/Status';
import { sandboxStatuses, titleOf } from './message';
import classes from './MessageTable.module.css';

interface Props {
  messages: readonly SandboxMessage[];
  opened: string | undefined;
  onOpen: (id: string) => void;
  stale: boolean;
}

/** Messages, the newest first. */
export function MessageTable({ messages, opened, onOpen, stale }: Props) {
  return (
    <ListTable label="Messages" minWidth={560} stale={stale} fixed>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Message</Table.Th>
          <Table.Th w={150} visibleFrom="sm">
            Status
          </Table.Th>
          <Table.Th w={80}>When</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {messages.map((message) => (
          <Table.Tr key={message.id} className={message.id === opened ? classes.opened : undefined}>
            <Table.Td>
              <Group gap="xs" wrap="nowrap" align="flex-start">
                <span className={classes.icon}>
                  <ChannelIcon channel={message.channel} />
                </span>
                <div className={classes.what}>
                  <UnstyledButton
                    className={classes.title}
                    aria-expanded={message.id === opened}
                    onClick={() => onOpen(message.id)}
                  >
                    <bdi>{titleOf(message)}</bdi>
                  </UnstyledButton>
                  <Group gap={8} wrap="nowrap">
                    <Text size="xs" c="dimmed" truncate>
                      {message.to}
                    </Text>
                    {message.replies.length > 0 && (
                      <Text size="xs" c="dimmed" className={classes.answers}>
                        <IconMessageReply size={12} aria-hidden /> {count(message.replies.length, 'answer')}
                      </Text>
                    )}
                  </Group>
                  <Box hiddenFrom="sm" mt={2}>
                    <Status look={sandboxStatuses[message.status]} />
                  </Box>
                </div>
              </Group>
            </Table.Td>
            <Table.Td visibleFrom="sm">
              <Status look={sandboxStatuses[message.status]} />
            </Table.Td>
            <Table.Td>
              <Moment at={message.receivedAt} size="sm" />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </ListTable>
  );
}
