import { expect, test } from 'vitest';

import { calendarDay, dayAndTime, inZones, relative } from './words';

const now = new Date('2030-03-05T12:00:00Z');
const after = (ms: number) => new Date(now.getTime() + ms);

test.each([
  [0, 'now'],
  [-4_999, 'now'],
  [-30_000, '30 s ago'],
  [90_000, 'in 1 min'],
  [3 * 3_600_000, 'in 3 h'],
  [-47 * 3_600_000, '47 h ago'],
  [-3 * 24 * 3_600_000, '3 d ago'],
  [100 * 24 * 3_600_000, 'in 3 months'],
  [-800 * 24 * 3_600_000, '2 years ago'],
])('%d ms from now is %s', (ms, words) => {
  expect(relative(after(ms), now)).toBe(words);
});

test('a time names the year only where it is another', () => {
  expect(dayAndTime(now, 'America/Denver', now)).toBe('Tue 5 Mar, 05:00');
  expect(dayAndTime(new Date('2031-01-01T00:30:00Z'), 'UTC', now)).toBe('Wed 1 Jan 2031, 00:30');
});

test('a contact’s time is told by both clocks where they differ', () => {
  expect(inZones(now, 'America/Denver', now)).toBe('Tue 5 Mar, 05:00 in Denver (Tue 5 Mar, 13:00 yours)');
  // Vienna and Berlin, where these tests run, have one clock.
  expect(inZones(now, 'Europe/Vienna', now)).toBe('Tue 5 Mar, 13:00 in Vienna');
});

test('a zone that the browser does not know is shown in UTC', () => {
  expect(dayAndTime(now, 'Moon/Crater', now)).toBe('Tue 5 Mar, 12:00');
});

test('a calendar day has no zone', () => {
  expect(calendarDay('2030-12-31')).toBe('31 Dec 2030');
});
