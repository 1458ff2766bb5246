import { expect, test } from 'vitest';

import { stepOf, steps } from './fields';

test('what is wrong is shown in the step that edits it', () => {
  expect(stepOf('/sender/fromEmail')).toBe('channels');
  expect(stepOf('/windows/text/0/start')).toBe('windows');
  expect(stepOf('/guardrails')).toBe('limits');
  expect(stepOf('/consent/attestedBy')).toBeUndefined();
  expect(stepOf('/')).toBeUndefined();
});

test('no field is in two steps', () => {
  const fields = steps.flatMap((step) => step.fields);
  expect(new Set(fields).size).toBe(fields.length);
});
