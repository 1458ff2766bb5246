import type { Campaign, Progress, WaitingReason } from '../api/types';
import { count } from '../display/count';
import { calendarDay } from '../time/words';

/** Why nothing is being sent, and what to do; undefined while something is, or is about to be. */
export function whyNothingIsSent(campaign: Campaign, progress: Progress): string | undefined {
  const { counts, total, inFlight } = progress;
  switch (campaign.status) {
    case 'draft':
      return campaign.goLiveProblems.length === 0
        ? 'Draft: nothing is sent before it goes live. Press Go Live when it is ready.'
        : 'Draft: nothing is sent before it goes live. Settings say what Go Live still needs.';
    case 'paused':
      return `Paused: nothing is sent until it is resumed.${campaign.pauseReason === null ? '' : ` ${campaign.pauseReason}`}`;
    case 'archived':
      return 'Archived: it has ended for good.';
    case 'active':
  }
  if (total === 0) return 'Active, idle: no contacts yet. Add contacts, by hand, as a CSV file or through the API.';
  if (inFlight > 0 || counts.executing > 0) return undefined;
  const unfinished = total - counts.completed - counts.disqualified - counts.disabled;
  if (unfinished === 0)
    return 'Active, idle: no contacts in the queue. Contacts that are added are reached as they come.';
  const busy = busyReasons.some((reason) => (progress.waiting[reason] ?? 0) > 0);
  if (busy) return undefined;
  const [reason, n] = Object.entries(progress.waiting).sort(([, a], [, b]) => b - a)[0] ?? [];
  if (reason === undefined || n === undefined) return undefined;
  const why = reasons[reason as WaitingReason]?.(n, campaign);
  if (why === undefined) return undefined;
  const others =
    Object.keys(progress.waiting).length > 1 ? ' Others wait for something else: filter the contacts by it.' : '';
  return `Nothing is being sent: ${why}${others}`;
}

/** Waits that end of themselves within moments. */
const busyReasons: readonly WaitingReason[] = ['intake_queue', 'planner', 'send_queue', 'outcome'];

const contacts = (n: number, verb: string) => `${count(n, 'contact')} ${verb}${n === 1 ? 's' : ''}`;

const reasons: Partial<Record<WaitingReason, (n: number, campaign: Campaign) => string>> = {
  approval: (n) => `${contacts(n, 'wait')} for an approval. Review them, or switch manual review off.`,
  start_outreaches: (n) => `${contacts(n, 'wait')} for “Start all outreaches”.`,
  window: (n) => `${contacts(n, 'wait')} for the channel’s window to open where they are.`,
  scheduled_time: (n) => `${contacts(n, 'wait')} for the planned time.`,
  next_attempt: (n) => `${contacts(n, 'wait')} for the time of the next attempt.`,
  before_start: (_, campaign) =>
    `it starts on ${campaign.startDate === null ? 'its start date' : calendarDay(campaign.startDate)}.`,
  campaign_ended: () => 'its end date has passed. Set a later one to go on.',
  frequency_cap: (n) => `${contacts(n, 'wait')}, having had as many outreaches as the frequency cap allows.`,
  planner_error: (n) => `the AI could not plan for ${count(n, 'contact')}; it is asked again.`,
  provider_limit: (n) => `the provider accepts no more for now; ${contacts(n, 'wait')}.`,
  provider_auth: (n) => `the provider refuses the credentials; ${contacts(n, 'wait')}. Check its key.`,
  provider_down: (n) => `the provider cannot be reached; ${contacts(n, 'wait')}.`,
  proof: (n) => `${count(n, 'outreach', 'outreaches')} may have been sent; proof is looked for.`,
  reply: (n) => `all is sent; ${contacts(n, 'wait')} for a reply before ${n === 1 ? 'it completes' : 'they complete'}.`,
  ledger_behind: (n) => `${contacts(n, 'need')} an operator: the ledger knows fewer attempts than the workflow.`,
};
