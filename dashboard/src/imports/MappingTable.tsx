import { Select, Table, Text, TextInput } from '@mantine/core';

import { uses, type Column, type Use } from './columns';

interface Props {
  columns: readonly Column[];
  header: readonly string[];
  sample: readonly (readonly string[])[];
  onUse: (name: string, use: Use) => void;
  onKey: (name: string, key: string) => void;
}

/** The columns of a file with their first values, and what each is used for. */
export function MappingTable({ columns, header, sample, onUse, onKey }: Props) {
  return (
    <Table.ScrollContainer minWidth={560} mah="50vh">
      <Table stickyHeader layout="fixed">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Column</Table.Th>
            <Table.Th w="38%">First values</Table.Th>
            <Table.Th>Used as</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {columns.map((column) => {
            const place = header.indexOf(column.name);
            const values = sample.map((row) => row[place] ?? '').filter((value) => value.trim() !== '');
            return (
              <Table.Tr key={column.name}>
                <Table.Td fw={500} style={{ overflowWrap: 'anywhere' }} dir="auto">
                  {column.name}
                </Table.Td>
                <Table.Td>
                  <Text size="xs" c="dimmed" lineClamp={2} dir="auto">
                    {values.slice(0, 3).join(' · ')}
                  </Text>
                </Table.Td>
                <Table.Td>
                  <Select
                    aria-label={`Column ${column.name} is used as`}
                    size="xs"
                    allowDeselect={false}
                    data={uses}
                    value={column.use}
                    onChange={(use) => onUse(column.name, use ?? column.use)}
                  />
                  {column.use === 'property' && (
                    <TextInput
                      aria-label={`Name of the property of column ${column.name}`}
                      size="xs"
                      mt={4}
                      value={column.key}
                      onChange={(event) => onKey(column.name, event.currentTarget.value)}
                    />
                  )}
                </Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
