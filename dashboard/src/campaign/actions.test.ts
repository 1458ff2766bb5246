import { expect, test } from 'vitest';

import type { ControlResult } from '../api/types';
import { campaignOf, progressOf } from '../testing/examples';
import { controlsOf, questionOf, resultOf } from './actions';

test('only what the state allows is offered', () => {
  expect(controlsOf(campaignOf())).toEqual(['go-live', 'archive']);
  expect(controlsOf(campaignOf({ status: 'paused' }))).toEqual(['resume', 'archive']);
  expect(controlsOf(campaignOf({ status: 'archived' }))).toEqual([]);
  expect(controlsOf(campaignOf({ status: 'active' }))).toEqual(['pause', 'archive']);
  expect(controlsOf(campaignOf({ status: 'active', executionMode: 'manual', manualReview: true }))).toEqual([
    'start-outreaches',
    'execute-approved',
    'pause',
    'archive',
  ]);
});

test('questions name their number', () => {
  const progress = progressOf({ not_started: 9_811, completed: 1 });
  expect(questionOf('go-live', campaignOf(), progress).title).toBe('Go live for 9,812 contacts? This cannot be undone');
  expect(questionOf('archive', campaignOf(), progress).effect).toContain('9,811 unfinished contacts are completed');
});

test('what came of it is told with its numbers', () => {
  const result: ControlResult = {
    id: '1',
    status: 'active',
    changed: true,
    inFlight: 0,
    releaseId: null,
    now: 12,
    waiting: { window: 3, approval: 0, planning: 1 },
    workflow: 'told',
  };
  expect(resultOf('start-outreaches', result)).toBe(
    '12 outreaches go now, 3 when their windows open, 1 are still being planned.',
  );
  expect(resultOf('pause', { ...result, inFlight: 1, workflow: 'pending' })).toBe(
    'Paused. 1 outreach was being handed over and may still arrive. Its workflow is told as soon as Temporal answers.',
  );
  expect(resultOf('execute-approved', { ...result, changed: false })).toBe('Nothing is approved that could go.');
});
