import { Paper, SimpleGrid, Text } from '@mantine/core';

import type { Performance } from '../api/types';
import { percent } from '../display/count';
import { dollars } from './figures';
import classes from './Figures.module.css';

/** The figures that are asked for first, in a row. */
export function Figures({ performance: { totals, cost } }: { performance: Performance }) {
  const number = (n: number) => n.toLocaleString('en');
  const ofSent = (n: number) => (totals.outreaches === 0 ? '–' : `${percent(n / totals.outreaches)} of outreaches`);
  const figures = [
    {
      name: 'Outreaches',
      value: number(totals.outreaches),
      note:
        totals.unconfirmed > 0
          ? `to ${number(totals.contacts)} contacts; ${number(totals.unconfirmed)} unconfirmed`
          : `to ${number(totals.contacts)} contacts`,
    },
    { name: 'Delivered', value: number(totals.delivered), note: ofSent(totals.delivered) },
    {
      name: 'Response rate',
      value: totals.contacts === 0 ? '–' : percent(totals.responseRate),
      note: `${number(totals.contactsReplied)} of ${number(totals.contacts)} contacts replied`,
    },
    { name: 'Failed', value: number(totals.failed), note: ofSent(totals.failed) },
    { name: 'Opted out', value: number(totals.optOuts), note: ofSent(totals.optOuts) },
    { name: 'AI cost', value: dollars(cost.usd), note: `${number(cost.tokens)} tokens` },
  ];
  return (
    <SimpleGrid component="dl" m={0} cols={{ base: 2, xs: 3, lg: 6 }} spacing="sm">
      {figures.map(({ name, value, note }) => (
        <Paper key={name} withBorder p="sm" className={classes.figure}>
          <Text component="dt" size="xs" c="dimmed">
            {name}
          </Text>
          <Text component="dd" m={0} fz={22} fw={600} lh={1.3} className="tabular">
            {value}
          </Text>
          <Text component="dd" m={0} size="xs" c="dimmed">
            {note}
          </Text>
        </Paper>
      ))}
    </SimpleGrid>
  );
}
