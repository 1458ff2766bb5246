import type { Channel } from '../api/types';
import { oneOf, pageOf, textOf } from '../frame/search';

/** What the address of the sandbox's inbox says: filters, page, and which message is open. */
export interface SandboxSearch {
  search?: string;
  channel?: Channel;
  page?: number;
  message?: string;
}

export function sandboxSearch(raw: Record<string, unknown>): SandboxSearch {
  return {
    search: textOf(raw['search']),
    channel: oneOf(raw['channel'], ['email', 'text', 'phone']),
    page: pageOf(raw['page']),
    message: textOf(raw['message']),
  };
}
