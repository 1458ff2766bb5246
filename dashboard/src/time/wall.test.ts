import { expect, test } from 'vitest';

import { instantOf, wallOf } from './wall';

test.each([
  ['2030-01-15 09:00:00', 'America/Denver', '2030-01-15T16:00:00.000Z'],
  ['2030-07-15 09:00:00', 'America/Denver', '2030-07-15T15:00:00.000Z'],
  ['2030-07-15 00:30:00', 'Asia/Kolkata', '2030-07-14T19:00:00.000Z'],
  ['2030-12-31 23:59:00', 'Pacific/Kiritimati', '2030-12-31T09:59:00.000Z'],
])('%s in %s is %s', (wall, zone, instant) => {
  expect(instantOf(wall, zone).toISOString()).toBe(instant);
  expect(wallOf(new Date(instant), zone)).toBe(wall);
});

test('a time that clocks skip is one beside it', () => {
  // New York goes from 02:00 to 03:00 on this day.
  const at = instantOf('2030-03-10 02:30', 'America/New_York').getTime();
  const change = new Date('2030-03-10T07:00:00Z').getTime();
  expect(Math.abs(at - change)).toBeLessThanOrEqual(3_600_000);
});
