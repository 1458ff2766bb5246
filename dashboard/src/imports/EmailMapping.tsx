import { Button, Group, Input, Stack, Table, Text } from '@mantine/core';
import { useState } from 'react';

import { usePreview } from '../api/imports';
import type { Mapping } from '../api/types';
import { channels } from '../display/Channel';
import { Failed } from '../display/Failed';
import { columnsNamed, columnsOf, mappingOf, missingOf, uses, type Column } from './columns';
import { FileDrop } from './FileDrop';
import { FileFormat } from './FileFormat';
import { MappingTable } from './MappingTable';

interface Props {
  campaignId: string;
  mapping: Mapping | null;
  /** Whether it was chosen here, and is not saved yet. */
  unsaved: boolean;
  error: string | undefined;
  denied: string | undefined;
  onChange: (mapping: Mapping) => void;
}

/** What the columns of mailed files are used for, which is said by a sample of such a file. */
export function EmailMapping({ campaignId, mapping, unsaved, error, denied, onChange }: Props) {
  const [sample, setSample] = useState<{ name: string; columns: Column[] }>();
  const [asked, setAsked] = useState(false);
  const preview = usePreview(campaignId);
  const change = (name: string, columns: Column[]) => {
    setSample({ name, columns });
    onChange(mappingOf(columns));
  };
  const read = (file: File) =>
    preview.mutate(file, {
      onSuccess: ({ header, suggestedMapping }) => change(file.name, columnsOf(header, suggestedMapping)),
    });
  const missing = sample && missingOf(sample.columns);
  const dropping = denied === undefined && sample === undefined && (mapping === null || asked);
  return (
    <Input.Wrapper
      label="Columns"
      labelElement="div"
      description="As in a sample of the files that will be mailed. Nobody is imported from the sample."
      error={error}
    >
      <Stack gap="xs" mt={8}>
        {sample !== undefined && preview.data !== undefined && (
          <>
            <FileFormat name={sample.name} preview={preview.data} />
            <MappingTable
              columns={sample.columns}
              header={preview.data.header}
              sample={preview.data.sample}
              onChange={(columns) => change(sample.name, columns)}
            />
            {missing !== undefined && (
              <Text size="sm" c="dimmed" role="status">
                {missing}
              </Text>
            )}
          </>
        )}
        {sample === undefined && mapping !== null && !asked && <MappingSummary mapping={mapping} unsaved={unsaved} />}
        {dropping && (
          <FileDrop
            label="Sample file"
            title="Drop a sample file here, or choose one"
            hint="A CSV file as it will be mailed, with a line of column names."
            busy={preview.isPending}
            onFile={read}
          />
        )}
        {preview.error !== null && <Failed title="The sample could not be read" error={preview.error} />}
        {denied === undefined && mapping !== null && !dropping && (
          <Group>
            <Button
              variant="default"
              size="compact-xs"
              onClick={() => {
                setSample(undefined);
                setAsked(true);
                preview.reset();
              }}
            >
              Another sample file
            </Button>
          </Group>
        )}
      </Stack>
    </Input.Wrapper>
  );
}

/** A mapping without a file at hand. */
function MappingSummary({ mapping, unsaved }: { mapping: Mapping; unsaved: boolean }) {
  return (
    <>
      <Table aria-label="Columns of mailed files">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Column</Table.Th>
            <Table.Th>Used as</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {columnsNamed(mapping).map((column) => (
            <Table.Tr key={column.name}>
              <Table.Td dir="auto">{column.name}</Table.Td>
              <Table.Td>{wordsOf(column)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {(mapping.keepUnmapped === true || unsaved) && (
        <Text size="xs" c="dimmed">
          {mapping.keepUnmapped === true && 'All other columns are kept as properties. '}
          {unsaved && 'Not saved yet.'}
        </Text>
      )}
    </>
  );
}

function wordsOf({ use, key, blocks }: Column): string {
  const label = uses.find(({ value }) => value === use)?.label ?? use;
  if (use === 'property') return `${label} “${key}”`;
  if (use === 'optOut') return `${label}: ${blocks.map((channel) => channels[channel].label).join(', ')}`;
  return label;
}
