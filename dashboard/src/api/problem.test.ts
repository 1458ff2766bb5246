import { expect, test } from 'vitest';

import { answerOf } from './client';
import { detailAt, explain, Problem, sentence, Unreachable } from './problem';

test('details become sentences', () => {
  expect(sentence('choose at least one channel')).toBe('Choose at least one channel.');
  expect(sentence('It is done.')).toBe('It is done.');
  expect(sentence(' ')).toBe('');
});

test('a problem is found at its pointer and above it, and nowhere else', () => {
  const errors = [
    { pointer: '/windows/text/0/start', code: 'format', detail: 'not a time' },
    { pointer: '/windows/textual', code: 'format', detail: 'nonsense' },
  ];
  expect(detailAt(errors, '/windows/text')).toBe('Not a time.');
  expect(detailAt(errors, '/windows/text/0/start')).toBe('Not a time.');
  expect(detailAt(errors, '/windows/email')).toBeUndefined();
});

const response = (status: number) => new Response(status === 204 ? null : '', { status });

test('an answer is given on', async () => {
  expect(await answerOf(Promise.resolve({ data: { id: '1' }, response: response(200) }))).toEqual({ id: '1' });
});

test('a refusal is thrown with what is wrong', async () => {
  const error = {
    code: 'invalid',
    detail: 'the campaign is invalid',
    errors: [{ pointer: '/name', code: 'required', detail: 'a campaign needs a name' }],
  };
  const refused = await answerOf(Promise.resolve({ error, response: response(422) })).catch((found: unknown) => found);
  expect(refused).toBeInstanceOf(Problem);
  expect((refused as Problem).at('/name')).toBe('A campaign needs a name.');
  expect(explain(refused)).toBe('The campaign is invalid (/name: a campaign needs a name).');
});

test('no answer, and a proxy’s in its place, are told apart from refusals', async () => {
  await expect(answerOf(Promise.reject(new TypeError('fetch failed')))).rejects.toBeInstanceOf(Unreachable);
  await expect(answerOf(Promise.resolve({ error: '<html>', response: response(502) }))).rejects.toBeInstanceOf(
    Unreachable,
  );
  await expect(answerOf(Promise.resolve({ error: '', response: response(404) }))).rejects.toMatchObject({
    status: 404,
  });
});
