import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';

import { newIdempotencyKey } from './campaigns';
import { answerOf, api } from './client';
import { pollCounts, pollLists } from './polling';
import type {
  BulkAction,
  ContactDetail,
  ContactFilter,
  ContactPatch,
  NewContact,
  OutreachEdit,
  QueryOf,
} from './types';

export type ContactsQuery = QueryOf<'ListContacts'>;

/** One page of a campaign's contacts. */
export const contactsQuery = (campaignId: string, query: ContactsQuery) =>
  queryOptions({
    queryKey: ['contacts', campaignId, query],
    queryFn: ({ signal }) =>
      answerOf(api.GET('/api/v1/campaigns/{id}/contacts', { params: { path: { id: campaignId }, query }, signal })),
    placeholderData: keepPreviousData,
    ...pollLists,
  });

/** Everything about a contact; what it waits for is asked of its workflow. */
export const contactQuery = (campaignId: string, contactId: string) =>
  queryOptions({
    queryKey: ['contact', campaignId, contactId],
    queryFn: ({ signal }) => {
      const path = { id: campaignId, contactId };
      return answerOf(api.GET('/api/v1/campaigns/{id}/contacts/{contactId}', { params: { path }, signal }));
    },
    ...pollCounts,
  });

/** What may be done to a contact, each with what it needs. */
export type ContactCall =
  | { act: 'approve'; version: number }
  | { act: 'edit'; edit: OutreachEdit }
  | { act: 'disable' | 'enable' | 'complete' | 'disqualify'; reason: string | null }
  | { act: 'resend'; outreachId: string }
  | { act: 'update'; patch: ContactPatch }
  | { act: 'remove' };

/** Does something to a contact; what the API answers is shown at once, without waiting for the next poll. */
export function useContactCall(campaignId: string, contactId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (call: ContactCall) => answerOf<ContactDetail | undefined>(send(campaignId, contactId, call)),
    onSuccess: (contact) => {
      if (contact !== undefined) queries.setQueryData(contactQuery(campaignId, contactId).queryKey, contact);
    },
    onSettled: () => {
      void queries.invalidateQueries({ queryKey: ['contacts', campaignId] });
      void queries.invalidateQueries({ queryKey: ['progress', campaignId] });
      void queries.invalidateQueries({ queryKey: ['review'] });
    },
  });
}

function send(id: string, contactId: string, call: ContactCall) {
  const params = { path: { id, contactId } };
  switch (call.act) {
    case 'approve':
      return api.POST('/api/v1/campaigns/{id}/contacts/{contactId}/approve', {
        params,
        body: { version: call.version },
      });
    case 'edit':
      return api.PUT('/api/v1/campaigns/{id}/contacts/{contactId}/next-outreach', { params, body: call.edit });
    case 'resend':
      return api.POST('/api/v1/campaigns/{id}/contacts/{contactId}/outreaches/{outreachId}/resend', {
        params: {
          path: { ...params.path, outreachId: call.outreachId },
          header: { 'Idempotency-Key': newIdempotencyKey() },
        },
        body: {},
      });
    case 'update':
      return api.PATCH('/api/v1/campaigns/{id}/contacts/{contactId}', { params, body: call.patch });
    case 'remove':
      return api.DELETE('/api/v1/campaigns/{id}/contacts/{contactId}', { params });
    default:
      return api.POST(`/api/v1/campaigns/{id}/contacts/{contactId}/${call.act}`, {
        params,
        body: { reason: call.reason },
      });
  }
}

export interface BulkCall {
  action: BulkAction['action'];
  /** Those that are chosen, or all that the filter finds. */
  of: { ids: string[] } | { filter: ContactFilter };
  expectedCount: number;
}

export function useBulk(campaignId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ action, of, expectedCount }: BulkCall) =>
      answerOf(
        api.POST('/api/v1/campaigns/{id}/contacts/bulk', {
          params: { path: { id: campaignId } },
          body: { action, expectedCount, ...of },
        }),
      ),
    onSettled: () => {
      for (const queryKey of [['contacts', campaignId], ['contact', campaignId], ['progress', campaignId], ['review']])
        void queries.invalidateQueries({ queryKey });
    },
  });
}

export function useAddContact(campaignId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (contact: NewContact) =>
      answerOf(
        api.POST('/api/v1/campaigns/{id}/contacts', {
          params: { path: { id: campaignId }, header: { 'Idempotency-Key': newIdempotencyKey() } },
          body: { contacts: [contact] },
        }),
      ),
    onSuccess: () => {
      for (const queryKey of [
        ['contacts', campaignId],
        ['contact', campaignId],
        ['progress', campaignId],
        ['campaign', campaignId],
      ])
        void queries.invalidateQueries({ queryKey });
    },
  });
}
