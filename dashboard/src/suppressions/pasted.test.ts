import { expect, test } from 'vitest';

import { addressesIn, fileOfPasted } from './pasted';

test('addresses are told apart however they are parted', () => {
  expect(addressesIn(' a@example.com, b@example.com;\r\n\n+1 (212) 555-0100\tc@example.com\n')).toEqual([
    'a@example.com',
    'b@example.com',
    '+1 (212) 555-0100',
    'c@example.com',
  ]);
  expect(addressesIn(' ,;\n')).toEqual([]);
});

test('what is pasted is a file of one column, whatever stands in it', async () => {
  expect(await fileOfPasted('a@example.com\n"Ann" b@example.com\n=1+1').text()).toBe(
    'address\n"a@example.com"\n"""Ann"" b@example.com"\n"=1+1"',
  );
});
