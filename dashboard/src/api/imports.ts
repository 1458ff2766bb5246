import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';

import { newIdempotencyKey } from './campaigns';
import { answerOf, api } from './client';
import { pollSlowly } from './polling';
import type { Mapping } from './types';

export const importsPerPage = 25;

/** One page of a campaign's imports, the newest first. */
export const importsQuery = (campaignId: string, page: number) =>
  queryOptions({
    queryKey: ['imports', campaignId, page],
    queryFn: ({ signal }) =>
      answerOf(
        api.GET('/api/v1/campaigns/{id}/imports', {
          params: { path: { id: campaignId }, query: { page, perPage: importsPerPage } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    ...pollSlowly,
  });

/** One import. It does not change, but for the calls of a day, which are summed up. */
export const importQuery = (campaignId: string, importId: string) =>
  queryOptions({
    queryKey: ['imports', campaignId, 'one', importId],
    queryFn: ({ signal }) => {
      const path = { id: campaignId, importId };
      return answerOf(api.GET('/api/v1/campaigns/{id}/imports/{importId}', { params: { path }, signal }));
    },
    ...pollSlowly,
  });

function form(parts: Record<string, Blob | string>): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(parts)) data.append(name, value);
  return data;
}

/** Reads a CSV file without importing it. */
export function usePreview(campaignId: string) {
  return useMutation({
    mutationFn: (file: File) =>
      answerOf(
        api.POST('/api/v1/campaigns/{id}/imports/preview', {
          params: { path: { id: campaignId } },
          body: { file: file.name },
          bodySerializer: () => form({ file }),
        }),
      ),
  });
}

export function useImport(campaignId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ file, mapping }: { file: File; mapping: Mapping }) =>
      answerOf(
        api.POST('/api/v1/campaigns/{id}/imports', {
          params: { path: { id: campaignId }, header: { 'Idempotency-Key': newIdempotencyKey() } },
          body: { file: file.name, mapping },
          bodySerializer: () => form({ file, mapping: JSON.stringify(mapping) }),
        }),
      ),
    onSettled: () => {
      for (const queryKey of [
        ['contacts', campaignId],
        ['progress', campaignId],
        ['campaign', campaignId],
        ['imports', campaignId],
      ])
        void queries.invalidateQueries({ queryKey });
    },
  });
}
