import { Kbd, Modal, Table } from '@mantine/core';

const keys = [
  ['A', 'Approve, and on to the next'],
  ['E', 'Edit'],
  ['S', 'Skip: it comes again at the end'],
  ['D', 'Disqualify the contact; asks first'],
  ['J', 'The next'],
  ['K', 'The one before'],
  ['?', 'This list'],
] as const;

/** The keys of the review page. */
export function ReviewKeys({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  return (
    <Modal opened={opened} onClose={onClose} title="Keys" closeButtonProps={{ 'aria-label': 'Close' }}>
      <Table withRowBorders={false} highlightOnHover={false}>
        <Table.Tbody>
          {keys.map(([key, does]) => (
            <Table.Tr key={key}>
              <Table.Th w={60}>
                <Kbd>{key}</Kbd>
              </Table.Th>
              <Table.Td>{does}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  );
}
