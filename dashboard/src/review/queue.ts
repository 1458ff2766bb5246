import type { ReviewItem } from '../api/types';

/** The queue as one goes through it: what was skipped stands at its end, in the order in which it was. */
export function inOrder(items: readonly ReviewItem[], skipped: readonly string[]): ReviewItem[] {
  const rest = items.filter(({ contact }) => !skipped.includes(contact.id));
  const later = skipped.flatMap((id) => items.filter(({ contact }) => contact.id === id));
  return [...rest, ...later];
}

/** The item that is looked at: the one that was, as long as it waits; else the first. */
export function currentOf(queue: readonly ReviewItem[], looked: string | undefined): ReviewItem | undefined {
  return queue.find(({ contact }) => contact.id === looked) ?? queue[0];
}

/** Who comes so many places after a contact; undefined beyond the ends. */
export function neighbour(queue: readonly ReviewItem[], id: string, places: number): string | undefined {
  const here = queue.findIndex(({ contact }) => contact.id === id);
  return here < 0 ? undefined : queue[here + places]?.contact.id;
}
