import { Group, Pill, Select } from '@mantine/core';
import { DatePickerInput } from '@mantine/dates';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { actorsQuery } from '../api/audit';
import { campaignQuery, campaignsQuery } from '../api/campaigns';
import type { AuditSearch } from './search';
import { actorKinds, allAuditActions, auditActions } from './words';

interface Props {
  search: AuditSearch;
  onChange: (changes: Partial<AuditSearch>) => void;
}

/** By what the log is narrowed: what, who, campaign, days, and a contact where a row or a link chose one. */
export function AuditFilters({ search, onChange }: Props) {
  return (
    <>
      <Group gap="xs">
        <Select
          aria-label="What was done"
          placeholder="What was done"
          searchable
          clearable
          clearButtonProps={{ 'aria-label': 'Anything' }}
          w={{ base: '100%', xs: 220 }}
          data={allAuditActions.map((value) => ({ value, label: auditActions[value] }))}
          value={search.action ?? null}
          onChange={(action) => onChange({ action: action ?? undefined })}
        />
        <Who value={search.by} onChange={(by) => onChange({ by })} />
        <CampaignFilter value={search.campaign} onChange={(campaign) => onChange({ campaign })} />
        <DatePickerInput
          type="range"
          aria-label="Days"
          placeholder="Days"
          clearable
          allowSingleDateInRange
          clearButtonProps={{ 'aria-label': 'All days' }}
          w={{ base: '100%', xs: 230 }}
          valueFormat="D MMM YYYY"
          value={[search.from ?? null, search.to ?? null]}
          onChange={([from, to]) => onChange({ from: from ?? undefined, to: to ?? undefined })}
        />
      </Group>
      {search.contact !== undefined && (
        <Group>
          <Pill
            withRemoveButton
            size="md"
            onRemove={() => onChange({ contact: undefined })}
            removeButtonProps={{
              'aria-label': 'Remove filter One contact',
              'aria-hidden': false,
              tabIndex: 0,
            }}
          >
            One contact
          </Pill>
        </Group>
      )}
    </>
  );
}

/** Users and keys by their names, and all of a kind. Who has been deleted is found by a click in the log. */
function Who({ value, onChange }: { value: string | undefined; onChange: (by: string | undefined) => void }) {
  const { data } = useQuery(actorsQuery);
  const kinds = Object.entries(actorKinds).map(([kind, { all }]) => ({ value: kind, label: all }));
  const users = (data?.users ?? []).map(({ id, name, email }) => ({ value: id, label: `${name} (${email})` }));
  const keys = (data?.keys ?? []).map(({ id, name }) => ({ value: id, label: `${name} (API key)` }));
  const known = [...kinds, ...users, ...keys].some((one) => one.value === value);
  const groups = [
    { group: 'All of a kind', items: kinds },
    ...(users.length > 0 ? [{ group: 'Users', items: users }] : []),
    ...(keys.length > 0 ? [{ group: 'API keys', items: keys }] : []),
    ...(value !== undefined && !known ? [{ group: 'Others', items: [{ value, label: 'Somebody who is gone' }] }] : []),
  ];
  return (
    <Select
      aria-label="Who"
      placeholder="Who"
      searchable
      clearable
      clearButtonProps={{ 'aria-label': 'Anybody' }}
      limit={100}
      w={{ base: '100%', xs: 230 }}
      data={groups}
      value={value ?? null}
      onChange={(by) => onChange(by ?? undefined)}
    />
  );
}

/** A campaign, current or archived, found by its name as one types. */
function CampaignFilter({
  value,
  onChange,
}: {
  value: string | undefined;
  onChange: (campaign: string | undefined) => void;
}) {
  const [search, setSearch] = useState('');
  const [asked] = useDebouncedValue(search.trim(), 250);
  const chosen = useQuery({ ...campaignQuery(value ?? ''), enabled: value !== undefined, refetchInterval: false });
  // What stands in the field while nobody types is the name of the one that is chosen.
  const typed = asked === '' || asked === chosen.data?.name ? undefined : asked;
  const query = { perPage: 25, search: typed };
  const current = useQuery({ ...campaignsQuery({ ...query, tab: 'current' }), refetchInterval: false });
  const archived = useQuery({ ...campaignsQuery({ ...query, tab: 'archived' }), refetchInterval: false });
  const names = new Map<string, string>();
  if (value !== undefined) names.set(value, chosen.data?.name ?? 'One campaign');
  for (const { id, name } of [...(current.data?.data ?? []), ...(archived.data?.data ?? [])]) names.set(id, name);
  return (
    <Select
      aria-label="Campaign"
      placeholder="Campaign"
      searchable
      clearable
      clearButtonProps={{ 'aria-label': 'Any campaign' }}
      w={{ base: '100%', xs: 220 }}
      searchValue={search}
      onSearchChange={setSearch}
      // The server has searched.
      filter={({ options }) => options}
      nothingFoundMessage="No campaign is called so"
      data={[...names].map(([id, label]) => ({ value: id, label }))}
      value={value ?? null}
      onChange={(campaign) => onChange(campaign ?? undefined)}
    />
  );
}
