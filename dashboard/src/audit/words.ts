import type { AuditAction, AuditRecord } from '../api/types';
import { count } from '../display/count';

/** What was done, in words: "Ada went live". */
export const auditActions: Record<AuditAction, string> = {
  create_campaign: 'Created a campaign',
  update_campaign: 'Changed a campaign',
  go_live: 'Went live',
  pause: 'Paused',
  resume: 'Resumed',
  archive: 'Archived',
  start_outreaches: 'Started all outreaches',
  execute_approved: 'Executed all approved',
  add_contacts: 'Added contacts',
  update_contact: 'Changed a contact',
  remove_contact: 'Removed a contact',
  approve_contact: 'Approved an outreach',
  disable_contact: 'Disabled a contact',
  enable_contact: 'Enabled a contact',
  complete_contact: 'Completed a contact',
  disqualify_contact: 'Disqualified a contact',
  edit_outreach: 'Edited an outreach',
  resend_outreach: 'Resent an outreach',
  bulk_contacts: 'Changed many contacts',
  import_contacts: 'Imported contacts',
  refuse_import: 'Had an import refused',
  update_email_import: 'Changed import by e-mail',
  export_contact: 'Read out a person’s data',
  erase_contact: 'Erased a person’s data',
  add_suppression: 'Suppressed an address',
  delete_suppression: 'Lifted a suppression',
  import_suppressions: 'Suppressed many addresses',
  export_suppressions: 'Took the suppressions as CSV',
  create_api_key: 'Made an API key',
  update_api_key: 'Changed an API key',
  revoke_api_key: 'Revoked an API key',
  update_settings: 'Changed the settings',
  export_audit: 'Took the audit log as CSV',
  create_user: 'Invited a user',
  update_user: 'Changed a user',
  delete_user: 'Deleted a user',
  create_link: 'Made a one-time link',
  use_link: 'Used a one-time link',
  change_password: 'Changed their password',
  sign_in: 'Signed in',
  sign_in_failed: 'Failed to sign in',
  sign_out: 'Signed out',
};

export const allAuditActions = Object.keys(auditActions) as AuditAction[];

/** The kinds of those who do something. */
export const actorKinds: Record<AuditRecord['actor']['kind'], { one: string; all: string }> = {
  user: { one: 'user', all: 'All users' },
  api_key: { one: 'API key', all: 'All API keys' },
  signal: { one: 'signal to Temporal', all: 'All signals to Temporal' },
  system: { one: 'Beckon', all: 'Beckon itself' },
};

/** Names of members and codes as people read them: "maxAttempts" is "max attempts", "one_time" "one time". */
function spaced(code: string): string {
  return code
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/[_.]/g, ' ')
    .toLowerCase();
}

/** What a record says beside its action, each part as a phrase: what was changed, counts, codes, versions. */
export function detailsOf({
  detail: { fields, counts, codes },
  versionBefore,
  versionAfter,
}: Pick<AuditRecord, 'detail' | 'versionBefore' | 'versionAfter'>): string[] {
  const parts: string[] = [];
  if (fields.length > 0) parts.push(`changed: ${fields.map(spaced).join(', ')}`);
  for (const [name, n] of Object.entries(counts)) parts.push(`${spaced(name)}: ${n.toLocaleString('en')}`);
  for (const [name, code] of Object.entries(codes)) parts.push(`${spaced(name)}: ${spaced(code)}`);
  if (versionBefore !== null && versionAfter !== null && versionBefore !== versionAfter)
    parts.push(`version ${versionBefore} became ${versionAfter}`);
  else if (versionAfter !== null || versionBefore !== null) parts.push(`version ${versionAfter ?? versionBefore ?? 0}`);
  return parts;
}

/** How many records there are; beyond 10,000 they are not counted. */
export function recordsFound(total: number, more: boolean): string {
  return more ? `more than ${count(total, 'record')}` : count(total, 'record');
}
