import { expect, test } from 'vitest';

import { campaignOf, progressOf } from '../testing/examples';
import { whyNothingIsSent } from './idle';

const active = campaignOf({ status: 'active' });

test('an active campaign without contacts says what to do', () => {
  expect(whyNothingIsSent(active, progressOf({}))).toMatch(/^Active, idle: no contacts yet/);
});

test('one whose contacts are all finished is idle', () => {
  expect(whyNothingIsSent(active, progressOf({ completed: 3, disqualified: 1, disabled: 1 }))).toMatch(
    /^Active, idle: no contacts in the queue/,
  );
});

test('nothing is said while something is being sent, or is about to be', () => {
  expect(whyNothingIsSent(active, progressOf({ executing: 1 }))).toBeUndefined();
  expect(whyNothingIsSent(active, progressOf({ planning: 2 }, { planner: 2 }))).toBeUndefined();
});

test('what most wait for is named, and that others wait for something else', () => {
  const progress = progressOf({ awaiting_approval: 1, awaiting_execution: 5 }, { approval: 1, window: 5 });
  expect(whyNothingIsSent(active, progress)).toBe(
    'Nothing is being sent: 5 contacts wait for the channel’s window to open where they are. ' +
      'Others wait for something else: filter the contacts by it.',
  );
  expect(whyNothingIsSent(active, progressOf({ awaiting_approval: 1 }, { approval: 1 }))).toMatch(
    /: 1 contact waits for an approval/,
  );
});

test('a draft points to what it needs, a paused one to why', () => {
  const draft = campaignOf({ goLiveProblems: [{ pointer: '/objective', code: 'required', detail: 'say what' }] });
  expect(whyNothingIsSent(draft, progressOf({}))).toMatch(/what Go Live still needs/);
  const paused = campaignOf({ status: 'paused', pauseReason: 'Paused by the guardrail on bounces.' });
  expect(whyNothingIsSent(paused, progressOf({}))).toMatch(/guardrail on bounces/);
});
