import { Button, Card, Fieldset, Grid, Group, Paper, Select, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useSessionStorage } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';

import { installationQuery, useUpdateInstallation } from '../api/installation';
import { Problem } from '../api/problem';
import type { Installation, Sender } from '../api/types';
import { Action } from '../display/Action';
import { Failed } from '../display/Failed';
import { LoadingRows } from '../frame/Loading';
import { notify } from '../frame/notify';
import { useDenied } from '../session/may';
import { regionName, zonesWith } from '../settings/places';
import { Configured } from './Configured';
import { patchOf, valuesOf, type Draft } from './draft';
import { SettingsFrame } from './SettingsFrame';

/** The settings of the installation, and how it is configured. */
export function InstallationPage() {
  const { data, error, refetch } = useQuery(installationQuery);
  return (
    <SettingsFrame tab="installation">
      {data === undefined && error === null && <LoadingRows rows={6} />}
      {data === undefined && error !== null && (
        <Failed title="The settings could not be shown" error={error} onRetry={() => void refetch()} />
      )}
      {data !== undefined && (
        <Grid gap="lg">
          <Grid.Col span={{ base: 12, md: 7 }}>
            <Form saved={data} />
          </Grid.Col>
          <Grid.Col span={{ base: 12, md: 5 }}>
            <Card withBorder padding="md">
              <Configured of={data} />
            </Card>
          </Grid.Col>
        </Grid>
      )}
    </SettingsFrame>
  );
}

/** What administrators set. What is typed and not saved is kept with the browser's tab. */
function Form({ saved }: { saved: Installation }) {
  const [draft, setDraft, forget] = useSessionStorage<Draft>({
    key: 'installation',
    defaultValue: {},
    getInitialValueInEffect: false,
  });
  const update = useUpdateInstallation();
  const denied = useDenied('administrator');
  const readOnly = denied !== undefined;
  const refused = update.error instanceof Problem ? update.error : null;
  const values = valuesOf(saved, draft);
  const patch = patchOf(saved, draft);
  const change = (changes: Draft) => setDraft((before) => ({ ...before, ...changes }));
  const save = () => {
    if (patch === undefined) return;
    update.mutate(patch, {
      onSuccess: () => {
        forget();
        notify('The settings are saved.');
      },
    });
  };
  return (
    <form
      // The API says what is wrong, beside each field.
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <Stack>
        {readOnly && <Text c="dimmed">{denied}</Text>}
        <TextInput
          label="Name of the organization"
          maxLength={200}
          value={values.organizationName}
          readOnly={readOnly}
          error={refused?.at('/organizationName')}
          onChange={(event) => change({ organizationName: event.currentTarget.value })}
        />
        <Fieldset legend="What new campaigns begin with">
          <Stack>
            <Text size="sm" c="dimmed">
              Each may be changed in the campaign. Campaigns that there are stay as they are.
            </Text>
            <Group grow align="flex-start" preventGrowOverflow={false}>
              <Select
                label="Time zone"
                searchable
                limit={60}
                allowDeselect={false}
                data={zonesWith(values.timezone)}
                value={values.timezone}
                readOnly={readOnly}
                error={refused?.at('/defaults/timezone')}
                onChange={(timezone) => change({ timezone: timezone ?? values.timezone })}
              />
              <TextInput
                label="Region of phone numbers"
                description={`Two letters: ${regionName(values.defaultRegion)}.`}
                inputWrapperOrder={['label', 'input', 'description', 'error']}
                maxLength={2}
                value={values.defaultRegion}
                readOnly={readOnly}
                error={refused?.at('/defaults/defaultRegion')}
                onChange={(event) => change({ defaultRegion: event.currentTarget.value.toUpperCase() })}
              />
            </Group>
            <SenderFields
              sender={values.sender}
              readOnly={readOnly}
              error={(field) => refused?.at(`/defaults/sender/${field}`)}
              onChange={(sender) => change({ sender })}
            />
          </Stack>
        </Fieldset>
        {update.error !== null && (
          <Failed
            title={
              refused?.errors.length
                ? 'Not saved: see what is wrong beside the fields.'
                : 'Not saved. What you typed is kept.'
            }
            error={update.error}
          />
        )}
        {!readOnly && (
          <Paper withBorder p="xs" pos="sticky" bottom={8}>
            <Group justify="flex-end" gap="xs">
              {patch !== undefined && (
                <Button
                  variant="subtle"
                  onClick={() => {
                    forget();
                    update.reset();
                  }}
                >
                  Discard changes
                </Button>
              )}
              <Action
                type="submit"
                denied={patch === undefined ? 'Nothing is changed.' : undefined}
                loading={update.isPending}
              >
                Save
              </Action>
            </Group>
          </Paper>
        )}
      </Stack>
    </form>
  );
}

const senderFields: readonly { field: keyof Sender; label: string; type?: string; hint?: string }[] = [
  { field: 'businessName', label: 'Business name', hint: 'Calls and texts begin with it.' },
  { field: 'fromName', label: 'E-mails come from (name)' },
  { field: 'fromEmail', label: 'E-mails come from (address)', type: 'email' },
  { field: 'replyTo', label: 'Answers go to', type: 'email', hint: 'Empty: where they come from.' },
  { field: 'fromPhone', label: 'Phone number', type: 'tel', hint: 'Calls come from it, and texts.' },
  { field: 'messagingServiceSid', label: 'Messaging service', hint: 'Of texts: Twilio’s SID, MG…' },
];

interface SenderProps {
  sender: Sender;
  readOnly: boolean;
  error: (field: keyof Sender) => string | undefined;
  onChange: (sender: Sender) => void;
}

function SenderFields({ sender, readOnly, error, onChange }: SenderProps) {
  return (
    <>
      {senderFields.map(({ field, label, type, hint }) => (
        <TextInput
          key={field}
          label={label}
          description={hint}
          type={type}
          value={sender[field] ?? ''}
          readOnly={readOnly}
          error={error(field)}
          onChange={(event) => onChange({ ...sender, [field]: event.currentTarget.value })}
        />
      ))}
      <Textarea
        label="Postal address"
        description="Stands beneath each e-mail, as the law wants it."
        autosize
        minRows={2}
        value={sender.postalAddress ?? ''}
        readOnly={readOnly}
        error={error('postalAddress')}
        onChange={(event) => onChange({ ...sender, postalAddress: event.currentTarget.value })}
      />
    </>
  );
}
