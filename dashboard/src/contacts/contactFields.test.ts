import { expect, test } from 'vitest';

import type { ContactDetail } from '../api/types';
import { fieldsOf, newContactOf, noFields, patchOf } from './contactFields';

const contact = {
  firstName: 'Ada',
  lastName: 'Lovelace',
  email: 'ada@example.com',
  phone: null,
  timezone: 'America/Denver',
  timezoneSource: 'phone',
  contactMetadata: { city: 'Denver', visits: 3 },
} as unknown as ContactDetail;

test('what was not touched is not sent', () => {
  expect(patchOf(contact, fieldsOf(contact))).toEqual({});
});

test('a patch has what was changed, and null for what was taken away', () => {
  const fields = fieldsOf(contact);
  const properties = [
    { key: 'city', value: 'Boulder' },
    { key: ' plan ', value: 'gold' },
    { key: '', value: 'half typed' },
  ];
  expect(patchOf(contact, { ...fields, email: '', phone: '+13035550123', properties })).toEqual({
    email: null,
    phone: '+13035550123',
    contactMetadata: { city: 'Boulder', plan: 'gold', visits: null },
  });
});

test('a new contact has no empty members', () => {
  expect(newContactOf({ ...noFields, firstName: ' Ada ', email: 'ada@example.com' })).toEqual({
    firstName: 'Ada',
    email: 'ada@example.com',
    contactMetadata: {},
  });
});
