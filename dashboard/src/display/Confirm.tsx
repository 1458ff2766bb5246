import { Button, Group, Modal, Stack } from '@mantine/core';
import type { ReactNode } from 'react';

import { Failed } from './Failed';

interface Props {
  opened: boolean;
  onClose: () => void;
  /** A question that names the effect and its number: "Pause 'Spring'?". */
  title: string;
  children: ReactNode;
  /** What the button says: the act itself, never "OK". */
  act: string;
  /** It cannot be undone, or stops something. */
  grave?: boolean;
  onConfirm: () => void;
  busy?: boolean;
  error?: unknown;
  /** What must be done before it may be confirmed is missing. */
  incomplete?: boolean;
}

/** Asks before something is done that cannot be undone or concerns many. */
export function Confirm({ opened, onClose, title, children, act, grave, onConfirm, busy, error, incomplete }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title={title} size="md" closeButtonProps={{ 'aria-label': 'Close' }}>
      <Stack gap="md">
        {children}
        {error !== undefined && error !== null && (
          <Failed title="It was not done. Nothing has changed." error={error} />
        )}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button color={grave === true ? 'red.9' : undefined} loading={busy} disabled={incomplete} onClick={onConfirm}>
            {act}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
