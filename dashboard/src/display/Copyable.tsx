import { ActionIcon, Code, CopyButton, Group, Text, Tooltip } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';

import classes from './Copyable.module.css';

interface Props {
  label: string;
  text: string;
  description?: string;
}

/** A text to be copied elsewhere, with a button that does. */
export function Copyable({ label, text, description }: Props) {
  return (
    <div>
      <Group justify="space-between" mb={2} wrap="nowrap">
        <Text size="sm" fw={500}>
          {label}
        </Text>
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <Tooltip label={copied ? 'Copied' : 'Copy'}>
              <ActionIcon
                variant="subtle"
                color="gray"
                size="sm"
                aria-label={`Copy the ${label.toLowerCase()}`}
                onClick={copy}
              >
                {copied ? <IconCheck size={14} aria-hidden /> : <IconCopy size={14} aria-hidden />}
              </ActionIcon>
            </Tooltip>
          )}
        </CopyButton>
      </Group>
      <Code block tabIndex={0} className={text.includes('\n') ? undefined : classes.line}>
        {text}
      </Code>
      {description !== undefined && (
        <Text size="xs" c="dimmed" mt={4}>
          {description}
        </Text>
      )}
    </div>
  );
}
