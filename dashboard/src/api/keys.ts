import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';

import { answerOf, api } from './client';
import { pollSlowly } from './polling';
import type { NewAPIKey } from './types';

export const keysPerPage = 50;

/** One page of API keys, the newest first, those that are no longer good too. */
export const keysQuery = (page: number) =>
  queryOptions({
    queryKey: ['api-keys', page],
    queryFn: ({ signal }) =>
      answerOf(api.GET('/api/v1/api-keys', { params: { query: { page, perPage: keysPerPage } }, signal })),
    placeholderData: keepPreviousData,
    ...pollSlowly,
  });

/** Makes a key. The answer shows it this once. */
export function useMakeKey() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: NewAPIKey) => answerOf(api.POST('/api/v1/api-keys', { body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['api-keys'] }),
  });
}

export function useRevokeKey() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (keyId: string) => answerOf(api.DELETE('/api/v1/api-keys/{keyId}', { params: { path: { keyId } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['api-keys'] }),
  });
}
