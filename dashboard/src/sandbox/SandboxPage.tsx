import { CloseButton, Group, SegmentedControl, Stack, Text, TextInput } from '@mantine/core';
import { IconInbox, IconSearch, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';

import { installationQuery } from '../api/installation';
import { sandboxMessagesQuery, sandboxPerPage, useEmptySandbox } from '../api/sandbox';
import { Pages } from '../contacts/Pages';
import { Split } from '../contacts/Split';
import { Action } from '../display/Action';
import { allChannels, channels } from '../display/Channel';
import { Confirm } from '../display/Confirm';
import { count } from '../display/count';
import { Empty } from '../display/Empty';
import { Failed } from '../display/Failed';
import { LoadingRows } from '../frame/Loading';
import { ButtonLink } from '../frame/links';
import { Page } from '../frame/Page';
import { useTyped } from '../frame/typed';
import { useDenied } from '../session/may';
import { MessagePanel } from './MessagePanel';
import { MessageTable } from './MessageTable';
import type { SandboxSearch } from './search';

const route = getRouteApi('/frame/sandbox');

/** What contacts were sent, as they see it, and where one answers as them. Only beckon-dev has it. */
export function SandboxPage() {
  const { data, error, refetch } = useQuery(installationQuery);
  const denied = useDenied('operator');
  const [empties, setEmpties] = useState(false);
  const there = data?.sandbox === true;
  return (
    <Page
      title="Sandbox"
      beside={
        there && (
          <Text size="sm" c="dimmed">
            Nothing here has left this machine.
          </Text>
        )
      }
      actions={
        there && (
          <Action
            variant="default"
            denied={denied}
            leftSection={<IconTrash size={16} aria-hidden />}
            onClick={() => setEmpties(true)}
          >
            Empty the inbox
          </Action>
        )
      }
    >
      {data === undefined && error === null && <LoadingRows rows={8} />}
      {data === undefined && error !== null && (
        <Failed title="The sandbox could not be shown" error={error} onRetry={() => void refetch()} />
      )}
      {data?.sandbox === false && (
        <Empty
          icon={IconInbox}
          title="There is no sandbox here"
          action={<ButtonLink to="/campaigns">To the campaigns</ButtonLink>}
        >
          This Beckon sends through real providers. “make run” starts one with a sandbox, to try things out.
        </Empty>
      )}
      {there && <Inbox />}
      {empties && <EmptyInbox onClose={() => setEmpties(false)} />}
    </Page>
  );
}

function Inbox() {
  const { search, channel, page = 1, message } = route.useSearch();
  const navigate = route.useNavigate();
  const { data, error, isPlaceholderData, refetch } = useQuery(sandboxMessagesQuery(filterOf(search, channel), page));
  const filtered = search !== undefined || channel !== undefined;
  const change = (changes: Partial<SandboxSearch>) =>
    void navigate({ search: (before) => ({ ...before, page: undefined, ...changes }), replace: true });
  const open = (id: string | undefined) =>
    void navigate({ search: (before) => ({ ...before, message: id }), replace: true });
  return (
    <Split
      label="Message"
      panel={message !== undefined && <MessagePanel key={message} id={message} onClose={() => open(undefined)} />}
      onClose={() => open(undefined)}
    >
      <Stack gap="sm">
        <Filters search={search} channel={channel} onChange={change} found={data?.total} />
        {error !== null && (
          <Failed title="The inbox could not be shown anew" error={error} onRetry={() => void refetch()} />
        )}
        {data === undefined && error === null && <LoadingRows rows={8} />}
        {data !== undefined && data.data.length === 0 && (
          <Empty icon={IconInbox} title={filtered ? 'No message matches' : 'Nothing was sent yet'}>
            {filtered
              ? 'Take a filter away to see more.'
              : 'E-mails, texts and calls of live campaigns come here instead of to the contacts, and you answer as them.'}
          </Empty>
        )}
        {data !== undefined && data.data.length > 0 && (
          <MessageTable messages={data.data} opened={message} onOpen={open} stale={isPlaceholderData} />
        )}
        {data !== undefined && (
          <Pages
            page={page}
            perPage={sandboxPerPage}
            total={data.total}
            onChange={(to) => change({ page: to === 1 ? undefined : to })}
          />
        )}
      </Stack>
    </Split>
  );
}

function filterOf(search: SandboxSearch['search'], channel: SandboxSearch['channel']) {
  return { ...(search !== undefined && { search }), ...(channel !== undefined && { channel }) };
}

interface FilterProps {
  search: SandboxSearch['search'];
  channel: SandboxSearch['channel'];
  onChange: (changes: Partial<SandboxSearch>) => void;
  found: number | undefined;
}

function Filters({ search, channel, onChange, found }: FilterProps) {
  const [typed, setTyped] = useTyped(search ?? '', (text) => onChange({ search: text === '' ? undefined : text }));
  return (
    <Group gap="xs">
      <TextInput
        aria-label="Search the inbox"
        placeholder="Address, subject or text"
        leftSection={<IconSearch size={16} aria-hidden />}
        rightSection={typed !== '' && <CloseButton size="sm" aria-label="Clear search" onClick={() => setTyped('')} />}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        w={{ base: '100%', xs: 260 }}
      />
      <SegmentedControl
        aria-label="Channel"
        size="sm"
        value={channel ?? 'all'}
        onChange={(value) => onChange({ channel: value === 'all' ? undefined : value })}
        data={[
          { value: 'all' as const, label: 'All' },
          ...allChannels.map((value) => ({ value, label: channels[value].label })),
        ]}
      />
      <Text c="dimmed" size="sm" ml="auto" role="status">
        {found !== undefined && count(found, 'message')}
      </Text>
    </Group>
  );
}

function EmptyInbox({ onClose }: { onClose: () => void }) {
  const empty = useEmptySandbox();
  const navigate = route.useNavigate();
  return (
    <Confirm
      opened
      onClose={onClose}
      title="Empty the inbox?"
      act="Empty it"
      grave
      busy={empty.isPending}
      error={empty.error}
      onConfirm={() =>
        empty.mutate(undefined, {
          onSuccess: () => {
            onClose();
            void navigate({ search: {} });
          },
        })
      }
    >
      <Text size="sm">
        All messages and answers of the sandbox are deleted, and calls that are on end. What has not been reported to
        Beckon yet never will be. Beckon’s own history stays. This cannot be undone.
      </Text>
    </Confirm>
  );
}
