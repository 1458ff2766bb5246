import { expect, test } from 'vitest';

import { campaignsSearch } from './search';

test('an address is read, and what makes no sense in it is left out', () => {
  expect(
    campaignsSearch({
      tab: 'archived',
      search: 2030,
      channel: 'email',
      status: 'active',
      from: '2030-01-31',
      page: '3',
    }),
  ).toEqual({
    tab: 'archived',
    search: '2030',
    channel: 'email',
    status: 'active',
    from: '2030-01-31',
    page: 3,
  });
  expect(campaignsSearch({ tab: 'current', search: '', channel: 'fax', status: 1, to: 'today', page: 1 })).toEqual({});
});
