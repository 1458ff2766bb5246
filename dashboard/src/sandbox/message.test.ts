import { expect, test } from 'vitest';

import { answerOf, documentOf, headerOf, isOn, oneClickPathOf, sandboxStatuses, titleOf } from './message';

const nothing = { subject: null, text: null, voicemailText: null };

test('a message is called by its subject, or by how it begins', () => {
  expect(titleOf({ ...nothing, subject: 'Hello', text: 'Text' })).toBe('Hello');
  expect(titleOf({ ...nothing, text: ' One\n\n two ' })).toBe('One two');
  expect(titleOf({ ...nothing, voicemailText: 'After the tone' })).toBe('After the tone');
  expect(titleOf({ ...nothing, text: '  ' })).toBe('Nothing was said');
  expect(titleOf({ ...nothing, text: 'x'.repeat(200) })).toHaveLength(140);
});

test('an answer is told by its kind', () => {
  expect(answerOf({ text: 'Yes', digits: null, speech: null })).toBe('Yes');
  expect(answerOf({ text: null, digits: '9', speech: null })).toBe('Pressed 9');
  expect(answerOf({ text: null, digits: null, speech: 'Stop' })).toBe('Said “Stop”');
});

test('only a call that is on, or soon is, listens', () => {
  const on = Object.keys(sandboxStatuses).filter((status) =>
    isOn({ channel: 'phone', status: status as keyof typeof sandboxStatuses }),
  );
  expect(on).toEqual(['queued', 'ringing', 'in_progress']);
  expect(isOn({ channel: 'text', status: 'queued' })).toBe(false);
});

const post = { 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' };

test.each([
  ['<http://127.0.0.1:8080/u/abc-D_9.x>', '/u/abc-D_9.x'],
  ['<mailto:u@in.example>, <https://beckon.example/u/abc>', '/u/abc'],
  ['<https://beckon.example/u/abc>, <mailto:u@in.example>', '/u/abc'],
  // What is not Beckon's is posted to by nobody.
  ['<https://beckon.example/api/v1/campaigns>', undefined],
  ['<https://beckon.example/u/../api/v1/session>', undefined],
  ['<https://beckon.example/u/a/b>', undefined],
  ['<mailto:u@in.example>', undefined],
  ['nonsense', undefined],
  ['<http://[>', undefined],
])('the link of %s is %s', (header, path) => {
  expect(oneClickPathOf({ 'list-unsubscribe': header, ...post })).toBe(path);
});

test('without its second header there is no link for mail programs', () => {
  expect(oneClickPathOf({ 'List-Unsubscribe': '<http://127.0.0.1:8080/u/abc>' })).toBeUndefined();
  expect(oneClickPathOf({})).toBeUndefined();
});

test('headers are found in any case', () => {
  expect(headerOf({ 'REPLY-to': 'a@example.com' }, 'Reply-To')).toBe('a@example.com');
  expect(headerOf({}, 'Reply-To')).toBeUndefined();
});

test('a mail is bound before it begins', () => {
  expect(documentOf('<html><script>x</script>')).toMatch(
    /^<!doctype html><meta http-equiv="Content-Security-Policy" content="default-src 'none';.*"><base target="_blank"><html>/,
  );
});
