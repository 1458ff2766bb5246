import { Alert, Anchor, Button, Group, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';

import { sentence } from '../api/problem';
import type { Import } from '../api/types';
import { count } from '../display/count';
import { ErrorTable } from './ErrorTable';
import { numbersOf } from './numbers';

interface Props {
  result: Import;
  onAgain: () => void;
  onClose: () => void;
}

/** What became of an import: its numbers, and what was wrong row by row. */
export function ImportResult({ result, onAgain, onClose }: Props) {
  return (
    <Stack>
      <ImportNumbers result={result} />
      <ImportErrors result={result} />
      <Group justify="flex-end">
        <Button variant="default" onClick={onAgain}>
          Import another file
        </Button>
        <Button onClick={onClose}>Done</Button>
      </Group>
    </Stack>
  );
}

export function ImportNumbers({ result }: { result: Import }) {
  const { status, rows, updated, updatedBy, detail } = result;
  if (status === 'refused')
    return (
      <Alert
        color="red"
        variant="outline"
        icon={<IconAlertTriangle aria-hidden />}
        title="The file was refused; nobody was added"
      >
        {sentence(detail ?? '')}
      </Alert>
    );
  return (
    <Alert
      color="teal"
      variant="outline"
      icon={<IconCircleCheck aria-hidden />}
      title={numbersOf(result)}
      role="status"
    >
      <Text size="sm">
        Of {count(rows, 'row')}.
        {updated > 0 &&
          ` Known by phone: ${updatedBy.phone.toLocaleString('en')}; known by e-mail: ${updatedBy.email.toLocaleString('en')}.`}
      </Text>
    </Alert>
  );
}

export function ImportErrors({ result: { errors, errorsUrl } }: { result: Import }) {
  if (errors.length === 0) return null;
  return (
    <Stack gap={4}>
      <Group justify="space-between">
        <Text fw={500} size="sm">
          What was wrong
        </Text>
        <Anchor size="sm" href={errorsUrl} download>
          All as CSV
        </Anchor>
      </Group>
      <ErrorTable errors={errors} cut />
    </Stack>
  );
}
