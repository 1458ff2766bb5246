import { Alert, Button, Group, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';

import { explain } from '../api/problem';

interface Props {
  /** What could not be done: "The campaign could not be shown". */
  title: string;
  error: unknown;
  onRetry?: () => void;
}

/** What stands where something could not be shown or done: what happened, and what to do. */
export function Failed({ title, error, onRetry }: Props) {
  return (
    <Alert color="red" variant="outline" icon={<IconAlertTriangle aria-hidden />} title={title} role="alert">
      <Group justify="space-between" gap="sm">
        <Text size="sm">{explain(error)}</Text>
        {onRetry !== undefined && (
          <Button variant="default" size="xs" onClick={onRetry}>
            Try again
          </Button>
        )}
      </Group>
    </Alert>
  );
}
