import { Button, Group, Stack, Text } from '@mantine/core';
import { Dropzone } from '@mantine/dropzone';
import { IconFileSpreadsheet } from '@tabler/icons-react';
import { useState } from 'react';

import { useImport, usePreview } from '../api/imports';
import type { Campaign } from '../api/types';
import { Action } from '../display/Action';
import { count } from '../display/count';
import { Failed } from '../display/Failed';
import { columnsOf, mappingOf, missingOf, used, type Column } from './columns';
import { ImportResult } from './ImportResult';
import { MappingTable } from './MappingTable';

const largest = 32 * 1024 * 1024;

/** Drops a CSV file, maps its columns, imports it, and says what became of each row. */
export function CsvImport({ campaign, onClose }: { campaign: Campaign; onClose: () => void }) {
  const [file, setFile] = useState<File>();
  const [columns, setColumns] = useState<Column[]>([]);
  const preview = usePreview(campaign.id);
  const run = useImport(campaign.id);
  const [tooLarge, setTooLarge] = useState(false);
  const again = () => {
    setFile(undefined);
    preview.reset();
    run.reset();
  };
  const read = (dropped: File) => {
    setFile(dropped);
    setTooLarge(false);
    preview.mutate(dropped, {
      onSuccess: ({ header, suggestedMapping }) => setColumns(columnsOf(header, suggestedMapping)),
    });
  };
  if (run.data !== undefined) return <ImportResult result={run.data} onAgain={again} onClose={onClose} />;
  if (file === undefined || preview.data === undefined)
    return (
      <Stack>
        <Dropzone
          onDrop={([dropped]) => dropped !== undefined && read(dropped)}
          onReject={() => setTooLarge(true)}
          maxFiles={1}
          maxSize={largest}
          multiple={false}
          loading={preview.isPending}
          inputProps={{ 'aria-label': 'CSV file' }}
        >
          <Stack align="center" gap={4} py="lg" style={{ pointerEvents: 'none' }}>
            <IconFileSpreadsheet size={36} stroke={1.25} aria-hidden />
            <Text fw={500}>Drop a CSV file here, or choose one</Text>
            <Text size="sm" c="dimmed">
              With a line of column names; at most 10,000 rows and 32 MiB. It is read first, and imported when you say
              so.
            </Text>
          </Stack>
        </Dropzone>
        {tooLarge && (
          <Failed title="The file was not taken" error={new Error('One file at a time, of at most 32 MiB')} />
        )}
        {preview.error !== null && <Failed title="The file could not be read" error={preview.error} />}
      </Stack>
    );
  const missing = missingOf(columns);
  const { rows, encoding, delimiter, sample, header } = preview.data;
  return (
    <Stack>
      <Text size="sm" c="dimmed">
        <bdi>{file.name}</bdi>: {count(rows, 'row')}, {encoding}, columns parted by{' '}
        {delimiters[delimiter] ?? `“${delimiter}”`}.
      </Text>
      <MappingTable
        columns={columns}
        header={header}
        sample={sample}
        onUse={(name, use) => setColumns(used(columns, name, use))}
        onKey={(name, key) => setColumns(columns.map((column) => (column.name === name ? { ...column, key } : column)))}
      />
      {run.error !== null && <Failed title="The file was not imported" error={run.error} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={again}>
          Another file
        </Button>
        <Action
          denied={missing}
          loading={run.isPending}
          onClick={() => run.mutate({ file, mapping: mappingOf(columns) })}
        >
          Import {count(rows, 'row')}
        </Action>
      </Group>
      <Text size="sm" c="dimmed" role="status">
        {run.isPending ? 'Importing; large files take some seconds.' : (missing ?? '')}
      </Text>
    </Stack>
  );
}

const delimiters: Record<string, string> = { ',': 'commas', ';': 'semicolons', '\t': 'tabs', '|': 'bars' };
