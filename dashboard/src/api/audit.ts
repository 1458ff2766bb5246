import { keepPreviousData, queryOptions } from '@tanstack/react-query';

import { answerOf, api } from './client';
import { pollSlowly } from './polling';
import type { QueryOf } from './types';

export const auditPerPage = 50;

/** Which records are meant; empty is all. */
export type AuditFilter = Omit<QueryOf<'ListAudit'>, 'page' | 'perPage'>;

/** One page of the audit log, the newest first. */
export const auditQuery = (filter: AuditFilter, page: number) =>
  queryOptions({
    queryKey: ['audit', filter, page],
    queryFn: ({ signal }) =>
      answerOf(api.GET('/api/v1/audit', { params: { query: { ...filter, page, perPage: auditPerPage } }, signal })),
    placeholderData: keepPreviousData,
    ...pollSlowly,
  });

/** All users and keys by whom something can have been done, 200 of each at most. */
export const actorsQuery = queryOptions({
  queryKey: ['audit', 'actors'],
  queryFn: async ({ signal }) => {
    const params = { query: { perPage: 200 } };
    const [users, keys] = await Promise.all([
      answerOf(api.GET('/api/v1/users', { params, signal })),
      answerOf(api.GET('/api/v1/api-keys', { params, signal })),
    ]);
    return { users: users.data, keys: keys.data };
  },
  staleTime: 60_000,
});
