import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';

import { answerOf, api } from './client';
import { pollSlowly } from './polling';
import type { NewUser, User, UserPatch } from './types';

export const usersPerPage = 50;

/** One page of users, the newest first. */
export const usersQuery = (page: number) =>
  queryOptions({
    queryKey: ['users', page],
    queryFn: ({ signal }) =>
      answerOf(api.GET('/api/v1/users', { params: { query: { page, perPage: usersPerPage } }, signal })),
    placeholderData: keepPreviousData,
    ...pollSlowly,
  });

/** Invites somebody. The answer shows the link this once. */
export function useInvite() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: NewUser) => answerOf(api.POST('/api/v1/users', { body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['users'] }),
  });
}

/** What may be done to a user. */
export type UserCall = { act: 'update'; patch: UserPatch } | { act: 'delete' };

/** Does something to a user. Whose own role changes is asked anew who they are. */
export function useUserCall(userId: string) {
  const queries = useQueryClient();
  const params = { path: { userId } };
  return useMutation({
    mutationFn: (call: UserCall) =>
      answerOf<User | undefined>(
        call.act === 'update'
          ? api.PATCH('/api/v1/users/{userId}', { params, body: call.patch })
          : api.DELETE('/api/v1/users/{userId}', { params }),
      ),
    onSettled: () => {
      void queries.invalidateQueries({ queryKey: ['users'] });
      void queries.invalidateQueries({ queryKey: ['session'] });
    },
  });
}

/** Makes a link by which a user sets another password. The answer shows it this once; earlier ones are good for nothing. */
export function useResetLink(userId: string) {
  return useMutation({
    mutationFn: () =>
      answerOf(api.POST('/api/v1/users/{userId}/reset-link', { params: { path: { userId } }, body: {} })),
  });
}
