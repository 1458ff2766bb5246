import { textOf } from '../frame/search';

/** Of which campaign outreaches are reviewed; of all, where none is named. */
export interface ReviewSearch {
  campaign?: string;
}

export function reviewSearch(raw: Record<string, unknown>): ReviewSearch {
  return { campaign: textOf(raw['campaign']) };
}
