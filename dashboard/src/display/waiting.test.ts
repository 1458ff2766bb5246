import { expect, test } from 'vitest';

import { waitingReasons, waitingWords } from './waiting';

const now = new Date('2026-03-02T10:00:00Z');

test('the sentence is the server’s, for each reason', () => {
  const reasons = Object.keys(waitingReasons) as (keyof typeof waitingReasons)[];
  expect(reasons.length).toBeGreaterThan(20);
  for (const reason of reasons) {
    expect(waitingWords({ reason, until: null, detail: 'In its words.' }, 'UTC', now)).toBe('In its words.');
    expect(waitingWords({ reason, until: '2026-03-03T09:00:00Z', detail: 'In its words.' }, 'UTC', now)).toMatch(
      /^In its words\. Until Tue,? 3 Mar, 09:00 in UTC.*\.$/,
    );
  }
});
