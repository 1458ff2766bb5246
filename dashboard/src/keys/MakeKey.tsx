import { Checkbox, Stack, Switch, TextInput } from '@mantine/core';
import { DateTimePicker } from '@mantine/dates';
import { useState } from 'react';

import { useMakeKey } from '../api/keys';
import { Problem } from '../api/problem';
import type { KeyAction, Role } from '../api/types';
import { Confirm } from '../display/Confirm';
import { ShownOnce } from '../display/ShownOnce';
import { instantOf, wallOf } from '../time/wall';
import { placeOf, viewerZone } from '../time/zone';
import { RoleChoice } from '../users/RoleChoice';
import { CampaignChoice } from './CampaignChoice';
import { allKeyActions, keyActions } from './keyStatus';

/** Makes a key, and shows it. */
export function MakeKey({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('operator');
  const [limited, setLimited] = useState(false);
  const [actions, setActions] = useState<KeyAction[]>([]);
  const [campaigns, setCampaigns] = useState<ReadonlyMap<string, string>>(new Map());
  const [expiresAt, setExpiresAt] = useState<Date>();
  const make = useMakeKey();
  const refused = make.error instanceof Problem ? make.error : null;
  if (make.data !== undefined)
    return (
      <ShownOnce title={`The key “${make.data.name}”`} label="Key" text={make.data.key} onClose={onClose}>
        Copy it now: it is shown this once, and nobody can show it again. Calls name it in the header x-api-key.
      </ShownOnce>
    );
  return (
    <Confirm
      opened
      onClose={onClose}
      title="Make an API key"
      act="Make the key"
      busy={make.isPending}
      error={make.error}
      incomplete={name.trim() === '' || (limited && actions.length === 0)}
      onConfirm={() =>
        make.mutate({
          name,
          role,
          campaignIds: campaigns.size === 0 ? null : [...campaigns.keys()],
          actions: limited ? actions : null,
          expiresAt: expiresAt?.toISOString() ?? null,
        })
      }
    >
      <TextInput
        label="Name"
        description="What it is for. What is done with it is put on record under its name."
        data-autofocus
        maxLength={200}
        value={name}
        error={refused?.at('/name')}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <RoleChoice value={role} onChange={setRole} error={refused?.at('/role')} />
      <Switch
        label="Only some actions"
        description="Off: all that its role may do."
        checked={limited}
        onChange={(event) => setLimited(event.currentTarget.checked)}
      />
      {limited && (
        <Checkbox.Group
          label="Actions"
          description="Each only as far as the role may."
          value={actions}
          error={refused?.at('/actions')}
          onChange={setActions}
        >
          <Stack gap={6} mt={6}>
            {allKeyActions.map((action) => (
              <Checkbox key={action} value={action} label={keyActions[action]} description={action} />
            ))}
          </Stack>
        </Checkbox.Group>
      )}
      <CampaignChoice value={campaigns} onChange={setCampaigns} error={refused?.at('/campaignIds')} />
      <DateTimePicker
        label="Good until"
        description={`By your clock, of ${placeOf(viewerZone)}. Empty: until it is revoked.`}
        placeholder="For ever"
        clearable
        clearButtonProps={{ 'aria-label': 'For ever' }}
        valueFormat="D MMM YYYY HH:mm"
        minDate={new Date()}
        value={expiresAt === undefined ? null : wallOf(expiresAt, viewerZone)}
        error={refused?.at('/expiresAt')}
        onChange={(wall) => setExpiresAt(wall === null ? undefined : instantOf(wall, viewerZone))}
      />
    </Confirm>
  );
}
