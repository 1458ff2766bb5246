import { Box, SegmentedControl, Stack, Text } from '@mantine/core';
import { useState } from 'react';

import type { SandboxMessage } from '../api/sandbox';
import classes from './MailView.module.css';
import { documentOf } from './message';
import { FactTable } from './FactTable';

type Shown = 'html' | 'text' | 'headers';

/** A mail: as a mail program shows it, as text, or its headers. */
export function MailView({ message: { html, text, headers } }: { message: SandboxMessage }) {
  const [chosen, setChosen] = useState<Shown>('html');
  const shown = chosen === 'html' && html === null ? 'text' : chosen;
  const facts = Object.entries(headers).sort(([first], [second]) => first.localeCompare(second));
  return (
    <Stack gap="xs">
      <SegmentedControl
        aria-label="How the mail is shown"
        size="xs"
        w="fit-content"
        value={shown}
        onChange={(value) => setChosen(value)}
        data={[
          { value: 'html', label: 'HTML', disabled: html === null },
          { value: 'text', label: 'Text', disabled: text === null },
          { value: 'headers', label: 'Headers' },
        ]}
      />
      {shown === 'html' && html !== null && (
        <iframe
          className={classes.mail}
          title="The e-mail as a mail program shows it"
          // No scripts, no forms, no origin of its own: what is in it can do nothing but be read, and its links be opened.
          sandbox="allow-popups allow-popups-to-escape-sandbox"
          referrerPolicy="no-referrer"
          srcDoc={documentOf(html)}
        />
      )}
      {shown === 'text' && (
        <Box className={classes.text} dir="auto">
          {text}
        </Box>
      )}
      {shown === 'headers' &&
        (facts.length === 0 ? (
          <Text size="sm" c="dimmed">
            It has no headers of its own.
          </Text>
        ) : (
          <FactTable facts={facts} />
        ))}
    </Stack>
  );
}
