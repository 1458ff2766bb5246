import type { Mapping } from '../api/types';

/** What a column of a file is used for. */
export type Use =
  'name' | 'firstName' | 'lastName' | 'email' | 'phone' | 'timezone' | 'externalIdValue' | 'property' | 'none';

export interface Column {
  name: string;
  use: Use;
  /** Of a property: its name. */
  key: string;
}

const single = ['name', 'firstName', 'lastName', 'email', 'timezone', 'externalIdValue'] as const;

export const uses: readonly { value: Use; label: string }[] = [
  { value: 'none', label: 'Leave out' },
  { value: 'firstName', label: 'First name' },
  { value: 'lastName', label: 'Last name' },
  { value: 'name', label: 'Whole name' },
  { value: 'email', label: 'E-mail' },
  { value: 'phone', label: 'Phone' },
  { value: 'timezone', label: 'Time zone' },
  { value: 'externalIdValue', label: 'External id' },
  { value: 'property', label: 'Property' },
];

/** The columns of a file, each with the use that a mapping makes of it. */
export function columnsOf(header: readonly string[], mapping: Mapping): Column[] {
  return header.map((name) => {
    const use = single.find((member) => mapping[member] === name);
    if (use !== undefined) return { name, use, key: name };
    if (mapping.phone?.includes(name)) return { name, use: 'phone', key: name };
    const key = Object.entries(mapping.properties ?? {}).find(([, column]) => column === name)?.[0];
    if (key !== undefined) return { name, use: 'property', key };
    return { name, use: mapping.keepUnmapped === true ? 'property' : 'none', key: name };
  });
}

/** The columns with one used otherwise. What only one column can be is taken from the column that was it. */
export function used(columns: readonly Column[], name: string, use: Use): Column[] {
  const exclusive = single.some((member) => member === use);
  return columns.map((column) => {
    if (column.name === name) return { ...column, use };
    if (exclusive && column.use === use) return { ...column, use: 'none' };
    // A whole name stands instead of the two parts.
    if (use === 'name' && (column.use === 'firstName' || column.use === 'lastName')) return { ...column, use: 'none' };
    if ((use === 'firstName' || use === 'lastName') && column.use === 'name') return { ...column, use: 'none' };
    return column;
  });
}

/** The mapping that makes these uses of the columns. */
export function mappingOf(columns: readonly Column[]): Mapping {
  const mapping: Mapping = { keepUnmapped: false };
  const phone: string[] = [];
  const properties: Record<string, string> = {};
  for (const { name, use, key } of columns) {
    if (use === 'phone') phone.push(name);
    else if (use === 'property') properties[key.trim() === '' ? name : key.trim()] = name;
    else if (use !== 'none') mapping[use] = name;
  }
  if (phone.length > 0) mapping.phone = phone;
  if (Object.keys(properties).length > 0) mapping.properties = properties;
  return mapping;
}

/** Why a file cannot be imported so; undefined where it can. */
export function missingOf(columns: readonly Column[]): string | undefined {
  const has = (...wanted: Use[]) => columns.some(({ use }) => wanted.includes(use));
  if (!has('name', 'firstName', 'lastName')) return 'Say which column holds the name.';
  if (!has('email', 'phone')) return 'Say which column holds the e-mail or the phone number.';
  return undefined;
}
