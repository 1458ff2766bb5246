import { expect, test } from 'vitest';

import { keyStatusOf } from './keyStatus';

const now = new Date('2030-01-01T12:00:00Z');
const earlier = '2030-01-01T11:59:59Z';
const later = '2030-01-01T12:00:01Z';

test.each([
  [null, null, 'good'],
  [null, later, 'good'],
  [null, earlier, 'expired'],
  // At its very end a key is no longer good.
  [null, '2030-01-01T12:00:00Z', 'expired'],
  [earlier, later, 'revoked'],
  [earlier, earlier, 'revoked'],
] as const)('revoked at %s, to expire at %s: %s', (revokedAt, expiresAt, status) => {
  expect(keyStatusOf({ revokedAt, expiresAt }, now)).toBe(status);
});
