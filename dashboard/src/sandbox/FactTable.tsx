import { Table } from '@mantine/core';
import type { ReactNode } from 'react';

export type Fact = [string, ReactNode];

/** Names with their values. */
export function FactTable({ facts }: { facts: readonly Fact[] }) {
  return (
    <Table verticalSpacing={1} horizontalSpacing={4} withRowBorders={false} highlightOnHover={false} layout="fixed">
      <Table.Tbody>
        {facts.map(([name, value]) => (
          <Table.Tr key={name}>
            <Table.Th w="32%" c="dimmed" fw={400} style={{ overflowWrap: 'anywhere', verticalAlign: 'top' }}>
              {name}
            </Table.Th>
            <Table.Td style={{ overflowWrap: 'anywhere' }}>{value}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
