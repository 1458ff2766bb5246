import { Group, Radio, Select, Stack, Switch, TextInput } from '@mantine/core';
import { DateInput, DateTimePicker } from '@mantine/dates';

import { modes } from '../display/campaignNames';
import { instantOf, wallOf } from '../time/wall';
import { inZones } from '../time/words';
import { useNow } from '../time/now';
import { faults, type Form } from './edits';
import { regionName, zonesWith } from './places';

/** When the campaign runs, and what lets its outreaches go. */
export function ScheduleStep({ form }: { form: Form }) {
  const { values, set, campaign } = form;
  return (
    <Stack>
      <Group grow align="flex-start" preventGrowOverflow={false}>
        <Select
          label="Time zone"
          searchable
          limit={60}
          data={zonesWith(values.timezone)}
          allowDeselect={false}
          value={values.timezone}
          onChange={(zone) => set('timezone', zone ?? values.timezone)}
          {...faults(
            form,
            '/timezone',
            'The dates of the campaign are its; contacts without a zone of their own have it too.',
          )}
        />
        <TextInput
          label="Region of phone numbers"
          maxLength={2}
          value={values.defaultRegion}
          onChange={(event) => set('defaultRegion', event.currentTarget.value.toUpperCase())}
          {...faults(
            form,
            '/defaultRegion',
            `Two letters. National numbers are read in it: ${regionName(values.defaultRegion)}.`,
          )}
        />
      </Group>
      <Group grow align="flex-start" preventGrowOverflow={false}>
        <DateInput
          label="Start date"
          clearable={!form.readOnly}
          valueFormat="D MMM YYYY"
          value={values.startDate}
          onChange={(date) => set('startDate', date)}
          {...faults(form, '/startDate', 'Nothing goes before it. Empty: at once.')}
        />
        <DateInput
          label="End date"
          clearable={!form.readOnly}
          valueFormat="D MMM YYYY"
          value={values.endDate}
          onChange={(date) => set('endDate', date)}
          {...faults(form, '/endDate', 'Its last day; unfinished contacts are completed after it. Empty: open-ended.')}
        />
      </Group>
      <Radio.Group
        label="Execution mode"
        value={values.executionMode}
        onChange={(mode) => set('executionMode', mode)}
        {...faults(form, '/executionMode')}
      >
        <Stack gap="xs" mt={6}>
          {(['automatic', 'scheduled', 'manual'] as const).map((mode) => (
            <Radio
              key={mode}
              value={mode}
              disabled={form.readOnly}
              label={modes[mode].label}
              description={modes[mode].meaning}
            />
          ))}
        </Stack>
      </Radio.Group>
      {values.executionMode === 'scheduled' && <ScheduledAt form={form} />}
      {campaign.status === 'draft' && (
        <Switch
          label="Manual review"
          checked={values.manualReview}
          disabled={form.readOnly}
          onChange={(event) => set('manualReview', event.currentTarget.checked)}
          {...faults(
            form,
            '/manualReview',
            'Each outreach waits until somebody approves it. May be switched at any time.',
          )}
        />
      )}
    </Stack>
  );
}

/** The time is the campaign's clock's. */
function ScheduledAt({ form }: { form: Form }) {
  const { values, set } = form;
  const now = useNow();
  const at = values.scheduledAt === null ? null : new Date(values.scheduledAt);
  return (
    <DateTimePicker
      label="First outreaches go at"
      valueFormat="D MMM YYYY HH:mm"
      clearable={!form.readOnly}
      value={at === null ? null : wallOf(at, values.timezone)}
      onChange={(wall) => set('scheduledAt', wall === null ? null : isoOf(instantOf(wall, values.timezone)))}
      {...faults(
        form,
        '/scheduledAt',
        at === null ? `By the clock of ${values.timezone}.` : inZones(at, values.timezone, now),
      )}
    />
  );
}

/** As the API writes times, so that one that is set as it was is no change. */
function isoOf(at: Date): string {
  return at.toISOString().replace('.000Z', 'Z');
}
