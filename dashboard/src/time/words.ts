import { format, placeOf, sameClock, viewerZone } from './zone';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** How long ago, or in how long, roughly: "in 3 h", "2 d ago", "now". */
export function relative(at: Date, now: Date): string {
  const distance = at.getTime() - now.getTime();
  const size = Math.abs(distance);
  if (size < 5_000) return 'now';
  const words = length(size);
  return distance > 0 ? `in ${words}` : `${words} ago`;
}

function length(size: number): string {
  if (size < minute) return `${Math.floor(size / 1_000)} s`;
  if (size < hour) return `${Math.floor(size / minute)} min`;
  if (size < 2 * day) return `${Math.floor(size / hour)} h`;
  if (size < 60 * day) return `${Math.floor(size / day)} d`;
  if (size < 730 * day) return `${Math.floor(size / (30 * day))} months`;
  return `${Math.floor(size / (365 * day))} years`;
}

/** Day and time in a zone: "Tue 3 Mar, 09:00", with the year where it is another than now. */
export function dayAndTime(at: Date, zone: string, now: Date): string {
  const year = format(at, zone, { year: 'numeric' });
  const others: Intl.DateTimeFormatOptions = year === format(now, zone, { year: 'numeric' }) ? {} : { year: 'numeric' };
  const date = format(at, zone, { weekday: 'short', day: 'numeric', month: 'short', ...others });
  return `${date.replace(/^(\w+),/, '$1')}, ${format(at, zone, { hour: '2-digit', minute: '2-digit' })}`;
}

/** The exact time, to the second, with the zone's place. */
export function exact(at: Date, zone: string): string {
  return `${format(at, zone, { dateStyle: 'full', timeStyle: 'medium' })} in ${placeOf(zone)}`;
}

/** An instant by a contact's clock, and by the viewer's where that differs. */
export function inZones(at: Date, zone: string, now: Date): string {
  const theirs = `${dayAndTime(at, zone, now)} in ${placeOf(zone)}`;
  return sameClock(zone, viewerZone, at) ? theirs : `${theirs} (${dayAndTime(at, viewerZone, now)} yours)`;
}

/** A day YYYY-MM-DD in words; it has no zone. */
export function calendarDay(date: string): string {
  return format(new Date(`${date}T12:00:00Z`), 'UTC', { day: 'numeric', month: 'short', year: 'numeric' });
}
