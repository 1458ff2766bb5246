import type { Import } from '../api/types';
import { count } from '../display/count';

/** What became of the rows of an import, in words. */
export function numbersOf({ created, updated, skipped }: Import): string {
  return `${count(created, 'contact')} added, ${updated.toLocaleString('en')} updated, ${skipped.toLocaleString('en')} skipped`;
}
