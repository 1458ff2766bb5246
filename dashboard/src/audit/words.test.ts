import { expect, test } from 'vitest';

import { detailsOf, recordsFound } from './words';

const nothing = { detail: { fields: [], counts: {}, codes: {} }, versionBefore: null, versionAfter: null };

test('details are phrases', () => {
  expect(detailsOf(nothing)).toEqual([]);
  expect(
    detailsOf({
      ...nothing,
      detail: {
        fields: ['maxAttempts', 'sender.fromName'],
        counts: { created: 1200 },
        codes: { role: 'administrator', reason: 'opt_out' },
      },
    }),
  ).toEqual(['changed: max attempts, sender from name', 'created: 1,200', 'role: administrator', 'reason: opt out']);
});

test('versions are said as far as they are known', () => {
  expect(detailsOf({ ...nothing, versionBefore: 1, versionAfter: 2 })).toEqual(['version 1 became 2']);
  expect(detailsOf({ ...nothing, versionBefore: 2, versionAfter: 2 })).toEqual(['version 2']);
  expect(detailsOf({ ...nothing, versionAfter: 3 })).toEqual(['version 3']);
  expect(detailsOf({ ...nothing, versionBefore: 4 })).toEqual(['version 4']);
});

test('what is not counted is not said to be exact', () => {
  expect(recordsFound(1, false)).toBe('1 record');
  expect(recordsFound(10_000, true)).toBe('more than 10,000 records');
});
