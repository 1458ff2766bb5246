import { Button, Group, Paper, Text } from '@mantine/core';
import { useState } from 'react';

import { useBulk } from '../api/contacts';
import { Problem } from '../api/problem';
import type { BulkAction, ContactFilter } from '../api/types';
import { Action } from '../display/Action';
import { Confirm } from '../display/Confirm';
import { count } from '../display/count';
import { notify } from '../frame/notify';
import { useDenied } from '../session/may';
import type { Selection } from './selection';

type Act = BulkAction['action'];

const acts: readonly { act: Act; label: string; grave: boolean; effect: string }[] = [
  {
    act: 'approve',
    label: 'Approve',
    grave: false,
    effect: 'Their next outreaches, as they are now, may go without being looked at.',
  },
  {
    act: 'disable',
    label: 'Disable',
    grave: false,
    effect: 'No outreach to them is begun any more, until they are enabled.',
  },
  { act: 'enable', label: 'Enable', grave: false, effect: 'Those that are disabled go on where they left off.' },
  { act: 'complete', label: 'Complete', grave: true, effect: 'Nothing more is sent to them. This cannot be undone.' },
  {
    act: 'disqualify',
    label: 'Disqualify',
    grave: true,
    effect: 'Nothing more is sent to them. This cannot be undone.',
  },
  {
    act: 'remove',
    label: 'Remove',
    grave: true,
    effect: 'They are taken from the campaign. What was sent to them stays known.',
  },
];

interface Props {
  campaignId: string;
  selection: Selection;
  filter: ContactFilter;
  /** How many the filter finds. */
  total: number;
}

/** Does the same to all contacts that are chosen; asks first, with their number. */
export function Bulk({ campaignId, selection, filter, total }: Props) {
  const [asked, setAsked] = useState<Act>();
  const bulk = useBulk(campaignId);
  const denied = useDenied('operator');
  const n = selection.all ? total : selection.ids.size;
  if (n === 0) return null;
  const close = () => {
    setAsked(undefined);
    bulk.reset();
  };
  const question = acts.find(({ act }) => act === asked);
  const carryOut = (action: Act) =>
    bulk.mutate(
      { action, of: selection.all ? { filter } : { ids: [...selection.ids] }, expectedCount: n },
      {
        onSuccess: ({ changed, skipped }) => {
          close();
          selection.clear();
          const left = skipped === 0 ? '' : ` ${count(skipped, 'contact was', 'contacts were')} left as they were.`;
          notify(`${count(changed, 'contact was', 'contacts were')} changed.${left}`);
        },
      },
    );
  return (
    <Paper withBorder px="sm" py={6} role="region" aria-label="Chosen contacts">
      <Group gap="xs">
        <Text size="sm" fw={500}>
          {count(n, 'contact')} chosen
        </Text>
        {!selection.all && n < total && (
          <Button variant="subtle" size="compact-sm" onClick={selection.chooseAll}>
            Choose all {total.toLocaleString('en')}
          </Button>
        )}
        {acts.map(({ act, label }) => (
          <Action key={act} variant="default" size="compact-sm" denied={denied} onClick={() => setAsked(act)}>
            {label}
          </Action>
        ))}
        <Button variant="subtle" size="compact-sm" ml="auto" onClick={selection.clear}>
          Choose none
        </Button>
      </Group>
      {question !== undefined && (
        <Confirm
          opened
          onClose={close}
          title={`${question.label} ${count(n, 'contact')}?`}
          act={`${question.label} ${count(n, 'contact')}`}
          grave={question.grave}
          busy={bulk.isPending}
          error={bulk.error}
          onConfirm={() => carryOut(question.act)}
        >
          <Text size="sm">
            {question.effect} Those to which it is not allowed, or would change nothing, are left as they are.
          </Text>
          {bulk.error instanceof Problem && bulk.error.code === 'count_changed' && (
            <Text size="sm">More or fewer match by now. Close this, look at the number again, and repeat it.</Text>
          )}
        </Confirm>
      )}
    </Paper>
  );
}
