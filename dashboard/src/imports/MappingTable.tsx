import { Chip, Group, Select, Table, Text, TextInput } from '@mantine/core';

import type { Channel } from '../api/types';
import { allChannels, channels } from '../display/Channel';
import { blocking, used, uses, type Column } from './columns';

interface Props {
  columns: readonly Column[];
  header: readonly string[];
  sample: readonly (readonly string[])[];
  onChange: (columns: Column[]) => void;
}

/** The columns of a file with their first values, and what each is used for. */
export function MappingTable({ columns, header, sample, onChange }: Props) {
  return (
    <Table.ScrollContainer minWidth={560} mah="50vh">
      <Table stickyHeader layout="fixed" aria-label="Columns of the file">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Column</Table.Th>
            <Table.Th w="34%">First values</Table.Th>
            <Table.Th w={250}>Used as</Table.Th>
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
                  <UseOf column={column} columns={columns} onChange={onChange} />
                </Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

interface UseProps {
  column: Column;
  columns: readonly Column[];
  onChange: (columns: Column[]) => void;
}

/** What one column is used for, and what is to be said of that use. */
function UseOf({ column: { name, use, key, blocks }, columns, onChange }: UseProps) {
  return (
    <>
      <Select
        aria-label={`Column ${name} is used as`}
        size="xs"
        allowDeselect={false}
        data={uses}
        value={use}
        onChange={(to) => onChange(used(columns, name, to ?? use))}
      />
      {use === 'property' && (
        <TextInput
          aria-label={`Name of the property of column ${name}`}
          size="xs"
          mt={4}
          value={key}
          onChange={(event) => {
            const typed = event.currentTarget.value;
            onChange(columns.map((column) => (column.name === name ? { ...column, key: typed } : column)));
          }}
        />
      )}
      {use === 'optOut' && (
        <Chip.Group
          multiple
          value={[...blocks]}
          onChange={(chosen: Channel[]) => onChange(blocking(columns, name, chosen))}
        >
          <Group gap={4} mt={4} role="group" aria-label={`Column ${name} blocks`}>
            {allChannels.map((channel) => (
              <Chip key={channel} value={channel} size="xs" variant="outline">
                {channels[channel].label}
              </Chip>
            ))}
          </Group>
        </Chip.Group>
      )}
    </>
  );
}
