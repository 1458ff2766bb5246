/**
 * A list that was pasted, as the CSV file that the API reads: one address a line. Addresses stand on lines of their own, or with
 * commas, semicolons or tabs between them.
 */
export function fileOfPasted(text: string): File {
  const rows = addressesIn(text).map((address) => `"${address.replaceAll('"', '""')}"`);
  return new File([['address', ...rows].join('\n')], 'pasted.csv', { type: 'text/csv' });
}

/** The addresses in a text, as they are written. */
export function addressesIn(text: string): string[] {
  return text
    .split(/[\n\r,;\t]+/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
