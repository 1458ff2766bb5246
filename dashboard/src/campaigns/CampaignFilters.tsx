import { CloseButton, Group, Pill, Select, Text, TextInput } from '@mantine/core';
import { DatePickerInput } from '@mantine/dates';
import { IconSearch } from '@tabler/icons-react';
import type { ReactNode } from 'react';

import { campaignStatuses } from '../display/campaignStatus';
import { allChannels, channels } from '../display/Channel';
import { useTyped } from '../frame/typed';
import { calendarDay } from '../time/words';
import type { CampaignsSearch } from './search';

interface Props {
  search: CampaignsSearch;
  onChange: (changes: Partial<CampaignsSearch>) => void;
  found: string | undefined;
}

const statuses = ['draft', 'active', 'paused'] as const;

/** Search as you type, and filters, which stand as chips that can be taken away. */
export function CampaignFilters({ search, onChange, found }: Props) {
  const [typed, setTyped] = useTyped(search.search ?? '', (text) =>
    onChange({ search: text === '' ? undefined : text }),
  );
  return (
    <>
      <Group gap="xs">
        <TextInput
          aria-label="Search campaigns"
          placeholder="Search by name"
          leftSection={<IconSearch size={16} aria-hidden />}
          rightSection={
            typed !== '' && <CloseButton size="sm" aria-label="Clear search" onClick={() => setTyped('')} />
          }
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          w={{ base: '100%', xs: 260 }}
        />
        {search.tab !== 'archived' && (
          <Select
            aria-label="Status"
            placeholder="Status"
            w={130}
            data={statuses.map((value) => ({ value, label: campaignStatuses[value].label }))}
            value={search.status ?? null}
            onChange={(status) => onChange({ status: status ?? undefined })}
          />
        )}
        <Select
          aria-label="Channel"
          placeholder="Channel"
          w={130}
          data={allChannels.map((value) => ({ value, label: channels[value].label }))}
          value={search.channel ?? null}
          onChange={(channel) => onChange({ channel: channel ?? undefined })}
        />
        <DatePickerInput
          type="range"
          aria-label="Created"
          placeholder="Created"
          w={{ base: 180, xs: 220 }}
          valueFormat="D MMM YYYY"
          value={[search.from ?? null, search.to ?? null]}
          onChange={([from, to]) => onChange({ from: from ?? undefined, to: to ?? undefined })}
        />
        <Text c="dimmed" size="sm" ml="auto" role="status">
          {found}
        </Text>
      </Group>
      <Chips search={search} onChange={onChange} />
    </>
  );
}

function Chips({ search, onChange }: Omit<Props, 'found'>) {
  const chips: ReactNode[] = [];
  const add = (words: string, without: Partial<CampaignsSearch>) =>
    chips.push(
      <Pill
        key={words}
        withRemoveButton
        size="md"
        onRemove={() => onChange(without)}
        removeButtonProps={{ 'aria-label': `Remove filter ${words}`, 'aria-hidden': false, tabIndex: 0 }}
      >
        {words}
      </Pill>,
    );
  if (search.status) add(campaignStatuses[search.status].label, { status: undefined });
  if (search.channel) add(channels[search.channel].label, { channel: undefined });
  if (search.from) add(`Created from ${calendarDay(search.from)}`, { from: undefined });
  if (search.to) add(`Created to ${calendarDay(search.to)}`, { to: undefined });
  if (chips.length === 0) return null;
  return <Group gap={6}>{chips}</Group>;
}
