import { expect, test } from 'vitest';

import type { Performance, PerformanceTotals } from '../api/types';
import { campaignOf } from '../testing/examples';
import { callsOf, csvUrl, daysOf, dollars, funnelOf, guardsOf, ratesByAttempt, shownChannels } from './figures';

const totalsOf = (given: Partial<PerformanceTotals> = {}): PerformanceTotals => ({
  outreaches: 0,
  delivered: 0,
  failed: 0,
  unconfirmed: 0,
  opened: 0,
  machineOpened: 0,
  clicked: 0,
  contacts: 0,
  contactsReplied: 0,
  responseRate: 0,
  optOuts: 0,
  bounces: 0,
  complaints: 0,
  ...given,
});

const performanceOf = (given: Partial<Performance> = {}): Performance => ({
  totals: totalsOf(),
  byChannel: { email: totalsOf(), text: totalsOf(), phone: totalsOf() },
  byDay: [],
  byAttempt: [],
  callOutcomes: [],
  cost: { tokens: 0, usd: 0 },
  asOf: '2030-01-01T00:00:00Z',
  ...given,
});

test('days without an outreach lie between the others', () => {
  const of = (date: string, channel: 'email' | 'text', outreaches: number) => ({
    ...totalsOf({ outreaches }),
    date,
    channel,
  });
  expect(daysOf([of('2030-02-27', 'email', 3), of('2030-02-27', 'text', 1), of('2030-03-02', 'text', 2)])).toEqual([
    { date: '2030-02-27', email: 3, text: 1, phone: 0 },
    { date: '2030-02-28', email: 0, text: 0, phone: 0 },
    { date: '2030-03-01', email: 0, text: 0, phone: 0 },
    { date: '2030-03-02', email: 0, text: 2, phone: 0 },
  ]);
  expect(daysOf([])).toEqual([]);
  expect(daysOf([of('1999-01-01', 'email', 1), of('2030-03-02', 'email', 1)])).toHaveLength(367);
});

test('only e-mails are opened and clicked, and replies are of contacts', () => {
  const totals = totalsOf({ outreaches: 10, delivered: 8, opened: 4, clicked: 1, contacts: 5, contactsReplied: 2 });
  expect(funnelOf('email', totals).map(({ step, n, share }) => [step, n, share])).toEqual([
    ['Sent', 10, 1],
    ['Delivered', 8, 0.8],
    ['Opened', 4, 0.4],
    ['Clicked', 1, 0.1],
    ['Replied', 2, 0.4],
  ]);
  expect(funnelOf('text', totals).map(({ step }) => step)).toEqual(['Sent', 'Delivered', 'Replied']);
  expect(funnelOf('text', totalsOf()).every(({ share }) => share === 0)).toBe(true);
});

test('a channel that is off is shown once something was sent by it', () => {
  const sent = performanceOf({
    byChannel: { email: totalsOf(), text: totalsOf({ outreaches: 1 }), phone: totalsOf() },
  });
  expect(shownChannels(campaignOf({ channels: ['email'] }), sent)).toEqual(['email', 'text']);
});

test('guardrails count from their least number of outreaches, and hold at their limit', () => {
  const campaign = campaignOf({ guardrails: { bouncePercent: 5, complaintPercent: 0.1, minSends: 100 } });
  const at = (outreaches: number, bounces: number, complaints = 0) =>
    guardsOf(
      campaign,
      ['email'],
      performanceOf({
        byChannel: { email: totalsOf({ outreaches, bounces, complaints }), text: totalsOf(), phone: totalsOf() },
      }),
    ).map(({ what, state, percent }) => [what, state, percent]);
  expect(at(0, 0)[0]).toEqual(['Bounces', 'few', 0]);
  expect(at(99, 50)[0]?.[1]).toBe('few');
  expect(at(100, 5)[0]).toEqual(['Bounces', 'within', 5]);
  expect(at(100, 6)[0]?.[1]).toBe('over');
  expect(at(1000, 0, 2)[1]).toEqual(['Complaints', 'over', 0.2]);
});

test('attempts, calls, money and addresses are worded', () => {
  const byAttempt = [{ ...totalsOf({ contacts: 4, contactsReplied: 1, responseRate: 0.25 }), attempt: 2 }];
  expect(ratesByAttempt(performanceOf({ byAttempt }))).toEqual([
    { name: 'Attempt 2', replied: 1, reached: 4, rate: 0.25 },
  ]);
  const callOutcomes: Performance['callOutcomes'] = [
    { outcome: 'no_answer', calls: 3 },
    { outcome: null, calls: 1 },
  ];
  expect(callsOf(performanceOf({ callOutcomes })).map(({ name }) => name)).toEqual([
    'No answer',
    'Under way or unknown',
  ]);
  expect([dollars(0), dollars(0.0012), dollars(1234.5)]).toEqual(['$0.00', '$0.0012', '$1,234.50']);
  expect(csvUrl('1', {})).toBe('/api/v1/campaigns/1/performance.csv');
  expect(csvUrl('1', { from: '2030-01-01', to: '2030-01-31' })).toBe(
    '/api/v1/campaigns/1/performance.csv?from=2030-01-01&to=2030-01-31',
  );
});
