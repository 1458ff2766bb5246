import type { SuppressionChannel } from '../api/types';
import { oneOf, pageOf, textOf } from '../frame/search';

/** What the address of the suppressions says: filters and page. */
export interface SuppressionsSearch {
  search?: string;
  channel?: SuppressionChannel;
  page?: number;
}

export function suppressionsSearch(raw: Record<string, unknown>): SuppressionsSearch {
  return {
    search: textOf(raw['search']),
    channel: oneOf(raw['channel'], ['email', 'text', 'phone', 'all']),
    page: pageOf(raw['page']),
  };
}
