import type { Campaign, Progress } from '../api/types';
import { count } from '../display/count';

/** What a campaign waits for, in a few words for its row. */
export function whatItWaitsFor(campaign: Campaign, progress: Progress): string {
  const { counts, waiting } = progress;
  switch (campaign.status) {
    case 'archived':
      return '';
    case 'draft': {
      const missing = campaign.goLiveProblems.length;
      return missing === 0 ? 'Ready to go live' : `Go Live needs ${count(missing, 'more thing')}`;
    }
    case 'paused':
      return campaign.pauseReason ?? 'Waits for Resume';
    case 'active':
  }
  const unfinished = progress.total - counts.completed - counts.disqualified - counts.disabled;
  if (unfinished === 0) return progress.total === 0 ? 'Idle: no contacts yet' : 'Idle: no contacts in the queue';
  if (counts.awaiting_approval > 0) return `${count(counts.awaiting_approval, 'contact')} to review`;
  if (counts.executing > 0) return `${count(counts.executing, 'contact')} being reached`;
  const first = Object.entries(waiting).sort(([, a], [, b]) => b - a)[0];
  if (first === undefined) return count(unfinished, 'contact') + ' in work';
  return rowWords[first[0]]?.(first[1]) ?? `${count(unfinished, 'contact')} in work`;
}

const rowWords: Record<string, (n: number) => string> = {
  intake_queue: (n) => `${count(n, 'contact')} being taken in`,
  planner: (n) => `${count(n, 'contact')} being planned for`,
  planner_error: (n) => `The AI failed for ${count(n, 'contact')}`,
  before_start: () => 'Waits for its start date',
  scheduled_time: (n) => `${count(n, 'outreach', 'outreaches')} scheduled`,
  next_attempt: (n) => `${count(n, 'contact')} between attempts`,
  start_outreaches: () => 'Waits for Start all outreaches',
  window: (n) => `${count(n, 'contact')} outside their window`,
  frequency_cap: (n) => `${count(n, 'contact')} at the frequency cap`,
  send_queue: (n) => `${count(n, 'outreach', 'outreaches')} about to go`,
  provider_limit: () => 'Held up by the provider’s limit',
  provider_auth: () => 'The provider refuses the credentials',
  provider_down: () => 'The provider is away',
  reply: (n) => `${count(n, 'contact')} may still reply`,
  campaign_ended: () => 'Its end date has passed',
};
