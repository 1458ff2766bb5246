import { Anchor, Button, Group, Stack, Table, Text, TextInput, Title } from '@mantine/core';
import { IconPencil } from '@tabler/icons-react';
import { useState } from 'react';

import { useContactCall } from '../api/contacts';
import { Problem } from '../api/problem';
import type { Campaign, ContactDetail, ContactPatch } from '../api/types';
import { Action } from '../display/Action';
import { Failed } from '../display/Failed';
import { Moment } from '../display/Moment';
import { useDenied } from '../session/may';
import { fieldsOf, patchOf, type ContactFields } from './contactFields';
import { Properties } from './Properties';

const sources = { csv: 'a CSV file', email: 'e-mail', api: 'the API', manual: 'hand', inbound: 'themselves' };

/** Who the contact is, with its properties; read, or edited in place. */
export function ContactInformation({ campaign, contact }: { campaign: Campaign; contact: ContactDetail }) {
  const [editing, setEditing] = useState(false);
  const denied =
    useDenied('operator') ?? (campaign.status === 'archived' ? 'An archived campaign cannot be changed.' : undefined);
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Title order={3} size="h5">
          Information
        </Title>
        {!editing && (
          <Action
            size="compact-xs"
            variant="subtle"
            denied={denied}
            leftSection={<IconPencil size={12} aria-hidden />}
            onClick={() => setEditing(true)}
          >
            Edit
          </Action>
        )}
      </Group>
      {editing ? (
        <Edit campaignId={campaign.id} contact={contact} onClose={() => setEditing(false)} />
      ) : (
        <>
          <ContactFacts contact={contact} />
          <Text size="xs" c="dimmed">
            Added by {sources[contact.source.kind]} <Moment at={contact.createdAt} />
          </Text>
        </>
      )}
    </Stack>
  );
}

/** A contact's properties and external id. */
export function ContactFacts({ contact }: { contact: ContactDetail }) {
  const facts = Object.entries(contact.contactMetadata).map(([key, value]): [string, string] => [
    key,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  if (contact.externalIdValue !== null)
    facts.unshift([contact.externalIdKey ?? 'External id', contact.externalIdValue]);
  if (facts.length === 0)
    return (
      <Text size="sm" c="dimmed">
        No properties.
      </Text>
    );
  return (
    <Table verticalSpacing={2} horizontalSpacing={4} withRowBorders={false} highlightOnHover={false} layout="fixed">
      <Table.Tbody>
        {facts.map(([key, value]) => (
          <Table.Tr key={key}>
            <Table.Th w="40%" c="dimmed" fw={400} style={{ overflowWrap: 'anywhere', verticalAlign: 'top' }}>
              {key}
            </Table.Th>
            <Table.Td style={{ overflowWrap: 'anywhere' }} dir="auto">
              {/^https?:\/\//.test(value) ? (
                <Anchor href={value} target="_blank" rel="noreferrer" inherit>
                  {value}
                </Anchor>
              ) : (
                value
              )}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Edit({ campaignId, contact, onClose }: { campaignId: string; contact: ContactDetail; onClose: () => void }) {
  const [fields, setFields] = useState<ContactFields>(() => fieldsOf(contact));
  const call = useContactCall(campaignId, contact.id);
  const refused = call.error instanceof Problem ? call.error : null;
  const save = () => {
    const patch: ContactPatch = patchOf(contact, fields);
    if (Object.keys(patch).length === 0) {
      onClose();
      return;
    }
    call.mutate({ act: 'update', patch }, { onSuccess: onClose });
  };
  const input = (field: keyof Omit<ContactFields, 'properties'>, label: string, description?: string) => (
    <TextInput
      label={label}
      description={description}
      value={fields[field]}
      error={refused?.at(`/${field}`)}
      onChange={(event) => setFields({ ...fields, [field]: event.currentTarget.value })}
    />
  );
  return (
    <Stack gap="sm">
      <Group grow>
        {input('firstName', 'First name')}
        {input('lastName', 'Last name')}
      </Group>
      {input('email', 'E-mail')}
      {input('phone', 'Phone')}
      {input('timezone', 'Time zone', 'IANA name. Empty: as its phone number or the campaign says.')}
      <Properties
        properties={fields.properties}
        onChange={(properties) => setFields({ ...fields, properties })}
        error={refused?.at('/contactMetadata')}
      />
      {call.error !== null && <Failed title="Not saved. What you typed is kept." error={call.error} />}
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button loading={call.isPending} onClick={save}>
          Save
        </Button>
      </Group>
    </Stack>
  );
}
