import { ActionIcon, Group, Stack, Text, Title } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';

import { importQuery } from '../api/imports';
import { Failed } from '../display/Failed';
import { Moment } from '../display/Moment';
import { LoadingRows } from '../frame/Loading';
import { ImportErrors, ImportNumbers } from './ImportResult';
import { sources, titleOf } from './sources';

interface Props {
  campaignId: string;
  importId: string;
  onClose: () => void;
}

/** One import: who and when, its numbers, and what was wrong row by row. */
export function ImportPanel({ campaignId, importId, onClose }: Props) {
  const { data, error, refetch } = useQuery(importQuery(campaignId, importId));
  return (
    <Stack gap="md" p="md">
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Title order={2} size="h4" style={{ overflowWrap: 'anywhere' }}>
          <bdi>{data === undefined ? 'Import' : titleOf(data)}</bdi>
        </Title>
        <ActionIcon variant="subtle" color="gray" aria-label="Close the import" onClick={onClose}>
          <IconX size={18} aria-hidden />
        </ActionIcon>
      </Group>
      {data === undefined && error === null && <LoadingRows rows={4} />}
      {error !== null && data === undefined && (
        <Failed title="The import could not be shown" error={error} onRetry={() => void refetch()} />
      )}
      {data !== undefined && (
        <>
          <Text size="sm" c="dimmed">
            {sources[data.source].label}, by <bdi>{data.by}</bdi>, <Moment at={data.createdAt} absolute />
          </Text>
          <ImportNumbers result={data} />
          {data.errors.length === 0 && data.status === 'completed' && (
            <Text size="sm" c="dimmed">
              Nothing was wrong in it.
            </Text>
          )}
          <ImportErrors result={data} />
        </>
      )}
    </Stack>
  );
}
