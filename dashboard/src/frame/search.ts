// Reading the part of an address after its question mark. Whatever makes no sense there is left out.

/** One of the values; undefined where it is another. */
export function oneOf<const T extends string>(raw: unknown, values: readonly T[]): T | undefined {
  return values.find((value) => value === raw);
}

/** A text of at most 200 characters; undefined where it is empty. A number was written without quotes. */
export function textOf(raw: unknown): string | undefined {
  const text = typeof raw === 'number' ? String(raw) : raw;
  return typeof text === 'string' && text !== '' ? text.slice(0, 200) : undefined;
}

/** A day YYYY-MM-DD. */
export function dayOf(raw: unknown): string | undefined {
  return typeof raw === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(raw) ? raw : undefined;
}

/** A page from 2; the first is not written down. */
export function pageOf(raw: unknown): number | undefined {
  const page = Number(raw);
  return Number.isInteger(page) && page > 1 && page <= 1_000_000 ? page : undefined;
}
