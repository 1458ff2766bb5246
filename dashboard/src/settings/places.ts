const regions = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });

const known = ['UTC', ...Intl.supportedValuesOf('timeZone')];

/** The time zones to choose from, the present one among them though this browser does not know it. */
export function zonesWith(present: string): string[] {
  return known.includes(present) ? known : [present, ...known];
}

/** What a region of two letters is called. */
export function regionName(code: string): string {
  try {
    return regions.of(code) ?? 'no region that is known';
  } catch {
    return 'no region that is known';
  }
}
