import type { ContactDetail, PastOutreach, Response } from '../api/types';

export type Entry =
  | { kind: 'outreach'; key: string; at: string; outreach: PastOutreach }
  | { kind: 'reply'; key: string; at: string; response: Response };

/** Attempts and replies as one story, the newest first. What was not sent for certain stands where its attempt began. */
export function entriesOf(contact: Pick<ContactDetail, 'outreachHistory' | 'responses'>): Entry[] {
  const entries: Entry[] = [];
  let last = '';
  for (const outreach of contact.outreachHistory) {
    // The API gives the oldest first; one without a time is no older than the one before it.
    last = outreach.sentAt ?? outreach.events[0]?.at ?? last;
    entries.push({ kind: 'outreach', key: outreach.id, at: last, outreach });
  }
  for (const response of contact.responses)
    entries.push({ kind: 'reply', key: response.id, at: response.at, response });
  // Among equals, what came later in the list is newer.
  return entries.reverse().sort((a, b) => new Date(b.at).getTime() - new Date(a.at).getTime());
}
