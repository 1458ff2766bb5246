import { Text } from '@mantine/core';

import type { ImportPreview } from '../api/types';
import { count } from '../display/count';

const delimiters: Record<string, string> = { ',': 'commas', ';': 'semicolons', '\t': 'tabs', '|': 'bars' };

/** How a file was read: its rows, how it is written, and where its table begins. */
export function FileFormat({ name, preview }: { name: string; preview: ImportPreview }) {
  const { rows, encoding, delimiter, headerLine } = preview;
  return (
    <Text size="sm" c="dimmed">
      <bdi>{name}</bdi>: {count(rows, 'row')}, {encoding}, columns parted by {delimiters[delimiter] ?? `“${delimiter}”`}
      .
      {headerLine > 1 &&
        ` Line ${headerLine.toLocaleString('en')} names the columns; what stands before it is left out.`}
    </Text>
  );
}
