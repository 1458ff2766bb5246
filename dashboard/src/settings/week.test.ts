import { expect, test } from 'vitest';

import type { Window } from '../api/types';
import { isOpen, minutesOf, painted, weekOf, windowsOf } from './week';

const work: Window[] = [{ days: ['mon', 'tue'], start: '09:00', end: '17:30' }];

test('times are read, and nonsense is not', () => {
  expect(minutesOf('09:30')).toBe(570);
  expect(minutesOf('24:00')).toBe(1440);
  for (const nonsense of ['24:01', '9:00', '09:60', '', 'noon']) expect(minutesOf(nonsense)).toBeUndefined();
});

test('windows come back as they were', () => {
  expect(windowsOf(weekOf(work))).toEqual(work);
});

test('windows that touch or overlap become one', () => {
  const parts: Window[] = [
    { days: ['mon'], start: '12:00', end: '15:00' },
    { days: ['mon'], start: '09:00', end: '12:00' },
    { days: ['mon'], start: '14:00', end: '24:00' },
  ];
  expect(windowsOf(weekOf(parts))).toEqual([{ days: ['mon'], start: '09:00', end: '24:00' }]);
});

test('what is still being typed is left out', () => {
  expect(
    windowsOf(
      weekOf([
        { days: ['mon'], start: '9', end: '17:00' },
        { days: ['mon'], start: '12:00', end: '12:00' },
      ]),
    ),
  ).toEqual([]);
});

test('an hour that is closed splits a window, and keeps its other minutes', () => {
  const split = painted(weekOf(work), 'mon', 12, false);
  expect(isOpen(split, 'mon', 12)).toBe(false);
  expect(isOpen(split, 'tue', 12)).toBe(true);
  expect(windowsOf(split)).toEqual([
    { days: ['mon'], start: '09:00', end: '12:00' },
    { days: ['mon'], start: '13:00', end: '17:30' },
    { days: ['tue'], start: '09:00', end: '17:30' },
  ]);
  expect(windowsOf(painted(split, 'mon', 12, true))).toEqual(work);
});

test('half an hour that is open is made whole', () => {
  expect(isOpen(weekOf(work), 'mon', 17)).toBe(false);
  const whole = painted(weekOf(work), 'mon', 17, true);
  expect(whole.mon).toEqual([{ from: 540, to: 1080 }]);
});
