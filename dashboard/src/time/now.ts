import { useSyncExternalStore } from 'react';

const interval = 10_000;
const listeners = new Set<() => void>();
let now = new Date();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void) {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = new Date();
    listeners.forEach((tell) => tell());
  }, interval);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** The time, as all that is shown relative to it sees it: moves every ten seconds, for all at once. */
export function useNow(): Date {
  return useSyncExternalStore(subscribe, () => now);
}
