import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';

import { answerOf, api } from './client';
import { pollCounts, pollLists, pollSlowly } from './polling';
import type { Campaign, CampaignSettings, NewCampaign, QueryOf } from './types';

export type CampaignsQuery = QueryOf<'ListCampaigns'>;

/** One page of campaigns, the newest first. */
export const campaignsQuery = (query: CampaignsQuery) =>
  queryOptions({
    queryKey: ['campaigns', query],
    queryFn: ({ signal }) => answerOf(api.GET('/api/v1/campaigns', { params: { query }, signal })),
    placeholderData: keepPreviousData,
    ...pollLists,
  });

/** A campaign with its settings. */
export const campaignQuery = (id: string) =>
  queryOptions({
    queryKey: ['campaign', id],
    queryFn: ({ signal }) => answerOf(api.GET('/api/v1/campaigns/{id}', { params: { path: { id } }, signal })),
    ...pollLists,
  });

/** A campaign's contacts by status and by what they wait for. */
export const progressQuery = (id: string) =>
  queryOptions({
    queryKey: ['progress', id],
    queryFn: ({ signal }) => answerOf(api.GET('/api/v1/campaigns/{id}/progress', { params: { path: { id } }, signal })),
    ...pollCounts,
  });

/** The same for a row of a list, which is looked at less closely. */
export const progressOfRowQuery = (id: string) => ({ ...progressQuery(id), ...pollSlowly });

/** A key that makes a call that is sent again the same call. */
export const newIdempotencyKey = () => crypto.randomUUID();

export function useCreateCampaign() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: NewCampaign) =>
      answerOf(api.POST('/api/v1/campaigns', { body, params: { header: { 'Idempotency-Key': newIdempotencyKey() } } })),
    onSuccess: (campaign) => {
      queries.setQueryData(campaignQuery(campaign.id).queryKey, campaign);
      return queries.invalidateQueries({ queryKey: ['campaigns'] });
    },
  });
}

export function useUpdateCampaign(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: CampaignSettings) =>
      answerOf(api.PATCH('/api/v1/campaigns/{id}', { body, params: { path: { id } } })),
    onSuccess: (campaign: Campaign) => {
      queries.setQueryData(campaignQuery(id).queryKey, campaign);
      void queries.invalidateQueries({ queryKey: ['campaigns'] });
      void queries.invalidateQueries({ queryKey: ['progress', id] });
    },
  });
}

export type Control = 'go-live' | 'pause' | 'resume' | 'archive' | 'start-outreaches' | 'execute-approved';

export interface ControlCall {
  control: Control;
  /** Who attests the contacts' consent; of go-live. */
  attestedBy?: string;
}

/** Carries out a control of a campaign, and looks anew at all that it may have changed. */
export function useControl(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ control, attestedBy }: ControlCall) => answerOf(call(id, control, attestedBy)),
    onSettled: () =>
      Promise.all(
        [['campaign', id], ['progress', id], ['contacts', id], ['campaigns'], ['review']].map((queryKey) =>
          queries.invalidateQueries({ queryKey }),
        ),
      ),
  });
}

function call(id: string, control: Control, attestedBy?: string) {
  const params = { path: { id } };
  switch (control) {
    case 'go-live': {
      const consent = attestedBy ? { attestedBy } : null;
      return api.POST('/api/v1/campaigns/{id}/go-live', { params, body: { consent } });
    }
    case 'start-outreaches': {
      const header = { 'Idempotency-Key': newIdempotencyKey() };
      return api.POST('/api/v1/campaigns/{id}/start-outreaches', { params: { ...params, header }, body: {} });
    }
    default:
      return api.POST(`/api/v1/campaigns/{id}/${control}`, { params, body: {} });
  }
}
