import type { Query } from '@tanstack/react-query';

/** How often what is looked at is asked for anew, in milliseconds. */
export const pollCounts = every(2_000);
export const pollLists = every(4_000);
export const pollSlowly = every(15_000);

const inBackground = 30_000;
const whileAway = 5_000;

/** Asks at an interval while the page is looked at; rarely in the background, and no faster than it answers while it is away. */
function every(interval: number) {
  return {
    refetchIntervalInBackground: true,
    refetchInterval: (query: Pick<Query, 'state'>) => {
      if (document.hidden) return inBackground;
      return query.state.status === 'error' || query.state.fetchFailureCount > 0
        ? Math.max(interval, whileAway)
        : interval;
    },
  };
}
