import { Box, SegmentedControl, Table, Text, VisuallyHidden } from '@mantine/core';
import { useState, type ReactNode } from 'react';

import { Section } from './Section';

interface Props {
  title: string;
  /** What is to be known to read it rightly. */
  note?: ReactNode;
  columns: readonly string[];
  /** The same figures as the chart's; the first column names the row. */
  rows: readonly (readonly string[])[];
  /** The picture. It is hidden from screen readers, which have the table. */
  children: ReactNode;
}

/** A chart that is a table as well: for who asks for it, and always for screen readers. */
export function Charted({ title, note, columns, rows, children }: Props) {
  const [shown, setShown] = useState<'chart' | 'table'>('chart');
  const table = (
    <Table aria-label={title}>
      <Table.Thead>
        <Table.Tr>
          {columns.map((column, place) => (
            <Table.Th key={column} ta={place === 0 ? undefined : 'right'}>
              {column}
            </Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map(([name = '', ...cells]) => (
          <Table.Tr key={name}>
            <Table.Th scope="row" fw={400}>
              {name}
            </Table.Th>
            {cells.map((cell, place) => (
              <Table.Td key={columns[place + 1]} ta="right">
                {cell}
              </Table.Td>
            ))}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
  return (
    <Section
      title={title}
      actions={
        <SegmentedControl
          size="xs"
          aria-label={`${title} as`}
          data={[
            { value: 'chart', label: 'Chart' },
            { value: 'table', label: 'Table' },
          ]}
          value={shown}
          onChange={setShown}
        />
      }
    >
      {shown === 'chart' ? (
        <>
          <Box aria-hidden>{children}</Box>
          <VisuallyHidden>{table}</VisuallyHidden>
        </>
      ) : (
        <Table.ScrollContainer
          minWidth={300}
          mah={320}
          scrollAreaProps={{ viewportProps: { tabIndex: 0, role: 'group', 'aria-label': title } }}
        >
          {table}
        </Table.ScrollContainer>
      )}
      {note !== undefined && (
        <Text size="xs" c="dimmed">
          {note}
        </Text>
      )}
    </Section>
  );
}
