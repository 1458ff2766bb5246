import { expect, test } from 'vitest';

import { signInSearch } from './search';

test('one returns to a page of the dashboard, and nowhere else', () => {
  expect(signInSearch({ return: '/campaigns/1/contacts?status=planning' }).return).toBe(
    '/campaigns/1/contacts?status=planning',
  );
  for (const other of ['https://example.com', '//example.com', '/\\example.com', 'campaigns', '/sign-in', '', 7])
    expect(signInSearch({ return: other }).return).toBeUndefined();
});
