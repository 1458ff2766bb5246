import type { Channel, ContactFilter, ContactStatus, WaitingReason } from '../api/types';
import { contactStatusOrder } from '../display/contactStatus';
import { waitingReasons } from '../display/waiting';
import { oneOf, pageOf, textOf } from '../frame/search';

/** The ways by which contacts come into a campaign. */
export const ways = ['csv', 'hand', 'email', 'inbound', 'api'] as const;
export type Way = (typeof ways)[number];

const columns = ['createdAt', 'name', 'status', 'lastOutreachAt'] as const;

export type SortColumn = (typeof columns)[number];
export type Sort = SortColumn | `-${SortColumn}`;

/** What the address of the contacts says: filters, order, page, which contact is open, and by which way some are added. */
export interface ContactsSearch {
  status?: ContactStatus;
  waiting?: WaitingReason;
  channel?: Channel;
  search?: string;
  sort?: Sort;
  page?: number;
  contact?: string;
  add?: Way;
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
    add: oneOf(raw['add'], ways),
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
