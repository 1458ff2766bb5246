import type { OneTimeLink } from '../api/types';
import { dayAndTime } from '../time/words';
import { viewerZone } from '../time/zone';

/** Until when a one-time link is good, by the viewer's clock. */
export function untilWhen({ expiresAt }: OneTimeLink, now = new Date()): string {
  return `until ${dayAndTime(new Date(expiresAt), viewerZone, now)}`;
}
