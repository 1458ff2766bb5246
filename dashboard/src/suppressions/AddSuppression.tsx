import { Select, TextInput } from '@mantine/core';
import { useState } from 'react';

import { Problem } from '../api/problem';
import { useAddSuppression } from '../api/suppressions';
import type { NewSuppression } from '../api/types';
import { Confirm } from '../display/Confirm';
import { notify } from '../frame/notify';
import { allSuppressionChannels, allSuppressionReasons, suppressionChannels, suppressionReasons } from './words';

/** Suppresses an address, and says what that does. */
export function AddSuppression({ onClose }: { onClose: () => void }) {
  const [given, setGiven] = useState<Required<NewSuppression>>({ address: '', channel: 'all', reason: 'manual' });
  const add = useAddSuppression();
  const refused = add.error instanceof Problem ? add.error : null;
  return (
    <Confirm
      opened
      onClose={onClose}
      title="Suppress an address"
      act="Suppress"
      busy={add.isPending}
      error={refused?.at('/address') === undefined ? add.error : null}
      incomplete={given.address.trim() === ''}
      onConfirm={() =>
        add.mutate(given, {
          onSuccess: ({ address }) => {
            notify(`${address ?? 'The address'} is suppressed.`);
            onClose();
          },
        })
      }
    >
      <TextInput
        label="Address"
        description="An e-mail address, or a phone number with its country code."
        data-autofocus
        value={given.address}
        error={refused?.at('/address')}
        onChange={(event) => setGiven({ ...given, address: event.currentTarget.value })}
      />
      <Select
        label="Channel"
        description="Nothing is sent to it on the channel any more, in any campaign. Contacts who have no other way left are ended."
        data={allSuppressionChannels.map((value) => ({ value, label: suppressionChannels[value].label }))}
        allowDeselect={false}
        value={given.channel}
        error={refused?.at('/channel')}
        onChange={(channel) => setGiven({ ...given, channel: channel ?? given.channel })}
      />
      <Select
        label="Reason"
        description={suppressionReasons[given.reason].meaning}
        data={allSuppressionReasons.map((value) => ({ value, label: suppressionReasons[value].label }))}
        allowDeselect={false}
        value={given.reason}
        error={refused?.at('/reason')}
        onChange={(reason) => setGiven({ ...given, reason: reason ?? given.reason })}
      />
    </Confirm>
  );
}
