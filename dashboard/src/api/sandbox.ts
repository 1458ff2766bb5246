import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';

import { answerOf } from './client';
import { pollCounts } from './polling';
import type { Channel } from './types';

// The inbox of the sandbox, which beckon-dev serves beside the API. It is no part of the API's description.

export type SandboxStatus =
  | 'delivered'
  | 'bounced'
  | 'blocked'
  | 'reported'
  | 'unsubscribed'
  | 'undelivered'
  | 'queued'
  | 'ringing'
  | 'in_progress'
  | 'completed'
  | 'busy'
  | 'no_answer'
  | 'failed'
  | 'canceled';

/** What a contact was sent, as the sandbox got it in a provider's place. */
export interface SandboxMessage {
  id: string;
  channel: Channel;
  to: string;
  from: string;
  subject: string | null;
  /** Of a call, what was spoken to whoever answered, a line for each sentence that was given. */
  text: string | null;
  html: string | null;
  headers: Record<string, string>;
  /** Where an answer by mail goes. */
  replyTo: string;
  /** What a call left on an answering machine. */
  voicemailText: string | null;
  /** In how many parts a text travelled. */
  segments: number | null;
  outreachId: string | null;
  providerId: string;
  status: SandboxStatus;
  receivedAt: string;
  replies: SandboxReply[];
}

/** What a contact answered: one of the three. */
export interface SandboxReply {
  id: string;
  text: string | null;
  digits: string | null;
  speech: string | null;
  at: string;
}

export interface SandboxFilter {
  channel?: Channel;
  search?: string;
}

interface SandboxPage {
  data: SandboxMessage[];
  total: number;
}

export const sandboxPerPage = 50;

const root = '/api/sandbox/messages';

/** One page of messages, the newest first. */
export const sandboxMessagesQuery = (filter: SandboxFilter, page: number) =>
  queryOptions({
    queryKey: ['sandbox', filter, page],
    queryFn: ({ signal }) => {
      const given = Object.entries({ ...filter, page: String(page), perPage: String(sandboxPerPage) });
      return call<SandboxPage>(`${root}?${new URLSearchParams(given).toString()}`, { signal });
    },
    placeholderData: keepPreviousData,
    ...pollCounts,
  });

/** One message; what a call says and is answered comes while one looks. */
export const sandboxMessageQuery = (id: string) =>
  queryOptions({
    queryKey: ['sandbox', 'message', id],
    queryFn: ({ signal }) => call<SandboxMessage>(`${root}/${encodeURIComponent(id)}`, { signal }),
    ...pollCounts,
  });

export type SandboxAnswer = { text: string } | { digits: string } | { speech: string };

/** Answers a message as its contact. */
export function useSandboxAnswer(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (answer: SandboxAnswer) =>
      call<SandboxReply>(`${root}/${encodeURIComponent(id)}/reply`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(answer),
      }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['sandbox'] }),
  });
}

/** Unsubscribes by the link of a mail in one step, as a mail program does (RFC 8058). */
export function useOneClick() {
  return useMutation({
    mutationFn: (path: string) =>
      call<unknown>(path, { method: 'POST', body: new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }) }),
  });
}

export function useEmptySandbox() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => call<unknown>(root, { method: 'DELETE' }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['sandbox'] }),
  });
}

/** Calls what the API's client does not know; answers and refusals look as the API's do. */
function call<T>(path: string, init: RequestInit): Promise<T> {
  return answerOf<T>(
    fetch(path, { credentials: 'same-origin', ...init }).then(async (response) => {
      const json = /json/.test(response.headers.get('Content-Type') ?? '');
      const body: unknown = json ? await response.json() : undefined;
      return response.ok ? { data: body as T, response } : { error: body, response };
    }),
  );
}
