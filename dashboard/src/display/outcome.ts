import type { Outcome, OutreachState, StatusReason } from '../api/types';

/** What became of an outreach, in words. */
export const outcomes: Record<Outcome, string> = {
  delivered: 'Delivered',
  opened: 'Opened',
  clicked: 'Clicked',
  replied: 'Replied',
  bounced: 'Bounced',
  failed: 'Failed',
  answered: 'Answered',
  voicemail: 'Voicemail',
  no_answer: 'No answer',
  busy: 'Busy',
  opted_out: 'Opted out',
};

/** Where an outreach is in its life, in words. */
export const outreachStates: Record<OutreachState, string> = {
  planned: 'Planned',
  approved: 'Approved',
  submitting: 'Being sent',
  accepted: 'Sent',
  rejected: 'Rejected',
  unknown: 'Unconfirmed',
  delivered: 'Delivered',
  failed: 'Failed',
  superseded: 'Superseded',
  cancelled: 'Cancelled',
};

/** Why a contact has its status, in words. */
export const statusReasons: Record<StatusReason, string> = {
  opted_out: 'It opted out.',
  unreachable: 'No channel is left that reaches it.',
  not_eligible: 'It does not meet the rules of eligibility.',
  attempts_used: 'All attempts are used.',
  one_time_done: 'Its one outreach was sent.',
  planner_done: 'The AI found that nothing more is to be done.',
  campaign_ended: 'The campaign’s end date passed.',
  campaign_archived: 'The campaign was archived.',
  by_operator: 'An operator decided so.',
  by_api: 'Another system said so through the API.',
};
