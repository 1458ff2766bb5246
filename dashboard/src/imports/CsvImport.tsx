import { Button, Group, Progress, Stack, Text } from '@mantine/core';
import { useState } from 'react';

import { useImport, usePreview } from '../api/imports';
import type { Campaign } from '../api/types';
import { Action } from '../display/Action';
import { count } from '../display/count';
import { Failed } from '../display/Failed';
import { useDenied } from '../session/may';
import { columnsOf, mappingOf, missingOf, type Column } from './columns';
import { FileDrop } from './FileDrop';
import { FileFormat } from './FileFormat';
import { ImportResult } from './ImportResult';
import { MappingTable } from './MappingTable';

/** Drops a CSV file, maps its columns, imports it, and says what became of each row. */
export function CsvImport({ campaign, onClose }: { campaign: Campaign; onClose: () => void }) {
  const [file, setFile] = useState<File>();
  const [columns, setColumns] = useState<Column[]>([]);
  const preview = usePreview(campaign.id);
  const run = useImport(campaign.id);
  const denied = useDenied('operator');
  const again = () => {
    setFile(undefined);
    preview.reset();
    run.reset();
  };
  const read = (dropped: File) => {
    setFile(dropped);
    preview.mutate(dropped, {
      onSuccess: ({ header, suggestedMapping }) => setColumns(columnsOf(header, suggestedMapping)),
    });
  };
  if (run.data !== undefined) return <ImportResult result={run.data} onAgain={again} onClose={onClose} />;
  if (file === undefined || preview.data === undefined)
    return (
      <Stack>
        <FileDrop
          label="CSV file"
          title="Drop a CSV file here, or choose one"
          hint="With a line of column names; at most 10,000 rows and 32 MiB. It is read first, and imported when you say so."
          busy={preview.isPending}
          onFile={read}
        />
        {preview.error !== null && <Failed title="The file could not be read" error={preview.error} />}
      </Stack>
    );
  const missing = missingOf(columns);
  const { rows, sample, header } = preview.data;
  return (
    <Stack>
      <FileFormat name={file.name} preview={preview.data} />
      <MappingTable columns={columns} header={header} sample={sample} onChange={setColumns} />
      {columns.some(({ use }) => use === 'optOut') && (
        <Text size="sm" c="dimmed">
          Opt-out: who has yes, true, 1, x or a date there is never reached on these channels; no, false, 0 or nothing
          is none. Anything else counts as an opt-out, and is listed.
        </Text>
      )}
      {run.error !== null && <Failed title="The file was not imported" error={run.error} />}
      {run.isPending && <Progress value={100} animated aria-label="The file is being imported" />}
      <Group justify="flex-end">
        <Button variant="default" disabled={run.isPending} onClick={again}>
          Another file
        </Button>
        <Action
          denied={denied ?? missing}
          loading={run.isPending}
          onClick={() => run.mutate({ file, mapping: mappingOf(columns) })}
        >
          Import {count(rows, 'row')}
        </Action>
      </Group>
      <Text size="sm" c="dimmed" role="status">
        {run.isPending
          ? 'Importing: large files take some seconds. All of it is imported, or nothing.'
          : (missing ?? '')}
      </Text>
    </Stack>
  );
}
