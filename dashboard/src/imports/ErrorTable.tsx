import { Table, Text } from '@mantine/core';

import { sentence } from '../api/problem';
import type { ImportError } from '../api/types';
import { count } from '../display/count';

const most = 100;

interface Props {
  errors: readonly ImportError[];
  /** What a line is called, where it is none of a file. */
  line?: string;
  /** That is left out is said, where no more than is shown was given. */
  cut?: boolean;
}

/** What was wrong with a file, row by row; the first hundred. */
export function ErrorTable({ errors, line = 'Line', cut = false }: Props) {
  const shown = errors.slice(0, most);
  return (
    <>
      <Table.ScrollContainer
        minWidth={380}
        mah={260}
        scrollAreaProps={{ viewportProps: { tabIndex: 0, role: 'group', 'aria-label': 'What was wrong' } }}
      >
        <Table stickyHeader>
          <Table.Thead>
            <Table.Tr>
              <Table.Th w={70}>{line}</Table.Th>
              <Table.Th w={120}>Field</Table.Th>
              <Table.Th>What</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {shown.map((error) => (
              <Table.Tr key={`${error.line} ${error.field} ${error.code}`}>
                <Table.Td>{error.line}</Table.Td>
                <Table.Td>{error.field}</Table.Td>
                <Table.Td>{sentence(error.detail)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {(cut || errors.length > most) && errors.length >= most && (
        <Text size="xs" c="dimmed">
          The first {most} {cut ? '' : `of ${count(errors.length, 'problem')} `}are shown.
        </Text>
      )}
    </>
  );
}
