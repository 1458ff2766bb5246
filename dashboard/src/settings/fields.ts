import type { Campaign } from '../api/types';

/** A campaign's settings: all that the steps edit. */
export type Settings = Pick<
  Campaign,
  | 'name'
  | 'type'
  | 'channels'
  | 'objective'
  | 'instructions'
  | 'timezone'
  | 'defaultRegion'
  | 'startDate'
  | 'endDate'
  | 'executionMode'
  | 'scheduledAt'
  | 'manualReview'
  | 'maxAttempts'
  | 'minHoursBetweenAttempts'
  | 'quietHours'
  | 'windows'
  | 'eligibility'
  | 'inbound'
  | 'sender'
  | 'frequencyCap'
  | 'guardrails'
>;

export type Step = 'basics' | 'channels' | 'objective' | 'schedule' | 'windows' | 'eligibility' | 'limits';

interface StepLook {
  step: Step;
  label: string;
  fields: readonly (keyof Settings)[];
}

/** The steps, each with its fields. */
export const steps: readonly StepLook[] = [
  { step: 'basics', label: 'Basics', fields: ['name', 'type', 'maxAttempts', 'minHoursBetweenAttempts'] },
  { step: 'channels', label: 'Channels and sender', fields: ['channels', 'sender'] },
  { step: 'objective', label: 'Objective', fields: ['objective', 'instructions'] },
  {
    step: 'schedule',
    label: 'Schedule and mode',
    fields: ['timezone', 'defaultRegion', 'startDate', 'endDate', 'executionMode', 'scheduledAt', 'manualReview'],
  },
  { step: 'windows', label: 'Windows', fields: ['windows', 'quietHours'] },
  { step: 'eligibility', label: 'Eligibility', fields: ['eligibility', 'inbound'] },
  { step: 'limits', label: 'Limits', fields: ['frequencyCap', 'guardrails'] },
];

/** The step in which the member at a JSON pointer is edited; undefined for what no step edits. */
export function stepOf(pointer: string): Step | undefined {
  const member = pointer.split('/')[1];
  return steps.find(({ fields }) => fields.some((field) => field === member))?.step;
}
