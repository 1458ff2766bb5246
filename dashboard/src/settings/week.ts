import type { Window } from '../api/types';

export type Day = Window['days'] extends (infer D)[] | undefined ? D : never;

/** Minutes of a day, from one to another: 540 to 1200 is 09:00 to 20:00. */
export interface Span {
  from: number;
  to: number;
}

export type Week = Record<Day, Span[]>;

export const days: readonly Day[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
export const dayNames: Record<Day, string> = {
  mon: 'Mon',
  tue: 'Tue',
  wed: 'Wed',
  thu: 'Thu',
  fri: 'Fri',
  sat: 'Sat',
  sun: 'Sun',
};

const dayLength = 24 * 60;

/** HH:MM in minutes; undefined for what is no time of a day. 24:00 is its end. */
export function minutesOf(clock: string): number | undefined {
  const found = /^(\d{2}):(\d{2})$/.exec(clock);
  if (found === null) return undefined;
  const minutes = Number(found[1]) * 60 + Number(found[2]);
  return Number(found[2]) < 60 && minutes <= dayLength ? minutes : undefined;
}

export function clockOf(minutes: number): string {
  const two = (n: number) => String(n).padStart(2, '0');
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** The hours of each day in which one of the windows is open. Windows that are still being typed are left out. */
export function weekOf(windows: readonly Window[]): Week {
  const week: Week = { mon: [], tue: [], wed: [], thu: [], fri: [], sat: [], sun: [] };
  for (const window of windows) {
    const from = minutesOf(window.start);
    const to = minutesOf(window.end);
    if (from === undefined || to === undefined || from >= to) continue;
    for (const day of window.days) week[day].push({ from, to });
  }
  for (const day of days) week[day] = joined(week[day]);
  return week;
}

/** Spans in order, those that touch or overlap made one. */
function joined(spans: readonly Span[]): Span[] {
  const found: Span[] = [];
  for (const span of [...spans].sort((a, b) => a.from - b.from)) {
    const last = found.at(-1);
    if (last !== undefined && span.from <= last.to) last.to = Math.max(last.to, span.to);
    else found.push({ ...span });
  }
  return found;
}

/** The fewest windows that are open as the week is: days with the same hours share theirs. */
export function windowsOf(week: Week): Window[] {
  const found = new Map<string, Window>();
  for (const day of days) {
    for (const { from, to } of week[day]) {
      const key = `${from}-${to}`;
      const known = found.get(key);
      if (known === undefined) found.set(key, { days: [day], start: clockOf(from), end: clockOf(to) });
      else known.days.push(day);
    }
  }
  return [...found.values()];
}

/** Whether a whole hour of a day is open. */
export function isOpen(week: Week, day: Day, hour: number): boolean {
  return week[day].some(({ from, to }) => from <= hour * 60 && to >= (hour + 1) * 60);
}

/** The week with an hour of a day open or closed; other minutes stay as they are. */
export function painted(week: Week, day: Day, hour: number, open: boolean): Week {
  const span = { from: hour * 60, to: (hour + 1) * 60 };
  const others = week[day].flatMap(({ from, to }) =>
    [
      { from, to: Math.min(to, span.from) },
      { from: Math.max(from, span.to), to },
    ].filter((left) => left.from < left.to),
  );
  return { ...week, [day]: joined(open ? [...others, span] : others) };
}
