import { Stack, Textarea } from '@mantine/core';

import { faults, type Form } from './edits';

/** What the AI is to achieve, and how. */
export function ObjectiveStep({ form }: { form: Form }) {
  const { values, set } = form;
  return (
    <Stack>
      <Textarea
        label="Objective"
        autosize
        minRows={4}
        maxRows={14}
        maxLength={10_000}
        placeholder="Invite customers to book their spring check-up."
        value={values.objective}
        onChange={(event) => set('objective', event.currentTarget.value)}
        {...faults(form, '/objective', 'What the AI is to achieve with each contact.')}
      />
      <Textarea
        label="Instructions"
        autosize
        minRows={6}
        maxRows={24}
        maxLength={20_000}
        placeholder="Be short and friendly. Mention the city if it is known."
        value={values.instructions}
        onChange={(event) => set('instructions', event.currentTarget.value)}
        {...faults(form, '/instructions', 'How it is to go about it: tone, facts, what it must not say.')}
      />
    </Stack>
  );
}
