import { ActionIcon, Button, Group, Input, Stack, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';

import type { Property } from './contactFields';

interface Props {
  properties: readonly Property[];
  onChange: (properties: Property[]) => void;
  error?: string | undefined;
}

/** Custom properties of a contact, which the AI reads and rules of eligibility may ask for. */
export function Properties({ properties, onChange, error }: Props) {
  const replace = (place: number, changes: Partial<Property>) =>
    onChange(properties.map((property, index) => (index === place ? { ...property, ...changes } : property)));
  return (
    <Input.Wrapper label="Properties" labelElement="div" error={error}>
      <Stack gap={6} mt={4}>
        {properties.map((property, place) => (
          <Group key={place} gap={6} wrap="nowrap">
            <TextInput
              aria-label={`Name of property ${place + 1}`}
              placeholder="Name"
              value={property.key}
              onChange={(event) => replace(place, { key: event.currentTarget.value })}
            />
            <TextInput
              aria-label={`Value of property ${place + 1}`}
              placeholder="Value"
              flex={1}
              value={property.value}
              onChange={(event) => replace(place, { value: event.currentTarget.value })}
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={`Remove property ${place + 1}`}
              onClick={() => onChange(properties.filter((_, index) => index !== place))}
            >
              <IconTrash size={16} aria-hidden />
            </ActionIcon>
          </Group>
        ))}
        <Group>
          <Button
            variant="default"
            size="compact-xs"
            leftSection={<IconPlus size={12} aria-hidden />}
            onClick={() => onChange([...properties, { key: '', value: '' }])}
          >
            Add a property
          </Button>
        </Group>
      </Stack>
    </Input.Wrapper>
  );
}
