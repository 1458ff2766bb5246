import { Alert } from '@mantine/core';
import { IconPlugConnectedX } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';

import { Unreachable } from '../api/problem';
import { useNow } from '../time/now';
import { relative } from '../time/words';

/** Says that Beckon does not answer, and how old is what is shown, for as long as it does not. */
export function Away() {
  const since = useAwaySince();
  const now = useNow();
  if (since === undefined) return null;
  const age = since === 0 ? '' : ` What is shown is from ${relative(new Date(since), now)}.`;
  return (
    <Alert
      color="orange"
      variant="outline"
      radius={0}
      icon={<IconPlugConnectedX aria-hidden />}
      title="Beckon does not answer"
      role="status"
    >
      It is asked again every few seconds.{age} What you type is kept.
    </Alert>
  );
}

/** When Beckon answered last, if what is looked at could not be asked anew; 0 if it never did; undefined if all is well. */
function useAwaySince(): number | undefined {
  const cache = useQueryClient().getQueryCache();
  return useSyncExternalStore(
    (listener) => cache.subscribe(listener),
    () => {
      const watched = cache.findAll({ type: 'active' });
      const away = watched.filter(({ state }) => (state.fetchFailureReason ?? state.error) instanceof Unreachable);
      if (away.length === 0) return undefined;
      return Math.max(...away.map(({ state }) => state.dataUpdatedAt));
    },
  );
}
