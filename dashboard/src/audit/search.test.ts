import { expect, test } from 'vitest';

import { auditFilterOf } from './filter';
import { auditSearch } from './search';

test('an address is read, and what makes no sense in it left out', () => {
  expect(auditSearch({ action: 'go_live', by: 'user', campaign: 'c', page: '3', from: '2030-03-31' })).toEqual({
    action: 'go_live',
    by: 'user',
    campaign: 'c',
    contact: undefined,
    from: '2030-03-31',
    to: undefined,
    page: 3,
  });
  expect(auditSearch({ action: 'No action', from: 'yesterday', page: 0 })).toEqual({});
});

test('days begin and end by the viewer’s clock, on a day of 23 hours too', () => {
  // These tests run by the clock of Berlin, which goes forward on this day.
  expect(auditFilterOf({ from: '2030-03-31', to: '2030-03-31' })).toEqual({
    from: '2030-03-30T23:00:00.000Z',
    to: '2030-03-31T22:00:00.000Z',
  });
  expect(auditFilterOf({ action: 'nothing' as 'pause' })).toEqual({});
  expect(auditFilterOf({ by: 'system', contact: 'k' })).toEqual({ actor: 'system', contactId: 'k' });
});
