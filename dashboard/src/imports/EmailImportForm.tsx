import { Alert, Button, Group, Stack, Switch, Text, TextInput } from '@mantine/core';
import { useSessionStorage } from '@mantine/hooks';
import { IconMailOff } from '@tabler/icons-react';

import { useSetEmailImport } from '../api/emailImport';
import { Problem } from '../api/problem';
import type { Campaign, EmailImport, Mapping } from '../api/types';
import { Action } from '../display/Action';
import { Failed } from '../display/Failed';
import { notify } from '../frame/notify';
import { useDenied } from '../session/may';
import { EmailAddress } from './EmailAddress';
import { EmailMapping } from './EmailMapping';

interface Draft {
  enabled?: boolean;
  authorizedSender?: string;
  mapping?: Mapping;
}

/** Sets import by e-mail up. What is chosen and typed is kept with the browser's tab until it is saved or discarded. */
export function EmailImportForm({ campaign, setUp }: { campaign: Campaign; setUp: EmailImport }) {
  const [draft, setDraft, forget] = useSessionStorage<Draft>({
    key: `email-import-${campaign.id}`,
    defaultValue: {},
    getInitialValueInEffect: false,
  });
  const set = useSetEmailImport(campaign.id);
  const role = useDenied('operator');
  const denied = role ?? (campaign.status === 'archived' ? 'An archived campaign cannot be changed.' : undefined);
  const refused = set.error instanceof Problem ? set.error : null;
  const enabled = draft.enabled ?? setUp.enabled;
  const sender = draft.authorizedSender ?? setUp.authorizedSender ?? '';
  const mapping = draft.mapping ?? setUp.mapping;
  const dirty = Object.keys(draft).length > 0;
  const change = (changes: Draft) => setDraft((before) => ({ ...before, ...changes }));
  const save = () =>
    set.mutate(
      { enabled, authorizedSender: sender.trim() === '' ? null : sender, mapping, regenerate: false },
      {
        onSuccess: (saved) => {
          forget();
          notify(saved.enabled ? 'Saved: import by e-mail is on.' : 'Saved: import by e-mail is off.');
        },
      },
    );
  return (
    <Stack>
      {setUp.inboundUrl === null && (
        <Alert
          color="yellow"
          variant="outline"
          icon={<IconMailOff aria-hidden />}
          title="No mail comes in to this Beckon"
        >
          Whoever runs it sets BECKON_EMAIL_IMPORT_DOMAIN, and lets the mails of that domain come in. Until then import
          by e-mail can be prepared, but not switched on.
        </Alert>
      )}
      <EmailAddress campaignId={campaign.id} setUp={setUp} denied={denied} />
      <TextInput
        label="Authorized sender"
        description="The one address whose mails are imported."
        type="email"
        placeholder="crm@your-company.example"
        value={sender}
        readOnly={denied !== undefined}
        error={refused?.at('/authorizedSender')}
        onChange={(event) => change({ authorizedSender: event.currentTarget.value })}
      />
      <EmailMapping
        campaignId={campaign.id}
        mapping={mapping}
        unsaved={draft.mapping !== undefined}
        error={refused?.at('/mapping')}
        denied={denied}
        onChange={(next) => change({ mapping: next })}
      />
      <Switch
        label="Import by e-mail"
        description="Off: mails that come are refused, and listed below."
        checked={enabled}
        disabled={denied !== undefined}
        error={refused?.at('/enabled')}
        onChange={(event) => change({ enabled: event.currentTarget.checked })}
      />
      {set.error !== null && <Failed title="Not saved. What you typed is kept." error={set.error} />}
      <Group justify="flex-end">
        {dirty && (
          <>
            <Text size="sm" c="dimmed" role="status" mr="auto">
              Not saved yet.
            </Text>
            <Button
              variant="subtle"
              onClick={() => {
                forget();
                set.reset();
              }}
            >
              Discard changes
            </Button>
          </>
        )}
        <Action denied={denied ?? (dirty ? undefined : 'Nothing is changed.')} loading={set.isPending} onClick={save}>
          Save
        </Action>
      </Group>
    </Stack>
  );
}
