import type { Campaign, Channel, Performance, PerformanceTotals } from '../api/types';
import { allChannels, channels } from '../display/Channel';
import { outcomes } from '../display/outcome';

type Totals = PerformanceTotals;

/** Outreaches of one day, by channel. */
export type Day = { date: string } & Record<Channel, number>;

const day = 24 * 3_600_000;

/** Outreaches by day, also those days in between on which there was none; at most a year and a day of the latest. */
export function daysOf(byDay: Performance['byDay']): Day[] {
  const sums = new Map<string, Day>();
  for (const { date, channel, outreaches } of byDay) {
    const sum = sums.get(date) ?? { date, email: 0, text: 0, phone: 0 };
    sum[channel] += outreaches;
    sums.set(date, sum);
  }
  const dates = [...sums.keys()].sort();
  const [first, last] = [dates[0], dates.at(-1)];
  if (first === undefined || last === undefined) return [];
  const end = Date.parse(last);
  const days: Day[] = [];
  for (let at = Math.max(Date.parse(first), end - 366 * day); at <= end; at += day) {
    const date = new Date(at).toISOString().slice(0, 10);
    days.push(sums.get(date) ?? { date, email: 0, text: 0, phone: 0 });
  }
  return days;
}

/** The channels that are worth a word: those of the campaign, and those by which something was sent. */
export function shownChannels(campaign: Campaign, { byChannel }: Performance): Channel[] {
  return allChannels.filter((channel) => campaign.channels.includes(channel) || byChannel[channel].outreaches > 0);
}

export interface Step {
  step: string;
  n: number;
  /** Of what was sent, from 0 to 1; replies: of the contacts that were reached. */
  share: number;
}

/** How far outreaches came. Only e-mails can be seen to be opened and clicked. */
export function funnelOf(channel: Channel, totals: Totals): Step[] {
  const share = (n: number, of: number) => (of === 0 ? 0 : n / of);
  const step = (name: string, n: number): Step => ({ step: name, n, share: share(n, totals.outreaches) });
  const replied = {
    step: 'Replied',
    n: totals.contactsReplied,
    share: share(totals.contactsReplied, totals.contacts),
  };
  const begun = [step('Sent', totals.outreaches), step('Delivered', totals.delivered)];
  if (channel !== 'email') return [...begun, replied];
  return [...begun, step('Opened', totals.opened), step('Clicked', totals.clicked), replied];
}

export interface Rate {
  name: string;
  replied: number;
  reached: number;
  rate: number;
}

const rateOf = (name: string, { contactsReplied, contacts, responseRate }: Totals): Rate => ({
  name,
  replied: contactsReplied,
  reached: contacts,
  rate: responseRate,
});

/** How many of the contacts that each channel reached replied. */
export function ratesByChannel(shown: readonly Channel[], { byChannel }: Performance): Rate[] {
  return shown.map((channel) => rateOf(channels[channel].label, byChannel[channel]));
}

export function ratesByAttempt({ byAttempt }: Performance): Rate[] {
  return byAttempt.map((totals) => rateOf(`Attempt ${totals.attempt}`, totals));
}

/** What became of calls, in words; those without an outcome have not ended, or nobody knows how. */
export function callsOf({ callOutcomes }: Performance): { name: string; n: number }[] {
  return callOutcomes.map(({ outcome, calls }) => ({
    name: outcome === null ? 'Under way or unknown' : outcomes[outcome],
    n: calls,
  }));
}

export interface Guard {
  what: 'Bounces' | 'Complaints';
  channel: Channel;
  n: number;
  sent: number;
  /** From 0 to 100. */
  percent: number;
  limit: number;
  /** Too few were sent for the guardrail to count; or it would pause the campaign, were it to count all of these. */
  state: 'few' | 'within' | 'over';
}

/** Bounces and complaints of each channel against the limits at which the campaign pauses itself. */
export function guardsOf(campaign: Campaign, shown: readonly Channel[], { byChannel }: Performance): Guard[] {
  const { bouncePercent = 5, complaintPercent = 0.1, minSends = 100 } = campaign.guardrails;
  const guard = (channel: Channel, what: Guard['what'], n: number, limit: number): Guard => {
    const sent = byChannel[channel].outreaches;
    const percent = sent === 0 ? 0 : (100 * n) / sent;
    const state = sent < minSends ? 'few' : percent > limit ? 'over' : 'within';
    return { what, channel, n, sent, percent, limit, state };
  };
  return shown.flatMap((channel) => {
    const { bounces, complaints } = byChannel[channel];
    const bounced = guard(channel, 'Bounces', bounces, bouncePercent);
    return channel === 'email' ? [bounced, guard(channel, 'Complaints', complaints, complaintPercent)] : [bounced];
  });
}

/** Dollars, to the cent; less than a cent by its first figures. */
export function dollars(usd: number): string {
  const digits = usd > 0 && usd < 0.01 ? 4 : 2;
  return new Intl.NumberFormat('en', {
    style: 'currency',
    currency: 'USD',
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(usd);
}

/** Where the same figures are as CSV. */
export function csvUrl(campaignId: string, { from, to }: { from?: string; to?: string }): string {
  const query = new URLSearchParams();
  if (from !== undefined) query.set('from', from);
  if (to !== undefined) query.set('to', to);
  const asked = query.size === 0 ? '' : `?${query.toString()}`;
  return `/api/v1/campaigns/${campaignId}/performance.csv${asked}`;
}
