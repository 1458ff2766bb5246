import type { CampaignStatus, Channel } from '../api/types';
import { dayOf, oneOf, pageOf, textOf } from '../frame/search';

/** What the address of the campaigns' list says: tab, filters and page. */
export interface CampaignsSearch {
  tab?: 'archived';
  search?: string;
  channel?: Channel;
  status?: CampaignStatus;
  from?: string;
  to?: string;
  page?: number;
}

export function campaignsSearch(raw: Record<string, unknown>): CampaignsSearch {
  return {
    tab: oneOf(raw['tab'], ['archived']),
    search: textOf(raw['search']),
    channel: oneOf(raw['channel'], ['email', 'text', 'phone']),
    status: oneOf(raw['status'], ['draft', 'active', 'paused']),
    from: dayOf(raw['from']),
    to: dayOf(raw['to']),
    page: pageOf(raw['page']),
  };
}
