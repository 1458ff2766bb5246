import { Group, Table, Text, UnstyledButton } from '@mantine/core';

import type { Import } from '../api/types';
import { Moment } from '../display/Moment';
import { Status } from '../display/Status';
import classes from './ImportTable.module.css';
import { importStatuses, sources, titleOf } from './sources';

interface Props {
  imports: readonly Import[];
  opened: string | undefined;
  onOpen: (id: string) => void;
}

const number = (n: number) => n.toLocaleString('en');

/** Imports, the newest first. */
export function ImportTable({ imports, opened, onOpen }: Props) {
  return (
    <Table.ScrollContainer minWidth={720}>
      <Table aria-label="Imports">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>What</Table.Th>
            <Table.Th miw={120}>By</Table.Th>
            <Table.Th w={110}>When</Table.Th>
            <Table.Th w={110}>Status</Table.Th>
            <Table.Th ta="right">Rows</Table.Th>
            <Table.Th ta="right">Added</Table.Th>
            <Table.Th ta="right">Updated</Table.Th>
            <Table.Th ta="right">Skipped</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {imports.map((one) => {
            const { label, icon: Picture } = sources[one.source];
            return (
              <Table.Tr key={one.id} className={one.id === opened ? classes.opened : undefined}>
                <Table.Td miw={180}>
                  <Group gap="xs" wrap="nowrap" align="flex-start">
                    <Picture size={16} stroke={1.75} className={classes.icon} aria-hidden />
                    <div>
                      <UnstyledButton
                        className={classes.name}
                        aria-expanded={one.id === opened}
                        onClick={() => onOpen(one.id)}
                      >
                        <bdi>{titleOf(one)}</bdi>
                      </UnstyledButton>
                      <Text size="xs" c="dimmed">
                        {label}
                      </Text>
                    </div>
                  </Group>
                </Table.Td>
                <Table.Td miw={120} style={{ overflowWrap: 'anywhere' }}>
                  <bdi>{one.by}</bdi>
                </Table.Td>
                <Table.Td>
                  <Moment at={one.createdAt} />
                </Table.Td>
                <Table.Td>
                  <Status look={importStatuses[one.status]} />
                </Table.Td>
                <Table.Td ta="right">{number(one.rows)}</Table.Td>
                <Table.Td ta="right">{number(one.created)}</Table.Td>
                <Table.Td ta="right">{number(one.updated)}</Table.Td>
                <Table.Td ta="right">{number(one.skipped)}</Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
