import { Button, Group, SimpleGrid, Stack, Text, Textarea, TextInput, Title } from '@mantine/core';
import { useSessionStorage } from '@mantine/hooks';
import { useState } from 'react';

import { Problem } from '../api/problem';
import { useOneClick, useSandboxAnswer, type SandboxAnswer, type SandboxMessage } from '../api/sandbox';
import { Action } from '../display/Action';
import { Failed } from '../display/Failed';
import { notify } from '../frame/notify';
import { useDenied } from '../session/may';
import { isOn, oneClickPathOf } from './message';

/** Where one answers as the contact, in all ways in which the contact could. */
export function AnswerBox({ message }: { message: SandboxMessage }) {
  const denied = useDenied('operator');
  return (
    <Stack gap="sm">
      <Title order={3} size="h5">
        Answer as the contact
      </Title>
      {isOn(message) && <OnThePhone message={message} denied={denied} />}
      <Written message={message} denied={denied} />
    </Stack>
  );
}

interface Props {
  message: SandboxMessage;
  denied: string | undefined;
}

/** An answer by mail, or a text: also to whoever called. What is typed is kept until it is sent. */
function Written({ message, denied }: Props) {
  const [text, setText, forget] = useSessionStorage({
    key: `sandbox-answer-${message.id}`,
    defaultValue: '',
    getInitialValueInEffect: false,
  });
  const answer = useSandboxAnswer(message.id);
  const mail = message.channel === 'email';
  const call = message.channel === 'phone';
  const label = mail ? 'Answer by e-mail' : call ? 'A text from the contact’s phone' : 'Answer by text';
  const send = (given: string, then?: () => void) =>
    answer.mutate(
      { text: given },
      {
        onSuccess: () => {
          then?.();
          notify('The answer is on its way to Beckon.');
        },
      },
    );
  return (
    <>
      <Textarea
        label={label}
        autosize
        minRows={mail ? 4 : 2}
        maxRows={12}
        value={text}
        readOnly={denied !== undefined}
        error={answer.error instanceof Problem ? answer.error.at('/text') : undefined}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      {answer.error !== null && (
        <Failed title="The answer was not sent. What you typed is kept." error={answer.error} />
      )}
      <Group justify="flex-end" gap="xs">
        {mail && <Unsubscribe message={message} denied={denied} />}
        {!mail && (
          <Action variant="default" denied={denied} disabled={answer.isPending} onClick={() => send('STOP')}>
            Text STOP
          </Action>
        )}
        <Action
          denied={denied ?? (text.trim() === '' ? 'Type an answer first.' : undefined)}
          loading={answer.isPending}
          onClick={() => send(text, forget)}
        >
          {mail ? 'Send the answer' : 'Send the text'}
        </Action>
      </Group>
    </>
  );
}

/** Does what the button of a mail program does. */
function Unsubscribe({ message, denied }: Props) {
  const path = oneClickPathOf(message.headers);
  const click = useOneClick();
  if (path === undefined) return null;
  return (
    <>
      {click.error !== null && <Failed title="Not unsubscribed" error={click.error} />}
      <Action
        variant="default"
        denied={denied}
        loading={click.isPending}
        title="Posts to the link in the header List-Unsubscribe"
        onClick={() => click.mutate(path, { onSuccess: () => notify('The contact has unsubscribed.') })}
      >
        Unsubscribe
      </Action>
    </>
  );
}

const keys = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#'];

/** Keys and spoken words, while the call is on. */
function OnThePhone({ message, denied }: Props) {
  const [words, setWords] = useState('');
  const answer = useSandboxAnswer(message.id);
  const send = (given: SandboxAnswer) => answer.mutate(given, { onSuccess: () => setWords('') });
  return (
    <>
      <Text size="sm" role="status">
        {message.status === 'in_progress'
          ? 'The contact is on the phone. The call listens for some seconds, then it ends.'
          : 'The phone rings; what you press or say is heard once the call listens.'}
      </Text>
      <SimpleGrid cols={3} spacing={6} w={180} role="group" aria-label="Keys of the phone">
        {keys.map((key) => (
          <Button
            key={key}
            variant="default"
            size="xs"
            disabled={denied !== undefined || answer.isPending}
            aria-label={`Press ${key}`}
            onClick={() => send({ digits: key })}
          >
            {key}
          </Button>
        ))}
      </SimpleGrid>
      <Group gap="xs" align="flex-end">
        <TextInput
          label="What the contact says"
          flex={1}
          miw={180}
          value={words}
          readOnly={denied !== undefined}
          onChange={(event) => setWords(event.currentTarget.value)}
        />
        <Action
          variant="default"
          denied={denied ?? (words.trim() === '' ? 'Type the words first.' : undefined)}
          loading={answer.isPending}
          onClick={() => send({ speech: words })}
        >
          Say it
        </Action>
      </Group>
      {answer.error !== null && <Failed title="It was not heard" error={answer.error} />}
    </>
  );
}
