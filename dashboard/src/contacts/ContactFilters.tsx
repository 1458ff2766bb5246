import { CloseButton, Group, Select, Text, TextInput } from '@mantine/core';
import { IconSearch, IconUserPlus } from '@tabler/icons-react';

import type { Campaign, Channel, ContactStatus, WaitingReason } from '../api/types';
import { Action } from '../display/Action';
import { allChannels, channels } from '../display/Channel';
import { contactStatuses, contactStatusOrder } from '../display/contactStatus';
import { waitingReasons } from '../display/waiting';
import { useTyped } from '../frame/typed';
import { useDenied } from '../session/may';
import type { ContactsSearch } from './search';

interface Props {
  search: ContactsSearch;
  onChange: (changes: Partial<ContactsSearch>) => void;
  onAdd: () => void;
  campaign: Campaign | undefined;
  found: string | undefined;
}

const statusOptions = contactStatusOrder.map((value) => ({ value, label: contactStatuses[value].label }));
const waitingOptions = Object.entries(waitingReasons).map(([value, label]) => ({ value, label }));

/** Search as you type, filters, and the way to add contacts. */
export function ContactFilters({ search, onChange, onAdd, campaign, found }: Props) {
  const [typed, setTyped] = useTyped(search.search ?? '', (text) =>
    onChange({ search: text === '' ? undefined : text }),
  );
  const role = useDenied('operator');
  const denied = role ?? (campaign?.status === 'archived' ? 'Nobody can be added to an archived campaign.' : undefined);
  return (
    <Group gap="xs">
      <TextInput
        aria-label="Search contacts"
        placeholder="Name, e-mail or phone"
        leftSection={<IconSearch size={16} aria-hidden />}
        rightSection={typed !== '' && <CloseButton size="sm" aria-label="Clear search" onClick={() => setTyped('')} />}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        w={{ base: '100%', xs: 220 }}
      />
      <Select
        aria-label="Status"
        placeholder="Status"
        w={150}
        clearable
        data={statusOptions}
        value={search.status ?? null}
        onChange={(status: ContactStatus | null) => onChange({ status: status ?? undefined })}
      />
      <Select
        aria-label="Waits for"
        placeholder="Waits for"
        w={150}
        clearable
        data={waitingOptions}
        value={search.waiting ?? null}
        onChange={(waiting) => onChange({ waiting: (waiting ?? undefined) as WaitingReason | undefined })}
      />
      <Select
        aria-label="Channel of the next outreach"
        placeholder="Channel"
        w={110}
        clearable
        data={allChannels.map((value) => ({ value, label: channels[value].label }))}
        value={search.channel ?? null}
        onChange={(channel: Channel | null) => onChange({ channel: channel ?? undefined })}
      />
      <Text c="dimmed" size="sm" ml="auto" role="status">
        {found}
      </Text>
      <Action denied={denied} leftSection={<IconUserPlus size={16} aria-hidden />} onClick={onAdd}>
        Add contacts
      </Action>
    </Group>
  );
}
