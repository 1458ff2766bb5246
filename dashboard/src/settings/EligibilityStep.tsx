import {
  ActionIcon,
  Autocomplete,
  Button,
  Group,
  Input,
  Select,
  Stack,
  Switch,
  TagsInput,
  Text,
  Textarea,
  TextInput,
} from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';

import type { EligibilityRule } from '../api/types';
import { faults, type Form } from './edits';

type Op = EligibilityRule['op'];

const ops: { value: Op; label: string }[] = [
  { value: 'eq', label: 'is' },
  { value: 'in', label: 'is one of' },
  { value: 'contains', label: 'contains' },
  { value: 'exists', label: 'is known' },
  { value: 'before', label: 'is before' },
  { value: 'after', label: 'is after' },
  { value: 'region', label: 'is in the region' },
];

const fields = ['firstName', 'lastName', 'email', 'phone', 'timezone'];

interface Props {
  form: Form;
  /** Whether the switch for inbound contacts stands above what it depends on. */
  inboundFirst?: boolean;
}

/** Whom the campaign contacts at all, and whether people may join it of themselves. */
export function EligibilityStep({ form, inboundFirst = false }: Props) {
  const { eligibility } = form.values;
  const rules = eligibility.rules ?? [];
  const change = (next: EligibilityRule[]) => form.set('eligibility', { ...eligibility, rules: next });
  return (
    <Stack>
      {inboundFirst && <InboundSwitch form={form} />}
      <Input.Wrapper
        label="Rules"
        labelElement="div"
        description="A contact that does not meet all of them is disqualified. Without rules everybody is eligible."
      >
        <Stack gap="xs" mt={8}>
          {rules.map((rule, place) => (
            <Rule
              key={place}
              label={`Rule ${place + 1}`}
              rule={rule}
              error={form.error(`/eligibility/rules/${place}`)}
              readOnly={form.readOnly}
              onChange={(next) => change(rules.map((other, index) => (index === place ? next : other)))}
              onRemove={() => change(rules.filter((_, index) => index !== place))}
            />
          ))}
          {!form.readOnly && (
            <Group>
              <Button
                variant="default"
                size="xs"
                leftSection={<IconPlus size={14} aria-hidden />}
                onClick={() => change([...rules, { field: '', op: 'eq', value: '' }])}
              >
                Add a rule
              </Button>
            </Group>
          )}
        </Stack>
      </Input.Wrapper>
      <Textarea
        label="Judgement of the AI"
        autosize
        minRows={3}
        placeholder="Only people who own a bicycle."
        value={eligibility.prompt ?? ''}
        onChange={(event) => {
          const prompt = event.currentTarget.value;
          form.set('eligibility', { ...eligibility, prompt: prompt === '' ? null : prompt });
        }}
        {...faults(
          form,
          '/eligibility/prompt',
          'In your own words: the AI reads it with what is known of the contact. Empty: none.',
        )}
      />
      {!inboundFirst && <InboundSwitch form={form} />}
    </Stack>
  );
}

function InboundSwitch({ form }: { form: Form }) {
  const { inbound } = form.values;
  return (
    <Switch
      label="Inbound contacts"
      checked={inbound.enabled ?? false}
      disabled={form.readOnly}
      onChange={(event) => form.set('inbound', { ...inbound, enabled: event.currentTarget.checked })}
      {...faults(
        form,
        '/inbound/enabled',
        'On: whoever texts, calls or mails of themselves, and is in no campaign, joins this one while it is active, if the rules and the judgement are met. Of several such campaigns the newest takes them. Off: nobody joins so; who joined stays.',
      )}
    />
  );
}

interface RuleProps {
  label: string;
  rule: EligibilityRule;
  error: string | undefined;
  readOnly: boolean;
  onChange: (rule: EligibilityRule) => void;
  onRemove: () => void;
}

function Rule({ label, rule, error, readOnly, onChange, onRemove }: RuleProps) {
  const many = rule.op === 'in' || rule.op === 'region';
  const changeOp = (op: Op) => {
    const values = Array.isArray(rule.value)
      ? rule.value
      : rule.value === '' || rule.value === undefined
        ? []
        : [rule.value];
    const value: unknown = op === 'exists' ? undefined : op === 'in' || op === 'region' ? values : (values[0] ?? '');
    onChange({ field: rule.field, op, value });
  };
  return (
    <div role="group" aria-label={label}>
      <Group gap="xs" align="flex-start">
        <Autocomplete
          aria-label="Field"
          placeholder="Field or property"
          w={180}
          data={fields}
          value={rule.field}
          readOnly={readOnly}
          onChange={(field) => onChange({ ...rule, field })}
        />
        <Select
          aria-label="Comparison"
          w={150}
          data={ops}
          value={rule.op}
          allowDeselect={false}
          readOnly={readOnly}
          onChange={(op) => changeOp(op ?? rule.op)}
        />
        {rule.op !== 'exists' && many && (
          <TagsInput
            aria-label="Values"
            placeholder={rule.op === 'region' ? 'US, CA, …' : 'Values'}
            w={220}
            value={Array.isArray(rule.value) ? rule.value.map(String) : []}
            readOnly={readOnly}
            onChange={(value) => onChange({ ...rule, value })}
          />
        )}
        {rule.op !== 'exists' && !many && (
          <TextInput
            aria-label="Value"
            placeholder={rule.op === 'before' || rule.op === 'after' ? 'A date or number' : 'Value'}
            w={220}
            value={textOf(rule.value)}
            readOnly={readOnly}
            onChange={(event) => onChange({ ...rule, value: event.currentTarget.value })}
          />
        )}
        {!readOnly && (
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`Remove ${label}`} onClick={onRemove}>
            <IconTrash size={16} aria-hidden />
          </ActionIcon>
        )}
      </Group>
      {error !== undefined && (
        <Text size="xs" c="var(--mantine-color-error)" mt={2}>
          {error}
        </Text>
      )}
    </div>
  );
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}
