import { Button, Group, Stack, TextInput } from '@mantine/core';
import { useSessionStorage } from '@mantine/hooks';

import { useAddContact } from '../api/contacts';
import { sentence } from '../api/problem';
import type { Campaign } from '../api/types';
import { Action } from '../display/Action';
import { Failed } from '../display/Failed';
import { newContactOf, noFields, type ContactFields } from './contactFields';
import { notify } from '../frame/notify';
import { useDenied } from '../session/may';
import { Properties } from './Properties';

interface Props {
  campaign: Campaign;
  onAdded: (contactId: string) => void;
}

/** Adds one contact, with properties of its own. What is typed is kept with the browser's tab until it is added or cleared. */
export function AddByHand({ campaign, onAdded }: Props) {
  const [fields, setFields, forget] = useSessionStorage<ContactFields>({
    key: `contact-of-${campaign.id}`,
    defaultValue: noFields,
    getInitialValueInEffect: false,
  });
  const denied = useDenied('operator');
  const typed = JSON.stringify(fields) !== JSON.stringify(noFields);
  const add = useAddContact(campaign.id);
  const faults = add.data?.errors ?? [];
  const fault = (field: string) => {
    const found = faults.filter((error) => error.field === field).map(({ message }) => sentence(message));
    return found.length === 0 ? undefined : found.join(' ');
  };
  const others = faults.filter(({ field }) => field === null || !(field in noFields));
  const missing =
    fields.email.trim() === '' && fields.phone.trim() === '' ? 'Give an e-mail or a phone number.' : undefined;
  const save = () =>
    add.mutate(newContactOf(fields), {
      onSuccess: ({ success, errors }) => {
        const [added] = success;
        if (added === undefined || errors.length > 0) return;
        notify(
          added.action === 'created'
            ? 'The contact is added.'
            : 'A contact with this address was known, and is updated.',
        );
        forget();
        onAdded(added.contactId);
      },
    });
  const input = (field: keyof Omit<ContactFields, 'properties'>, label: string, description?: string) => (
    <TextInput
      label={label}
      description={description}
      value={fields[field]}
      error={fault(field)}
      onChange={(event) => setFields({ ...fields, [field]: event.currentTarget.value })}
    />
  );
  return (
    <Stack gap="sm">
      <Group grow>
        {input('firstName', 'First name')}
        {input('lastName', 'Last name')}
      </Group>
      <Group grow align="flex-start">
        {input('email', 'E-mail')}
        {input('phone', 'Phone', `National numbers are read as of ${campaign.defaultRegion}.`)}
      </Group>
      {input(
        'timezone',
        'Time zone',
        'IANA name, such as America/Denver. Empty: as its phone number or the campaign says.',
      )}
      <Properties properties={fields.properties} onChange={(properties) => setFields({ ...fields, properties })} />
      {add.error !== null && <Failed title="Nobody was added. What you typed is kept." error={add.error} />}
      {add.data?.success.length === 0 && faults.length === 0 && (
        <Failed title="Nobody was added" error={new Error(add.data.message)} />
      )}
      {others.length > 0 && (
        <Failed
          title="Something was wrong"
          error={new Error(others.map(({ message }) => sentence(message)).join(' '))}
        />
      )}
      <Group justify="flex-end">
        {typed && (
          <Button
            variant="subtle"
            onClick={() => {
              forget();
              add.reset();
            }}
          >
            Clear
          </Button>
        )}
        <Action denied={denied ?? missing} loading={add.isPending} onClick={save}>
          Add the contact
        </Action>
      </Group>
    </Stack>
  );
}
