import type { Campaign } from '../api/types';

/** How the types of campaigns are called. */
export const typeNames: Record<Campaign['type'], string> = { one_time: 'One-time', follow_up: 'Follow-up' };

/** How the execution modes are called, and what each means. */
export const modes: Record<Campaign['executionMode'], { label: string; meaning: string }> = {
  automatic: { label: 'Automatic', meaning: 'Outreaches go as contacts are added.' },
  manual: { label: 'Manual', meaning: 'Planned outreaches wait for “Start all outreaches”.' },
  scheduled: { label: 'Scheduled', meaning: 'The first outreaches go at a set time.' },
};
