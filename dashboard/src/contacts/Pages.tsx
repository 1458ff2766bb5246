import { Group, Pagination, Text } from '@mantine/core';

interface Props {
  page: number;
  perPage: number;
  total: number;
  onChange: (page: number) => void;
}

/** Which part of a long list is shown, and the way to the others. */
export function Pages({ page, perPage, total, onChange }: Props) {
  const pages = Math.ceil(total / perPage);
  if (pages <= 1) return null;
  const first = (page - 1) * perPage + 1;
  return (
    <Group justify="space-between">
      <Text size="sm" c="dimmed">
        {first.toLocaleString('en')} to {Math.min(first + perPage - 1, total).toLocaleString('en')} of{' '}
        {total.toLocaleString('en')}
      </Text>
      <Pagination
        size="sm"
        total={pages}
        value={page}
        onChange={onChange}
        getControlProps={(control) => ({ 'aria-label': `${control} page` })}
        getItemProps={(item) => ({ 'aria-label': `Page ${item}` })}
      />
    </Group>
  );
}
