import { Anchor, Group, Stack, Text, Title } from '@mantine/core';
import { IconCircleCheck, IconCircleDashed } from '@tabler/icons-react';
import type { ReactNode } from 'react';

import type { Installation } from '../api/types';

const providers = {
  sendgrid: { name: 'SendGrid', of: 'e-mails' },
  twilio: { name: 'Twilio', of: 'texts and calls' },
  openai: { name: 'OpenAI', of: 'the AI' },
} as const;

/** How whoever runs Beckon has configured it. Nothing of it is changed here. */
export function Configured({ of }: { of: Installation }) {
  return (
    <Stack gap="sm">
      <div>
        <Title order={2} size="h5">
          How it is configured
        </Title>
        <Text size="xs" c="dimmed">
          By the environment of the process. Credentials are never shown.
        </Text>
      </div>
      <Fact label="Version">{of.version}</Fact>
      <Fact label="Address">
        <Anchor href={of.publicUrl} inherit>
          {of.publicUrl}
        </Anchor>
      </Fact>
      <Fact label="Temporal’s Web UI">
        {of.temporalUiUrl === null ? (
          <No>Not linked: BECKON_TEMPORAL_UI_URL is not set.</No>
        ) : (
          <Anchor href={of.temporalUiUrl} target="_blank" rel="noreferrer" inherit>
            {of.temporalUiUrl}
          </Anchor>
        )}
      </Fact>
      <Fact label="Mails come in for">
        {of.emailImportDomain ?? <No>No domain: BECKON_EMAIL_IMPORT_DOMAIN is not set.</No>}
      </Fact>
      <Fact label="Providers">
        <Stack gap={4}>
          {(['sendgrid', 'twilio', 'openai'] as const).map((provider) => {
            const there = of.providers[provider];
            const Picture = there ? IconCircleCheck : IconCircleDashed;
            const { name, of: what } = providers[provider];
            return (
              <Group key={provider} gap={6} wrap="nowrap" align="flex-start">
                <Picture
                  size={16}
                  color={`var(--mantine-color-${there ? 'teal-7' : 'gray-6'})`}
                  aria-hidden
                  style={{ flex: 'none', marginTop: 2 }}
                />
                <span>
                  {name}, for {what}: {there ? 'configured' : 'not configured'}
                </span>
              </Group>
            );
          })}
        </Stack>
      </Fact>
      {of.sandbox && (
        <Text size="sm" c="dimmed">
          This is beckon-dev: where no provider’s credentials are given, its sandbox takes the provider’s place, and
          nothing leaves this machine.
        </Text>
      )}
      <Text size="sm">
        The API is described at{' '}
        <Anchor href="/docs" target="_blank" rel="noreferrer" inherit>
          /docs
        </Anchor>
        .
      </Text>
    </Stack>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <Text size="sm" component="div" style={{ overflowWrap: 'anywhere' }}>
        {children}
      </Text>
    </div>
  );
}

function No({ children }: { children: ReactNode }) {
  return (
    <Text inherit span c="dimmed">
      {children}
    </Text>
  );
}
