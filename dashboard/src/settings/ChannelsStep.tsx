import { ActionIcon, Checkbox, Fieldset, Group, Input, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { IconArrowUp } from '@tabler/icons-react';

import type { Channel } from '../api/types';
import { allChannels, ChannelIcon, channels } from '../display/Channel';
import { faults, type Form } from './edits';
import type { Settings } from './fields';

type Sender = Settings['sender'];

/** Which channels are used, in which order, and in whose name. */
export function ChannelsStep({ form }: { form: Form }) {
  const { values } = form;
  const calls = values.channels.includes('phone');
  const texts = values.channels.includes('text');
  return (
    <Stack>
      <Order form={form} />
      <Fieldset legend="Sender">
        <Stack>
          <SenderInput form={form} field="businessName" label="Business name" hint="Calls and texts begin with it." />
          {values.channels.includes('email') && (
            <>
              <SenderInput form={form} field="fromName" label="E-mails come from (name)" />
              <SenderInput form={form} field="fromEmail" label="E-mails come from (address)" type="email" />
              <SenderInput
                form={form}
                field="replyTo"
                label="Answers go to"
                type="email"
                hint="Empty: where they come from."
              />
              <Textarea
                label="Postal address"
                autosize
                minRows={2}
                value={values.sender.postalAddress ?? ''}
                onChange={(event) => form.set('sender', { ...values.sender, postalAddress: event.currentTarget.value })}
                {...faults(form, '/sender/postalAddress', 'Stands beneath each e-mail, as the law wants it.')}
              />
            </>
          )}
          {(calls || texts) && (
            <SenderInput
              form={form}
              field="fromPhone"
              label="Phone number"
              type="tel"
              hint={
                calls ? 'Calls and texts come from it.' : 'Texts come from it, unless a messaging service is named.'
              }
            />
          )}
          {texts && (
            <SenderInput form={form} field="messagingServiceSid" label="Messaging service" hint="Twilio’s SID, MG…" />
          )}
        </Stack>
      </Fieldset>
    </Stack>
  );
}

interface SenderProps {
  form: Form;
  field: keyof Sender;
  label: string;
  type?: string;
  hint?: string;
}

function SenderInput({ form, field, label, type, hint }: SenderProps) {
  const { sender } = form.values;
  return (
    <TextInput
      label={label}
      type={type}
      value={sender[field] ?? ''}
      onChange={(event) => form.set('sender', { ...sender, [field]: event.currentTarget.value })}
      {...faults(form, `/sender/${field}`, hint)}
    />
  );
}

/** The channels, those that are on in order of preference. */
function Order({ form }: { form: Form }) {
  const on = form.values.channels;
  const off = allChannels.filter((channel) => !on.includes(channel));
  const change = (channel: Channel, checked: boolean) =>
    form.set('channels', checked ? [...on, channel] : on.filter((other) => other !== channel));
  const raise = (place: number) => {
    const next = [...on];
    next.splice(place - 1, 0, ...next.splice(place, 1));
    form.set('channels', next);
  };
  return (
    <Input.Wrapper
      label="Channels"
      labelElement="div"
      {...faults(
        form,
        '/channels',
        'In order of preference: the first that reaches a contact is used, as the AI sees fit.',
      )}
    >
      <Stack gap={6} mt={8} role="group" aria-label="Channels">
        {[...on, ...off].map((channel) => {
          const place = on.indexOf(channel);
          return (
            <Group key={channel} gap="sm" mih={28}>
              <Checkbox
                aria-label={channels[channel].label}
                label={<ChannelIcon channel={channel} named />}
                checked={place >= 0}
                disabled={form.readOnly}
                onChange={(event) => change(channel, event.currentTarget.checked)}
              />
              {place >= 0 && on.length > 1 && (
                <Text size="xs" c="dimmed">
                  {place + 1}.
                </Text>
              )}
              {place > 0 && !form.readOnly && (
                <ActionIcon
                  variant="subtle"
                  size="sm"
                  aria-label={`Prefer ${channels[channel].label} more`}
                  onClick={() => raise(place)}
                >
                  <IconArrowUp size={16} aria-hidden />
                </ActionIcon>
              )}
            </Group>
          );
        })}
      </Stack>
    </Input.Wrapper>
  );
}
