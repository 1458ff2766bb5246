import { format } from './zone';

const day: Intl.DateTimeFormatOptions = { year: 'numeric', month: '2-digit', day: '2-digit' };
const time: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' };

/** What a zone's clock and calendar show at an instant: YYYY-MM-DD HH:MM:SS, as date pickers want it. */
export function wallOf(at: Date, zone: string): string {
  const [date, clock] = format(at, zone, { ...day, ...time }).split(', ');
  const [dd, mm, yyyy] = (date ?? '').split('/');
  return `${yyyy}-${mm}-${dd} ${clock}`;
}

/** The instant at which a zone's clock shows YYYY-MM-DD HH:MM[:SS]; an hour later where its clocks skip that. */
export function instantOf(wall: string, zone: string): Date {
  const asUTC = new Date(`${wall.replace(' ', 'T')}Z`).getTime();
  let at = asUTC;
  // The offset at the guess gives a better guess; two turns are enough, but where clocks change.
  for (let turn = 0; turn < 3; turn++) {
    const shown = new Date(`${wallOf(new Date(at), zone).replace(' ', 'T')}Z`).getTime();
    if (shown === asUTC) break;
    at += asUTC - shown;
  }
  return new Date(at);
}
