import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { test } from './beckon';

/** A file of real material; without its folder the test is skipped, unless BECKON_VENDOR_DIR says that it is there. */
export function vendorFile(...path: string[]): Buffer {
  const asked = process.env['BECKON_VENDOR_DIR'];
  const folder = asked ?? join('..', '..', 'shared', 'vendor');
  test.skip(asked === undefined && !existsSync(folder), 'no vendor material: set BECKON_VENDOR_DIR');
  return readFileSync(join(folder, ...path));
}
