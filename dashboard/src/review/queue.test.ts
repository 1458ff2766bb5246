import { expect, test } from 'vitest';

import type { ReviewItem } from '../api/types';
import { currentOf, inOrder, neighbour } from './queue';

const item = (id: string) => ({ contact: { id } }) as ReviewItem;
const items = ['a', 'b', 'c'].map(item);
const ids = (queue: readonly ReviewItem[]) => queue.map(({ contact }) => contact.id);

test('what was skipped comes last, and what was done meanwhile not at all', () => {
  expect(ids(inOrder(items, ['a', 'gone']))).toEqual(['b', 'c', 'a']);
});

test('what is looked at stays while it waits, wherever it stands', () => {
  expect(currentOf(items, 'c')?.contact.id).toBe('c');
  expect(currentOf(items, 'gone')?.contact.id).toBe('a');
  expect(currentOf([], 'a')).toBeUndefined();
});

test('neighbours end with the queue', () => {
  expect(neighbour(items, 'a', 1)).toBe('b');
  expect(neighbour(items, 'a', -1)).toBeUndefined();
  expect(neighbour(items, 'c', 1)).toBeUndefined();
});
