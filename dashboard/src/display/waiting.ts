import type { Waiting, WaitingReason } from '../api/types';
import { inZones } from '../time/words';

/** What a contact waits for, as a filter names it. */
export const waitingReasons: Record<WaitingReason, string> = {
  go_live: 'Go Live',
  intake_queue: 'Being taken in',
  planner: 'The AI’s plan',
  planner_error: 'The AI, which failed',
  before_start: 'The start date',
  scheduled_time: 'Its planned time',
  next_attempt: 'The next attempt',
  start_outreaches: 'Start all outreaches',
  approval: 'An approval',
  window: 'Its window',
  frequency_cap: 'The frequency cap',
  send_queue: 'Its turn to be sent',
  provider_limit: 'The provider’s limit',
  provider_auth: 'The provider’s credentials',
  provider_down: 'The provider, which is away',
  proof: 'Proof that it was sent',
  outcome: 'The end of a call',
  reply: 'A reply',
  campaign_paused: 'Resume',
  campaign_ended: 'A later end date',
  disabled: 'Enable',
  ledger_behind: 'An operator (ledger behind)',
};

const untilWords: Partial<Record<WaitingReason, string>> = {
  planner_error: 'The AI could not plan the outreach; it is asked again',
  before_start: 'Waiting for the campaign’s start date',
  scheduled_time: 'Goes at its planned time',
  next_attempt: 'Waiting for the time of the next attempt',
  window: 'Waiting for its window',
  frequency_cap: 'The frequency cap is reached; goes',
  provider_limit: 'The provider accepts no more for now; tried again',
  provider_auth: 'The provider refuses the credentials; tried again',
  provider_down: 'The provider cannot be reached; tried again',
  proof: 'May have been sent: waiting for proof until',
  reply: 'Waiting for a reply until',
};

/** What a contact waits for, in one sentence, with until when by its own clock and the viewer's. */
export function waitingWords(waiting: Waiting, zone: string, now: Date): string {
  const words = untilWords[waiting.reason];
  if (waiting.until === null || words === undefined) return waiting.detail;
  return `${words}: ${inZones(new Date(waiting.until), zone, now)}`.replace(/ until: /, ' until ');
}
