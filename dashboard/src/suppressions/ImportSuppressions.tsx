import { Alert, Button, Group, Modal, SegmentedControl, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useSessionStorage } from '@mantine/hooks';
import { IconCircleCheck } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { installationQuery } from '../api/installation';
import { useImportSuppressions } from '../api/suppressions';
import type { SuppressionImport } from '../api/types';
import { count } from '../display/count';
import { Failed } from '../display/Failed';
import { ErrorTable } from '../imports/ErrorTable';
import { FileDrop } from '../imports/FileDrop';
import { regionName } from '../settings/places';
import { addressesIn, fileOfPasted } from './pasted';

type Way = 'file' | 'text';

/** Suppresses many addresses: those of a file, or a list that is pasted. */
export function ImportSuppressions({ onClose }: { onClose: () => void }) {
  const [way, setWay] = useState<Way>('file');
  const [pasted, setPasted, forget] = useSessionStorage({
    key: 'pasted-suppressions',
    defaultValue: '',
    getInitialValueInEffect: false,
  });
  const [typedRegion, setRegion] = useState<string>();
  const { data: installation } = useQuery(installationQuery);
  const region = typedRegion ?? installation?.defaults.defaultRegion ?? 'US';
  const bring = useImportSuppressions();
  const addresses = addressesIn(pasted).length;
  const wrongRegion = /^[A-Z]{2}$/.test(region) ? undefined : 'Two letters, such as US.';
  return (
    <Modal
      opened
      onClose={onClose}
      title="Suppress many addresses"
      size="lg"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {bring.data === undefined ? (
        <Stack>
          <Text size="sm">
            Nothing is sent to any of them any more, in any campaign. Contacts who have no other way left are ended. It
            may be done again: an address that is suppressed already is only counted.
          </Text>
          <SegmentedControl
            aria-label="From"
            value={way}
            onChange={(value) => setWay(value)}
            data={[
              { value: 'file', label: 'CSV file' },
              { value: 'text', label: 'Pasted list' },
            ]}
          />
          <TextInput
            label="Region of phone numbers"
            description={`Numbers without a country code are read in it: ${regionName(region)}.`}
            maxLength={2}
            w={{ base: '100%', xs: 320 }}
            value={region}
            error={wrongRegion}
            onChange={(event) => setRegion(event.currentTarget.value.toUpperCase())}
          />
          {way === 'file' ? (
            <FileDrop
              label="CSV file of addresses"
              title="Drop a CSV file here, or choose one"
              hint="With a column address, email or phone; channel and reason, where they are wanted. Up to 100,000 rows. The CSV of this list fits."
              busy={bring.isPending}
              onFile={(file) => {
                if (wrongRegion === undefined) bring.mutate({ file, region });
              }}
            />
          ) : (
            <>
              <Textarea
                label="Addresses"
                description="E-mail addresses and phone numbers, each on a line of its own or with commas between. All channels are meant."
                autosize
                minRows={6}
                maxRows={14}
                value={pasted}
                onChange={(event) => setPasted(event.currentTarget.value)}
              />
              <Group justify="flex-end">
                <Button
                  disabled={addresses === 0 || wrongRegion !== undefined}
                  loading={bring.isPending}
                  onClick={() => bring.mutate({ file: fileOfPasted(pasted), region }, { onSuccess: forget })}
                >
                  {addresses === 0 ? 'Suppress' : `Suppress ${count(addresses, 'address', 'addresses')}`}
                </Button>
              </Group>
            </>
          )}
          {bring.error !== null && <Failed title="Nothing was suppressed" error={bring.error} />}
        </Stack>
      ) : (
        <Result result={bring.data} pasted={way === 'text'} onAgain={() => bring.reset()} onClose={onClose} />
      )}
    </Modal>
  );
}

interface ResultProps {
  result: SuppressionImport;
  pasted: boolean;
  onAgain: () => void;
  onClose: () => void;
}

function Result({ result, pasted, onAgain, onClose }: ResultProps) {
  const { rows, added, existing, skipped, errors } = result;
  return (
    <Stack>
      <Alert
        color={skipped > 0 ? 'yellow' : 'teal'}
        variant="outline"
        icon={<IconCircleCheck aria-hidden />}
        title={`${added.toLocaleString('en')} added, ${existing.toLocaleString('en')} suppressed already, ${skipped.toLocaleString('en')} skipped`}
        role="status"
      >
        <Text size="sm">Of {count(rows, pasted ? 'address' : 'row', pasted ? 'addresses' : 'rows')}.</Text>
      </Alert>
      {errors.length > 0 && (
        <div>
          <Text fw={500} size="sm">
            What was wrong
          </Text>
          {/* The file that a pasted list becomes has a header in its first line. */}
          <ErrorTable
            errors={pasted ? errors.map((error) => ({ ...error, line: error.line - 1 })) : errors}
            line={pasted ? 'Place' : 'Line'}
          />
        </div>
      )}
      <Group justify="flex-end">
        <Button variant="default" onClick={onAgain}>
          Suppress more
        </Button>
        <Button onClick={onClose}>Done</Button>
      </Group>
    </Stack>
  );
}
