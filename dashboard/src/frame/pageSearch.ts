import { pageOf } from './search';

/** The page of a list that has nothing else in its address. */
export interface PageSearch {
  page?: number;
}

export function pageSearch(raw: Record<string, unknown>): PageSearch {
  return { page: pageOf(raw['page']) };
}
