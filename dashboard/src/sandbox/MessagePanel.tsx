import { ActionIcon, Box, Divider, Group, Stack, Text, Title } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';

import { Problem } from '../api/problem';
import { sandboxMessageQuery, type SandboxMessage } from '../api/sandbox';
import { ChannelIcon, channels } from '../display/Channel';
import { count } from '../display/count';
import { Failed } from '../display/Failed';
import { Moment } from '../display/Moment';
import { Status } from '../display/Status';
import { LoadingRows } from '../frame/Loading';
import { TextLink } from '../frame/links';
import { AnswerBox } from './AnswerBox';
import { FactTable, type Fact } from './FactTable';
import { MailView } from './MailView';
import { answerOf, sandboxStatuses } from './message';
import classes from './MessagePanel.module.css';

interface Props {
  id: string;
  onClose: () => void;
}

/** One message as its contact sees it, what they answered, and where one answers as them. */
export function MessagePanel({ id, onClose }: Props) {
  const { data: message, error, refetch } = useQuery(sandboxMessageQuery(id));
  const gone = error instanceof Problem && error.status === 404;
  return (
    <Stack gap="md" p="md">
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Title order={2} size="h4" style={{ overflowWrap: 'anywhere' }} dir="auto">
          {message === undefined ? 'Message' : (message.subject ?? `${nouns[message.channel]} to ${message.to}`)}
        </Title>
        <ActionIcon variant="subtle" color="gray" aria-label="Close the message" onClick={onClose}>
          <IconX size={18} aria-hidden />
        </ActionIcon>
      </Group>
      {message === undefined && error === null && <LoadingRows rows={6} />}
      {error !== null && (
        <Failed
          title={gone ? 'There is no such message any more' : 'The message could not be shown anew'}
          error={error}
          onRetry={gone ? undefined : () => void refetch()}
        />
      )}
      {message !== undefined && !gone && (
        <>
          <Facts message={message} />
          <What message={message} />
          <Answers message={message} />
          <Divider />
          <AnswerBox message={message} />
        </>
      )}
    </Stack>
  );
}

const nouns = { email: 'E-mail', text: 'Text', phone: 'Call' } as const;

function Facts({ message }: { message: SandboxMessage }) {
  const { channel, to, from, replyTo, status, receivedAt } = message;
  const facts: Fact[] = [
    ['From', from],
    [
      'To',
      <TextLink key="to" to="/sandbox" search={{ search: to }} inherit title="Everything to this address">
        {to}
      </TextLink>,
    ],
  ];
  if (channel === 'email' && replyTo !== from) facts.push(['Answers go to', replyTo]);
  return (
    <Stack gap={6}>
      <Group gap="xs">
        <ChannelIcon channel={channel} named />
        <Status look={sandboxStatuses[status]} />
        <Text size="sm" c="dimmed">
          <Moment at={receivedAt} />
        </Text>
      </Group>
      <FactTable facts={facts} />
    </Stack>
  );
}

/** A mail as a mail, a text as a bubble, a call as what was heard. */
function What({ message }: { message: SandboxMessage }) {
  const { channel, text, segments, voicemailText, status } = message;
  if (channel === 'email') return <MailView message={message} />;
  if (channel === 'text')
    return (
      <Stack gap={4}>
        <Box className={classes.bubble} dir="auto">
          {text}
        </Box>
        {segments !== null && (
          <Text size="xs" c="dimmed">
            {count(segments, 'segment')}, {count((text ?? '').length, 'character')}
          </Text>
        )}
      </Stack>
    );
  return (
    <Stack gap="xs" className={classes.call}>
      <Heard label="What the contact hears" text={text} />
      {voicemailText !== null && <Heard label="What their answering machine recorded" text={voicemailText} />}
      {text === null && voicemailText === null && (
        <Text size="sm" c="dimmed">
          {status === 'queued' || status === 'ringing' ? 'The phone rings.' : 'Nothing was said.'}
        </Text>
      )}
    </Stack>
  );
}

function Heard({ label, text }: { label: string; text: string | null }) {
  if (text === null) return null;
  return (
    <div>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <Box className={classes.text} dir="auto">
        {text}
      </Box>
    </div>
  );
}

function Answers({ message: { replies, channel } }: { message: SandboxMessage }) {
  if (replies.length === 0) return null;
  return (
    <Stack gap="xs">
      <Title order={3} size="h5">
        Answers
      </Title>
      <ol className={classes.answers} aria-label={`Answers to the ${channels[channel].noun}`}>
        {replies.map((reply) => (
          <li key={reply.id}>
            <Box className={classes.answer} dir="auto">
              {answerOf(reply)}
            </Box>
            <Text size="xs" c="dimmed" ta="right">
              <Moment at={reply.at} />
            </Text>
          </li>
        ))}
      </ol>
    </Stack>
  );
}
