import type { AuditFilter } from '../api/audit';
import type { AuditSearch } from './search';
import { auditActions } from './words';

/** The same as the API takes it. Days are the viewer's: they begin and end with the viewer's midnight. */
export function auditFilterOf({ action, by, campaign, contact, from, to }: AuditSearch): AuditFilter {
  return {
    // One that there is not would be refused.
    ...(action && action in auditActions && { action }),
    ...(by && { actor: by }),
    ...(campaign && { campaignId: campaign }),
    ...(contact && { contactId: contact }),
    ...(from && { from: midnight(from, 0).toISOString() }),
    ...(to && { to: midnight(to, 1).toISOString() }),
  };
}

/** The beginning of a day by the viewer's clock, or of one that is some days later. */
function midnight(day: string, later: number): Date {
  const at = new Date(`${day}T00:00:00`);
  at.setDate(at.getDate() + later);
  return at;
}
