import type { Control } from '../api/campaigns';
import type { Campaign, ControlResult, Progress } from '../api/types';
import { count } from '../display/count';

interface Question {
  /** Of the button. */
  label: string;
  title: string;
  /** What it does, with its number, and whether it can be undone. */
  effect: string;
  act: string;
  grave: boolean;
}

/** The controls that a campaign's state allows, the first being the one that is most likely wanted. */
export function controlsOf(campaign: Campaign): readonly Control[] {
  switch (campaign.status) {
    case 'draft':
      return ['go-live', 'archive'];
    case 'paused':
      return ['resume', 'archive'];
    case 'archived':
      return [];
    case 'active': {
      const controls: Control[] = [];
      if (campaign.executionMode === 'manual') controls.push('start-outreaches');
      if (campaign.manualReview) controls.push('execute-approved');
      return [...controls, 'pause', 'archive'];
    }
  }
}

/** What is asked before a control is carried out. */
export function questionOf(control: Control, campaign: Campaign, progress: Progress): Question {
  const { counts, total } = progress;
  const unfinished = total - counts.completed - counts.disqualified;
  const name = `“${campaign.name}”`;
  switch (control) {
    case 'go-live':
      return {
        label: 'Go Live',
        title: `Go live for ${count(total, 'contact')}? This cannot be undone`,
        effect: goLiveEffect(campaign),
        act: 'Go Live',
        grave: false,
      };
    case 'pause':
      return {
        label: 'Pause',
        title: `Pause ${name}?`,
        effect: `Nothing is begun any more for ${count(unfinished, 'unfinished contact')}. What is being handed over at this moment may still arrive. Resume lets everything go on where it left off.`,
        act: 'Pause',
        grave: false,
      };
    case 'resume':
      return {
        label: 'Resume',
        title: `Resume ${name}?`,
        effect: `${count(unfinished, 'unfinished contact')} ${unfinished === 1 ? 'goes' : 'go'} on where ${unfinished === 1 ? 'it' : 'they'} left off. Windows hold for all.`,
        act: 'Resume',
        grave: false,
      };
    case 'archive':
      return {
        label: 'Archive',
        title: `Archive ${name}? This cannot be undone`,
        effect: `It ends for good: ${count(unfinished, 'unfinished contact')} ${unfinished === 1 ? 'is' : 'are'} completed, nothing more is sent, and no contact can be changed or added. History and figures are kept.`,
        act: 'Archive',
        grave: true,
      };
    case 'start-outreaches':
      return {
        label: 'Start all outreaches',
        title: 'Start all outreaches?',
        effect: `Every planned outreach may go: ${count(counts.awaiting_execution, 'contact')} awaiting execution, and those still being planned for (${counts.planning.toLocaleString('en')}). Windows hold for all. What is sent cannot be taken back.`,
        act: 'Start all outreaches',
        grave: false,
      };
    case 'execute-approved':
      return {
        label: 'Execute all approved',
        title: 'Execute all approved outreaches?',
        effect: `Every approved outreach is due at once, of at most ${count(counts.awaiting_execution, 'contact')} awaiting execution. Windows and the frequency cap hold for all. What is sent cannot be taken back.`,
        act: 'Execute all approved',
        grave: false,
      };
  }
}

function goLiveEffect({ executionMode, manualReview }: Campaign): string {
  const review = manualReview ? ' Each outreach waits for an approval.' : '';
  switch (executionMode) {
    case 'automatic':
      return `Outreaches are planned and go as their windows allow.${review} The campaign cannot become a draft again.`;
    case 'manual':
      return `Outreaches are planned, and wait for “Start all outreaches”.${review} The campaign cannot become a draft again.`;
    case 'scheduled':
      return `Outreaches are planned, and the first go at the scheduled time.${review} The campaign cannot become a draft again.`;
  }
}

/** What came of a control, in a sentence. */
export function resultOf(control: Control, result: ControlResult): string {
  const flight =
    result.inFlight > 0
      ? ` ${count(result.inFlight, 'outreach was', 'outreaches were')} being handed over and may still arrive.`
      : '';
  const pending = result.workflow === 'pending' ? ' Its workflow is told as soon as Temporal answers.' : '';
  const done: Record<Control, string> = {
    'go-live': 'The campaign is live.',
    pause: `Paused.${flight}`,
    resume: 'Resumed.',
    archive: `Archived.${flight}`,
    'start-outreaches': released(result),
    'execute-approved': result.changed ? released(result) : 'Nothing is approved that could go.',
  };
  return done[control] + pending;
}

function released({ now, waiting }: ControlResult): string {
  const parts = [`${count(now ?? 0, 'outreach goes', 'outreaches go')} now`];
  if (waiting !== null) {
    if (waiting.window > 0) parts.push(`${waiting.window.toLocaleString('en')} when their windows open`);
    if (waiting.approval > 0) parts.push(`${waiting.approval.toLocaleString('en')} wait for an approval`);
    if (waiting.planning > 0) parts.push(`${waiting.planning.toLocaleString('en')} are still being planned`);
  }
  return `${parts.join(', ')}.`;
}
