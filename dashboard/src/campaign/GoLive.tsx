import { Checkbox, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';

import type { Campaign } from '../api/types';
import { Confirm } from '../display/Confirm';
import { useSession } from '../session/session';
import { GoLiveNeeds } from '../settings/GoLiveNeeds';

interface Props {
  campaign: Campaign;
  title: string;
  effect: string;
  onClose: () => void;
  onConfirm: (attestedBy: string | undefined) => void;
  busy: boolean;
  error: Error | null;
}

/** Asks before a campaign goes live, and takes the attestation of consent where phone or text is on. */
export function GoLive({ campaign, title, effect, onClose, onConfirm, busy, error }: Props) {
  const [attested, setAttested] = useState(false);
  const [by, setBy] = useState(useSession().name);
  const missing = campaign.goLiveProblems.some(({ pointer }) => !pointer.startsWith('/consent'));
  const asks = campaign.channels.includes('text') || campaign.channels.includes('phone');
  return (
    <Confirm
      opened
      onClose={onClose}
      title={missing ? 'It cannot go live yet' : title}
      act="Go Live"
      busy={busy}
      error={error}
      incomplete={missing || (asks && (!attested || by.trim() === ''))}
      onConfirm={() => onConfirm(asks ? by.trim() : undefined)}
    >
      {missing ? (
        <GoLiveNeeds campaign={campaign} />
      ) : (
        <Stack>
          <Text size="sm">{effect}</Text>
          {asks && (
            <>
              <Checkbox
                checked={attested}
                onChange={(event) => setAttested(event.currentTarget.checked)}
                label="The contacts of this campaign agreed to be called or texted"
                description="The law asks for it where texts or calls are used. It is put on record, with the name below."
              />
              <TextInput
                label="Attested by"
                value={by}
                maxLength={200}
                onChange={(event) => setBy(event.currentTarget.value)}
              />
            </>
          )}
        </Stack>
      )}
    </Confirm>
  );
}
