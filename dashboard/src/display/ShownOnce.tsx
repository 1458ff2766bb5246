import { Alert, Button, Group, Modal, Stack } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { ReactNode } from 'react';

import { Copyable } from './Copyable';

interface Props {
  title: string;
  /** What is shown: "Link", "Key". */
  label: string;
  text: string;
  /** What it is good for, and for how long. */
  children: ReactNode;
  onClose: () => void;
}

/** A secret that is shown this once, to be copied. Only its own button closes it: a slip beside it would lose the secret. */
export function ShownOnce({ title, label, text, children, onClose }: Props) {
  return (
    <Modal
      opened
      onClose={onClose}
      title={title}
      closeOnClickOutside={false}
      closeOnEscape={false}
      withCloseButton={false}
    >
      <Stack>
        <Copyable label={label} text={text} />
        <Alert color="yellow" variant="outline" icon={<IconAlertTriangle aria-hidden />} role="status">
          {children}
        </Alert>
        <Group justify="flex-end">
          <Button onClick={onClose}>Done</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
