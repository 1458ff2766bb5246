import { Alert } from '@mantine/core';
import { IconClockExclamation } from '@tabler/icons-react';

import type { Progress } from '../api/types';

/** Says that the campaign's workflow does not answer: counts are right, but nothing moves until it does. */
export function TemporalAway({ progress }: { progress: Progress }) {
  if (!progress.stale) return null;
  return (
    <Alert
      color="orange"
      variant="outline"
      mb="sm"
      icon={<IconClockExclamation aria-hidden />}
      title="The campaign’s workflow does not answer"
      role="status"
    >
      Temporal is away, or no worker runs. What is shown comes from the database and is right; pausing and every other
      action hold at once, and workflows are told later. Nothing moves on until they answer.
    </Alert>
  );
}
