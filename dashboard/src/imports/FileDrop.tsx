import { Stack, Text } from '@mantine/core';
import { Dropzone } from '@mantine/dropzone';
import { IconFileSpreadsheet } from '@tabler/icons-react';
import { useState } from 'react';

import { Failed } from '../display/Failed';

const largest = 32 * 1024 * 1024;

interface Props {
  /** What the input is called. */
  label: string;
  title: string;
  hint: string;
  busy: boolean;
  onFile: (file: File) => void;
}

/** Where one CSV file is dropped, or chosen. */
export function FileDrop({ label, title, hint, busy, onFile }: Props) {
  const [refused, setRefused] = useState(false);
  return (
    <>
      <Dropzone
        onDrop={([dropped]) => {
          setRefused(false);
          if (dropped !== undefined) onFile(dropped);
        }}
        onReject={() => setRefused(true)}
        maxFiles={1}
        maxSize={largest}
        multiple={false}
        loading={busy}
        inputProps={{ 'aria-label': label }}
      >
        <Stack align="center" gap={4} py="lg" style={{ pointerEvents: 'none' }}>
          <IconFileSpreadsheet size={36} stroke={1.25} aria-hidden />
          <Text fw={500} ta="center">
            {title}
          </Text>
          <Text size="sm" c="dimmed" ta="center">
            {hint}
          </Text>
        </Stack>
      </Dropzone>
      {refused && <Failed title="The file was not taken" error={new Error('One file at a time, of at most 32 MiB')} />}
    </>
  );
}
