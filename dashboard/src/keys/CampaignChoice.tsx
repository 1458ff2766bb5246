import { MultiSelect } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { campaignsQuery } from '../api/campaigns';

interface Props {
  /** Ids with names. */
  value: ReadonlyMap<string, string>;
  onChange: (chosen: Map<string, string>) => void;
  error?: string | undefined;
}

/** Campaigns, found by their names as one types. */
export function CampaignChoice({ value, onChange, error }: Props) {
  const [search, setSearch] = useState('');
  const [asked] = useDebouncedValue(search.trim(), 250);
  const { data } = useQuery({
    ...campaignsQuery({ tab: 'current', perPage: 50, search: asked === '' ? undefined : asked }),
    refetchInterval: false,
  });
  const names = new Map([...value, ...(data?.data ?? []).map(({ id, name }): [string, string] => [id, name])]);
  return (
    <MultiSelect
      label="Campaigns"
      description="The key sees and does nothing of others. Empty: all campaigns, those to come too."
      placeholder={value.size === 0 ? 'All campaigns' : undefined}
      searchable
      clearable
      maxValues={100}
      searchValue={search}
      onSearchChange={setSearch}
      // The server has searched.
      filter={({ options }) => options}
      nothingFoundMessage="No campaign is called so"
      data={[...names].map(([id, label]) => ({ value: id, label }))}
      value={[...value.keys()]}
      error={error}
      onChange={(ids) => onChange(new Map(ids.map((id) => [id, names.get(id) ?? id])))}
    />
  );
}
