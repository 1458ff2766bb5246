import type { Channel, ContactFilter, ContactStatus, WaitingReason } from '../api/types';
import { contactStatusOrder } from '../display/contactStatus';
import { waitingReasons } from '../display/waiting';
import { oneOf, pageOf, textOf } from '../frame/search';

const columns = ['createdAt', 'name', 'status', 'lastOutreachAt'] as const;

export type SortColumn = (typeof columns)[number];
export type Sort = SortColumn | `-${SortColumn}`;

/** What the address of the contacts says: filters, order, page, and which contact is open. */
export interface ContactsSearch {
  status?: ContactStatus;
  waiting?: WaitingReason;
  channel?: Channel;
  search?: string;
  sort?: Sort;
  page?: number;
  contact?: string;
}

export function contactsSearch(raw: Record<string, unknown>): ContactsSearch {
  return {
    status: oneOf(raw['status'], contactStatusOrder),
    waiting: oneOf(raw['waiting'], Object.keys(waitingReasons) as WaitingReason[]),
    channel: oneOf(raw['channel'], ['email', 'text', 'phone']),
    search: textOf(raw['search']),
    sort: oneOf(
      raw['sort'],
      columns.flatMap((column): Sort[] => [column, `-${column}`]),
    ),
    page: pageOf(raw['page']),
    contact: textOf(raw['contact']),
  };
}

/** The same filter as the API's bulk actions take it; empty is all contacts. */
export function filterOf({ status, waiting, channel, search }: ContactsSearch): ContactFilter {
  return {
    ...(status !== undefined && { status }),
    ...(waiting !== undefined && { waitingReason: waiting }),
    ...(channel !== undefined && { channel }),
    ...(search !== undefined && { search }),
  };
}
