import '@mantine/charts/styles.css';

import { BarChart, type BarChartProps } from '@mantine/charts';
import { SimpleGrid } from '@mantine/core';

import type { Campaign, Channel, Performance } from '../api/types';
import { channels } from '../display/Channel';
import { percent } from '../display/count';
import { calendarDay } from '../time/words';
import { Charted } from './Charted';
import { callsOf, daysOf, funnelOf, ratesByAttempt, ratesByChannel, shownChannels, type Rate } from './figures';

const number = (n: number) => n.toLocaleString('en');
const colorOf = (channel: Channel) => `${channels[channel].color}.6`;

// A chart is a picture here: the table beside it is what keyboards and screen readers are given.
const look: Partial<BarChartProps> = { accessibilityLayer: false, maxBarWidth: 48, h: 240 };

/** A campaign's figures as pictures, each a table too. */
export function Charts({ campaign, performance }: { campaign: Campaign; performance: Performance }) {
  const shown = shownChannels(campaign, performance);
  const sent = shown.filter((channel) => performance.byChannel[channel].outreaches > 0);
  return (
    <>
      <ByDay shown={shown} performance={performance} />
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
        {sent.map((channel) => (
          <Funnel key={channel} channel={channel} performance={performance} />
        ))}
        <Rates
          title="Response rate by channel"
          rates={ratesByChannel(sent, performance)}
          colors={sent.map(colorOf)}
          note="Who replied on any channel after an outreach on this one, of the contacts that it reached."
        />
        {performance.byAttempt.length > 1 && (
          <Rates
            title="Response rate by attempt"
            rates={ratesByAttempt(performance)}
            note="Who replied after this attempt, of the contacts that it reached."
          />
        )}
        {performance.callOutcomes.length > 0 && <Calls performance={performance} />}
      </SimpleGrid>
    </>
  );
}

function ByDay({ shown, performance }: { shown: readonly Channel[]; performance: Performance }) {
  const days = daysOf(performance.byDay);
  return (
    <Charted
      title="Outreaches by day"
      columns={['Day', ...shown.map((channel) => channels[channel].label)]}
      rows={days.map((day) => [calendarDay(day.date), ...shown.map((channel) => number(day[channel]))]).reverse()}
    >
      <BarChart
        {...look}
        type="stacked"
        data={days.map((day) => ({ ...day, date: calendarDay(day.date) }))}
        dataKey="date"
        series={shown.map((channel) => ({
          name: channel,
          label: channels[channel].label,
          color: colorOf(channel),
        }))}
        withLegend
        legendProps={{ itemSorter: null }}
        valueFormatter={number}
        yAxisProps={{ allowDecimals: false, width: 48 }}
      />
    </Charted>
  );
}

function Funnel({ channel, performance }: { channel: Channel; performance: Performance }) {
  const totals = performance.byChannel[channel];
  const steps = funnelOf(channel, totals);
  const machines =
    channel === 'email'
      ? ` Opens by machines, such as those that load pictures for a person, are left out (${number(totals.machineOpened)}).`
      : '';
  return (
    <Charted
      title={`${channels[channel].label}: from sent to replied`}
      columns={['Step', 'Number', 'Share']}
      rows={steps.map(({ step, n, share }) => [step, number(n), percent(share)])}
      note={`Shares are of what was sent; of replies, they are of the contacts that were reached.${machines}`}
    >
      <BarChart
        {...look}
        orientation="vertical"
        gridAxis="none"
        tickLine="none"
        h={44 * steps.length + 40}
        data={steps}
        dataKey="step"
        series={[{ name: 'n', label: 'Number', color: colorOf(channel) }]}
        valueFormatter={number}
        withBarValueLabel
        xAxisProps={{ allowDecimals: false }}
        yAxisProps={{ width: 72 }}
        barChartProps={{ margin: { right: 40 } }}
      />
    </Charted>
  );
}

interface RatesProps {
  title: string;
  rates: readonly Rate[];
  note: string;
  /** Of each row; without it all have the same. */
  colors?: readonly string[];
}

function Rates({ title, rates, note, colors }: RatesProps) {
  // A series of its own gives each row its colour.
  const keyed = rates.map((rate, place) => ({ ...rate, key: `rate${place}` }));
  return (
    <Charted
      title={title}
      columns={['', 'Replied', 'Reached', 'Rate']}
      rows={rates.map(({ name, replied, reached, rate }) => [name, number(replied), number(reached), percent(rate)])}
      note={note}
    >
      <BarChart
        {...look}
        type="stacked"
        orientation="vertical"
        gridAxis="none"
        tickLine="none"
        h={44 * rates.length + 40}
        data={keyed.map(({ name, rate, key }) => ({ name: `${name}: ${percent(rate)}`, [key]: rate }))}
        dataKey="name"
        series={keyed.map(({ key }, place) => ({
          name: key,
          label: 'Response rate',
          color: colors?.[place] ?? 'indigo.6',
        }))}
        valueFormatter={percent}
        xAxisProps={{ domain: [0, 1] }}
        yAxisProps={{ width: 128 }}
      />
    </Charted>
  );
}

function Calls({ performance }: { performance: Performance }) {
  const calls = callsOf(performance);
  return (
    <Charted
      title="Outcomes of calls"
      columns={['Outcome', 'Calls']}
      rows={calls.map(({ name, n }) => [name, number(n)])}
    >
      <BarChart
        {...look}
        orientation="vertical"
        gridAxis="none"
        tickLine="none"
        h={44 * calls.length + 40}
        data={calls}
        dataKey="name"
        series={[{ name: 'n', label: 'Calls', color: colorOf('phone') }]}
        valueFormatter={number}
        withBarValueLabel
        xAxisProps={{ allowDecimals: false }}
        yAxisProps={{ width: 140 }}
        barChartProps={{ margin: { right: 40 } }}
      />
    </Charted>
  );
}
