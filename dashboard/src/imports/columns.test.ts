import { expect, test } from 'vitest';

import { columnsOf, mappingOf, missingOf, used } from './columns';

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
