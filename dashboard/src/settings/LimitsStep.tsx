import { Group, NumberInput, Stack, Switch } from '@mantine/core';

import { faults, type Form } from './edits';

/** How often an address is contacted at most, and when the campaign pauses itself. */
export function LimitsStep({ form }: { form: Form }) {
  const { frequencyCap: cap, guardrails } = form.values;
  const set = (changes: Partial<typeof guardrails>) => form.set('guardrails', { ...guardrails, ...changes });
  return (
    <Stack>
      <Switch
        label="Frequency cap"
        checked={cap !== null}
        disabled={form.readOnly}
        onChange={(event) => form.set('frequencyCap', event.currentTarget.checked ? { count: 3, days: 7 } : null)}
        description="At most so many outreaches to an address in so many days, those of all campaigns together."
      />
      {cap !== null && (
        <Group grow align="flex-start">
          <NumberInput
            label="Outreaches"
            min={1}
            allowDecimal={false}
            value={cap.count ?? 0}
            onChange={(count) => form.set('frequencyCap', { ...cap, count: Number(count) })}
            {...faults(form, '/frequencyCap/count')}
          />
          <NumberInput
            label="in days"
            min={1}
            allowDecimal={false}
            value={cap.days ?? 0}
            onChange={(days) => form.set('frequencyCap', { ...cap, days: Number(days) })}
            {...faults(form, '/frequencyCap/days')}
          />
        </Group>
      )}
      <Group grow align="flex-start" preventGrowOverflow={false}>
        <NumberInput
          label="Bounces at most"
          suffix=" %"
          min={0}
          max={100}
          decimalScale={2}
          value={guardrails.bouncePercent ?? 0}
          onChange={(value) => set({ bouncePercent: Number(value) })}
          {...faults(form, '/guardrails/bouncePercent', 'At more the campaign pauses itself.')}
        />
        <NumberInput
          label="Complaints at most"
          suffix=" %"
          min={0}
          max={100}
          decimalScale={2}
          value={guardrails.complaintPercent ?? 0}
          onChange={(value) => set({ complaintPercent: Number(value) })}
          {...faults(form, '/guardrails/complaintPercent', 'At more the campaign pauses itself.')}
        />
        <NumberInput
          label="Counted from"
          suffix=" outreaches"
          min={1}
          allowDecimal={false}
          value={guardrails.minSends ?? 0}
          onChange={(value) => set({ minSends: Number(value) })}
          {...faults(form, '/guardrails/minSends', 'Before so many were sent, percentages say little.')}
        />
      </Group>
    </Stack>
  );
}
