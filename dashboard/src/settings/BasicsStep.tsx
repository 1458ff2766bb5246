import { NumberInput, Radio, Stack, TextInput } from '@mantine/core';

import { faults, type Form } from './edits';

/** Name and type, and how often each contact is tried. */
export function BasicsStep({ form }: { form: Form }) {
  const { values, set, campaign, readOnly } = form;
  const fixed = campaign.status !== 'draft';
  return (
    <Stack>
      <TextInput
        label="Name"
        required
        maxLength={200}
        value={values.name}
        onChange={(event) => set('name', event.currentTarget.value)}
        {...faults(form, '/name', 'Shown to staff only.')}
      />
      <Radio.Group
        label="Type"
        value={values.type}
        onChange={(type) => set('type', type)}
        {...faults(form, '/type', fixed ? 'Fixed since the campaign went live.' : undefined)}
      >
        <Stack gap="xs" mt={6}>
          <Radio
            value="one_time"
            disabled={fixed || readOnly}
            label="One-time"
            description="One outreach for each contact."
          />
          <Radio
            value="follow_up"
            disabled={fixed || readOnly}
            label="Follow-up"
            description="Further attempts until the contact has replied as hoped, or the attempts are used."
          />
        </Stack>
      </Radio.Group>
      {values.type === 'follow_up' && (
        <>
          <NumberInput
            label="Attempts at most"
            min={1}
            max={100}
            allowDecimal={false}
            value={values.maxAttempts}
            onChange={(value) => set('maxAttempts', Number(value))}
            {...faults(form, '/maxAttempts', 'Outreaches for each contact, over all channels.')}
          />
          <NumberInput
            label="Hours between attempts"
            min={0}
            max={2160}
            allowDecimal={false}
            value={values.minHoursBetweenAttempts}
            onChange={(value) => set('minHoursBetweenAttempts', Number(value))}
            {...faults(form, '/minHoursBetweenAttempts', 'At least; the AI may plan the next one later.')}
          />
        </>
      )}
    </Stack>
  );
}
