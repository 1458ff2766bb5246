import type { Waiting, WaitingReason } from '../api/types';
import { inZones } from '../time/words';

/** What a contact waits for, as filters and tables name it in short; the sentence is the server’s. */
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

/**
 * What a contact waits for, in the server's words, with until when by its own clock and the viewer's. `beckon why` and
 * Temporal's Web UI show the same sentence.
 */
export function waitingWords(waiting: Waiting, zone: string, now: Date): string {
  if (waiting.until === null) return waiting.detail;
  return `${waiting.detail} Until ${inZones(new Date(waiting.until), zone, now)}.`;
}
