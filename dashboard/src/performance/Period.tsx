import { Button, Group, Text } from '@mantine/core';
import { DatePickerInput } from '@mantine/dates';
import { IconCalendar, IconDownload } from '@tabler/icons-react';

import { Moment } from '../display/Moment';
import { useNow } from '../time/now';
import { wallOf } from '../time/wall';
import { csvUrl } from './figures';
import type { PerformanceSearch } from './search';

interface Props {
  campaignId: string;
  zone: string | undefined;
  search: PerformanceSearch;
  asOf: string | undefined;
  onChange: (period: PerformanceSearch) => void;
}

const day = 24 * 3_600_000;

/** Which days are looked at, how old the figures are, and the way to have them as a file. */
export function Period({ campaignId, zone = 'UTC', search, asOf, onChange }: Props) {
  const now = useNow();
  const back = (days: number) => wallOf(new Date(now.getTime() - days * day), zone).slice(0, 10);
  const last = (days: number) => ({ value: [back(days - 1), back(0)] as [string, string], label: `Last ${days} days` });
  return (
    <Group gap="xs">
      <DatePickerInput
        type="range"
        aria-label="Days"
        placeholder="All days"
        w={{ base: '100%', xs: 260 }}
        valueFormat="D MMM YYYY"
        leftSection={<IconCalendar size={16} aria-hidden />}
        clearable
        clearButtonProps={{ 'aria-label': 'All days' }}
        allowSingleDateInRange
        presets={[last(7), last(30), last(90)]}
        value={[search.from ?? null, search.to ?? null]}
        onChange={([from, to]) => onChange({ from: from ?? undefined, to: to ?? undefined })}
      />
      {asOf !== undefined && (
        <Text size="sm" c="dimmed" ml="auto">
          Counted <Moment at={asOf} />
        </Text>
      )}
      <Button
        component="a"
        href={csvUrl(campaignId, search)}
        download="performance.csv"
        variant="default"
        ml={asOf === undefined ? 'auto' : undefined}
        leftSection={<IconDownload size={16} aria-hidden />}
      >
        CSV
      </Button>
    </Group>
  );
}
