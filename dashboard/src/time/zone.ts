/** The viewer's own time zone. */
export const viewerZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The place that a zone is named after: "New York" of America/New_York. */
export function placeOf(zone: string): string {
  return (zone.split('/').at(-1) ?? zone).replaceAll('_', ' ');
}

/** Whether two zones show the same clock at an instant. */
export function sameClock(first: string, second: string, at: Date): boolean {
  return first === second || clock(first, at) === clock(second, at);
}

function clock(zone: string, at: Date): string {
  return format(at, zone, { dateStyle: 'short', timeStyle: 'short' });
}

/** A zone that this browser does not know is shown in UTC rather than not at all. */
export function format(at: Date, zone: string, options: Intl.DateTimeFormatOptions): string {
  try {
    return new Intl.DateTimeFormat('en-GB', { ...options, timeZone: zone }).format(at);
  } catch {
    return new Intl.DateTimeFormat('en-GB', { ...options, timeZone: 'UTC' }).format(at);
  }
}
