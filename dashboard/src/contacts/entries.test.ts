import { expect, test } from 'vitest';

import type { PastOutreach, Response } from '../api/types';
import { entriesOf } from './entries';

const outreach = (id: string, sentAt: string | null) => ({ id, sentAt, events: [] }) as unknown as PastOutreach;
const reply = (id: string, at: string) => ({ id, at }) as Response;

test('attempts and replies are one story, the newest first', () => {
  const keys = entriesOf({
    outreachHistory: [
      outreach('1', '2030-01-01T10:00:00Z'),
      outreach('2', null),
      outreach('3', '2030-01-03T10:00:00Z'),
    ],
    responses: [reply('a', '2030-01-02T10:00:00.5Z'), reply('b', '2030-01-03T10:00:00Z')],
  }).map(({ key }) => key);
  expect(keys).toEqual(['b', '3', 'a', '2', '1']);
});
