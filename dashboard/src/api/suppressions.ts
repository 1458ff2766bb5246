import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';

import { answerOf, api } from './client';
import { pollSlowly } from './polling';
import type { NewSuppression, SuppressionChannel } from './types';

export const suppressionsPerPage = 50;

/** Which suppressions are meant; empty is all. */
export interface SuppressionFilter {
  channel?: SuppressionChannel;
  search?: string;
}

/** One page of suppressions, the newest first. */
export const suppressionsQuery = (filter: SuppressionFilter, page: number) =>
  queryOptions({
    queryKey: ['suppressions', filter, page],
    queryFn: ({ signal }) =>
      answerOf(
        api.GET('/api/v1/suppressions', {
          params: { query: { ...filter, page, perPage: suppressionsPerPage } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    ...pollSlowly,
  });

export function useAddSuppression() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: NewSuppression) => answerOf(api.POST('/api/v1/suppressions', { body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['suppressions'] }),
  });
}

export function useLiftSuppression() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (suppressionId: string) =>
      answerOf(api.DELETE('/api/v1/suppressions/{suppressionId}', { params: { path: { suppressionId } } })),
    onSettled: () => queries.invalidateQueries({ queryKey: ['suppressions'] }),
  });
}

/** Suppresses the addresses of a CSV file; national numbers are read in the region. It may be sent again. */
export function useImportSuppressions() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ file, region }: { file: File; region: string }) =>
      answerOf(
        api.POST('/api/v1/suppressions/import', {
          params: { query: { defaultRegion: region } },
          body: { file: file.name },
          bodySerializer: () => {
            const form = new FormData();
            form.append('file', file);
            return form;
          },
        }),
      ),
    onSettled: () => queries.invalidateQueries({ queryKey: ['suppressions'] }),
  });
}
