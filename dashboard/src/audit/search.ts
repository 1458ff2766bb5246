import type { AuditAction } from '../api/types';
import { dayOf, pageOf, textOf } from '../frame/search';

/** What the address of the audit log says: filters and page. */
export interface AuditSearch {
  action?: AuditAction;
  /** A user's or key's id, or a kind of them. */
  by?: string;
  campaign?: string;
  contact?: string;
  from?: string;
  to?: string;
  page?: number;
}

export function auditSearch(raw: Record<string, unknown>): AuditSearch {
  return {
    action: isAction(raw['action']) ? raw['action'] : undefined,
    by: textOf(raw['by'])?.slice(0, 64),
    campaign: textOf(raw['campaign']),
    contact: textOf(raw['contact']),
    from: dayOf(raw['from']),
    to: dayOf(raw['to']),
    page: pageOf(raw['page']),
  };
}

/** Whether it looks like an action. Whether there is such a one is known where they are named; here it would be loaded first of all. */
function isAction(raw: unknown): raw is AuditAction {
  return typeof raw === 'string' && /^[a-z_]{1,40}$/.test(raw);
}
