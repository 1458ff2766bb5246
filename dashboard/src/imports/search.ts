import { ways, type Way } from '../contacts/search';
import { oneOf, pageOf, textOf } from '../frame/search';

/** What the address of the imports says: the page, which import is open, and by which way contacts are added. */
export interface ImportsSearch {
  page?: number;
  import?: string;
  add?: Way;
}

export function importsSearch(raw: Record<string, unknown>): ImportsSearch {
  return { page: pageOf(raw['page']), import: textOf(raw['import']), add: oneOf(raw['add'], ways) };
}
