import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';

import { answerOf, api } from './client';
import type { Credentials, LinkUse, PasswordChange } from './types';

/** Who is signed in, and what they may do. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => answerOf(api.GET('/api/v1/session', { signal })),
  staleTime: 30_000,
});

/** What a one-time link is for. It is asked once: a link that was used is gone. */
export const linkQuery = (token: string) =>
  queryOptions({
    queryKey: ['link'],
    queryFn: () => answerOf(api.POST('/api/v1/session/link/check', { body: { token } })),
    retry: false,
    staleTime: Infinity,
  });

/** Signs in. What the one before saw is forgotten. */
export function useSignIn() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: Credentials) => answerOf(api.POST('/api/v1/session', { body })),
    onSuccess: () => queries.clear(),
  });
}

/** Sets a password by a one-time link, and signs in. */
export function useLink() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: LinkUse) => answerOf(api.POST('/api/v1/session/link', { body })),
    onSuccess: () => queries.clear(),
  });
}

export function useChangePassword() {
  return useMutation({
    mutationFn: (body: PasswordChange) => answerOf(api.PUT('/api/v1/session/password', { body })),
  });
}

export function useSignOut() {
  return useMutation({ mutationFn: () => answerOf(api.DELETE('/api/v1/session')) });
}
