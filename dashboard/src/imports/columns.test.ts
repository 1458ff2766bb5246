import { expect, test } from 'vitest';

import { blocking, columnsNamed, columnsOf, mappingOf, missingOf, used } from './columns';

const header = ['First', 'Last', 'Mobile', 'Work', 'Mail', 'City', 'Notes'];
const suggested = {
  firstName: 'First',
  lastName: 'Last',
  phone: ['Mobile', 'Work'],
  email: 'Mail',
  properties: { city: 'City' },
  keepUnmapped: false,
};

test('a mapping comes back as it was suggested', () => {
  expect(mappingOf(columnsOf(header, suggested))).toEqual(suggested);
});

test('columns that are kept unmapped become properties by their own name', () => {
  expect(mappingOf(columnsOf(header, { ...suggested, keepUnmapped: true })).properties).toEqual({
    city: 'City',
    Notes: 'Notes',
  });
});

test('what only one column can be is taken from the other', () => {
  const columns = used(columnsOf(header, suggested), 'Notes', 'email');
  expect(mappingOf(columns).email).toBe('Notes');
  expect(columns.find(({ name }) => name === 'Mail')?.use).toBe('none');
});

test('a whole name stands instead of its parts', () => {
  const columns = used(columnsOf(header, suggested), 'Notes', 'name');
  expect(mappingOf(columns)).toMatchObject({ name: 'Notes' });
  expect(mappingOf(columns).firstName).toBeUndefined();
  expect(mappingOf(used(columns, 'First', 'firstName')).name).toBeUndefined();
});

test('a name and an address are needed', () => {
  expect(missingOf(columnsOf(header, suggested))).toBeUndefined();
  expect(missingOf(columnsOf(header, { phone: ['Mobile'] }))).toMatch(/name/);
  expect(missingOf(columnsOf(header, { name: 'First' }))).toMatch(/e-mail or the phone/);
});

test('a column of opt-outs blocks channels, each by one column', () => {
  const mapping = { name: 'First', email: 'Mail', optOut: { email: 'City', phone: 'City', text: 'Notes' } };
  const columns = columnsOf(header, mapping);
  expect(mappingOf(columns).optOut).toEqual(mapping.optOut);
  expect(mappingOf(blocking(columns, 'Notes', ['text', 'email'])).optOut).toEqual({
    email: 'Notes',
    phone: 'City',
    text: 'Notes',
  });
  expect(missingOf(blocking(columns, 'City', []))).toMatch(/“City” blocks/);
  expect(missingOf(blocking(columns, 'Notes', ['text', 'email', 'phone']))).toMatch(/“City” blocks/);
});

test('an opt-out blocks what is not blocked yet', () => {
  const columns = columnsOf(header, { name: 'First', email: 'Mail', optOut: { text: 'Notes' } });
  expect(mappingOf(used(columns, 'City', 'optOut')).optOut).toEqual({ text: 'Notes', email: 'City', phone: 'City' });
  expect(mappingOf(used(columns, 'Notes', 'none')).optOut).toBeUndefined();
});

test('a mapping alone names its columns', () => {
  expect(columnsNamed({ ...suggested, optOut: { email: 'Gone' } }).map(({ name, use }) => [name, use])).toEqual([
    ['First', 'firstName'],
    ['Last', 'lastName'],
    ['Mail', 'email'],
    ['Mobile', 'phone'],
    ['Work', 'phone'],
    ['Gone', 'optOut'],
    ['City', 'property'],
  ]);
});
