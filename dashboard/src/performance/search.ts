import { dayOf } from '../frame/search';

/** The days that performance is of, both included; without one there is no bound. */
export interface PerformanceSearch {
  from?: string;
  to?: string;
}

export function performanceSearch(raw: Record<string, unknown>): PerformanceSearch {
  return { from: dayOf(raw['from']), to: dayOf(raw['to']) };
}
