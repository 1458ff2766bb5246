import type { Channel, Mapping } from '../api/types';

/** What a column of a file is used for. */
export type Use =
  | 'name'
  | 'firstName'
  | 'lastName'
  | 'email'
  | 'phone'
  | 'timezone'
  | 'externalIdValue'
  | 'optOut'
  | 'property'
  | 'none';

export interface Column {
  name: string;
  use: Use;
  /** Of a property: its name. */
  key: string;
  /** Of an opt-out: the channels that it blocks for the contact. */
  blocks: readonly Channel[];
}

const single = ['name', 'firstName', 'lastName', 'email', 'timezone', 'externalIdValue'] as const;
const blockable: readonly Channel[] = ['email', 'text', 'phone'];

export const uses: readonly { value: Use; label: string }[] = [
  { value: 'none', label: 'Leave out' },
  { value: 'firstName', label: 'First name' },
  { value: 'lastName', label: 'Last name' },
  { value: 'name', label: 'Whole name' },
  { value: 'email', label: 'E-mail' },
  { value: 'phone', label: 'Phone' },
  { value: 'timezone', label: 'Time zone' },
  { value: 'externalIdValue', label: 'External id' },
  { value: 'optOut', label: 'Opt-out' },
  { value: 'property', label: 'Property' },
];

/** The columns of a file, each with the use that a mapping makes of it. */
export function columnsOf(header: readonly string[], mapping: Mapping): Column[] {
  return header.map((name) => {
    const column = { name, key: name, blocks: [] };
    const use = single.find((member) => mapping[member] === name);
    if (use !== undefined) return { ...column, use };
    if (mapping.phone?.includes(name)) return { ...column, use: 'phone' };
    const blocks = blockable.filter((channel) => mapping.optOut?.[channel] === name);
    if (blocks.length > 0) return { ...column, use: 'optOut', blocks };
    const key = Object.entries(mapping.properties ?? {}).find(([, of]) => of === name)?.[0];
    if (key !== undefined) return { ...column, use: 'property', key };
    return { ...column, use: mapping.keepUnmapped === true ? 'property' : 'none' };
  });
}

/** The columns that a mapping names, each with its use, as when no file is at hand. */
export function columnsNamed(mapping: Mapping): Column[] {
  const names = [
    ...single.map((member) => mapping[member]),
    ...(mapping.phone ?? []),
    ...blockable.map((channel) => mapping.optOut?.[channel]),
    ...Object.values(mapping.properties ?? {}),
  ].filter((name): name is string => name !== undefined && name !== '');
  return columnsOf([...new Set(names)], mapping);
}

/** The columns with one used otherwise. What only one column can be is taken from the column that was it. */
export function used(columns: readonly Column[], name: string, use: Use): Column[] {
  const exclusive = single.some((member) => member === use);
  const free = blockable.filter((channel) => !columns.some(({ blocks }) => blocks.includes(channel)));
  return columns.map((column) => {
    // An opt-out blocks whatever no other column blocks yet, unless it is said otherwise.
    if (column.name === name) return { ...column, use, blocks: use === 'optOut' ? free : [] };
    if (exclusive && column.use === use) return { ...column, use: 'none' };
    // A whole name stands instead of the two parts.
    if (use === 'name' && (column.use === 'firstName' || column.use === 'lastName')) return { ...column, use: 'none' };
    if ((use === 'firstName' || use === 'lastName') && column.use === 'name') return { ...column, use: 'none' };
    return column;
  });
}

/** The columns with one blocking these channels, which it takes from others: a channel has one column. */
export function blocking(columns: readonly Column[], name: string, blocks: readonly Channel[]): Column[] {
  return columns.map((column) =>
    column.name === name
      ? { ...column, blocks }
      : { ...column, blocks: column.blocks.filter((channel) => !blocks.includes(channel)) },
  );
}

/** The mapping that makes these uses of the columns. */
export function mappingOf(columns: readonly Column[]): Mapping {
  const mapping: Mapping = { keepUnmapped: false };
  const phone: string[] = [];
  const properties: Record<string, string> = {};
  const optOut: NonNullable<Mapping['optOut']> = {};
  for (const { name, use, key, blocks } of columns) {
    if (use === 'phone') phone.push(name);
    else if (use === 'property') properties[key.trim() === '' ? name : key.trim()] = name;
    else if (use === 'optOut') for (const channel of blocks) optOut[channel] = name;
    else if (use !== 'none') mapping[use] = name;
  }
  if (phone.length > 0) mapping.phone = phone;
  if (Object.keys(optOut).length > 0) mapping.optOut = optOut;
  if (Object.keys(properties).length > 0) mapping.properties = properties;
  return mapping;
}

/** Why a file cannot be imported so; undefined where it can. */
export function missingOf(columns: readonly Column[]): string | undefined {
  const has = (...wanted: Use[]) => columns.some(({ use }) => wanted.includes(use));
  if (!has('name', 'firstName', 'lastName')) return 'Say which column holds the name.';
  if (!has('email', 'phone')) return 'Say which column holds the e-mail or the phone number.';
  const idle = columns.find(({ use, blocks }) => use === 'optOut' && blocks.length === 0);
  if (idle !== undefined) return `Say which channels the column “${idle.name}” blocks.`;
  return undefined;
}
