import { Alert, Checkbox, Group, List, Stack, Text, TextInput, Title } from '@mantine/core';
import { IconCircleCheck, IconDownload, IconEraser } from '@tabler/icons-react';
import { useState } from 'react';

import { useEraseContact, useExportContact } from '../api/personalData';
import type { ContactKey } from '../api/types';
import { Action } from '../display/Action';
import { CampaignName } from '../display/CampaignName';
import { Confirm } from '../display/Confirm';
import { count } from '../display/count';
import { Failed } from '../display/Failed';
import { TextLink } from '../frame/links';
import { saveAs } from '../frame/saveAs';
import { useDenied } from '../session/may';

interface Props {
  campaignId: string;
  contactId: string;
  /** What the contact is called in questions. */
  name: string;
  onErased: () => void;
}

/** What a person may ask for: all that is held of them, and that it is erased. Of removed contacts too. */
export function PersonalData({ campaignId, contactId, name, onErased }: Props) {
  const read = useExportContact(campaignId, contactId);
  const erase = useEraseContact(campaignId, contactId);
  const [asks, setAsks] = useState(false);
  const notOperator = useDenied('operator');
  const notAdministrator = useDenied('administrator');
  return (
    <Stack gap="xs">
      <Title order={3} size="h5">
        Personal data
      </Title>
      {erase.data === undefined && (
        <Group gap="xs">
          <Action
            size="xs"
            variant="default"
            denied={notOperator}
            loading={read.isPending}
            leftSection={<IconDownload size={14} aria-hidden />}
            title="It is put on record that you read it."
            onClick={() =>
              read.mutate(undefined, {
                onSuccess: (all) =>
                  saveAs(`contact-${contactId}.json`, JSON.stringify(all, null, 2), 'application/json'),
              })
            }
          >
            Export
          </Action>
          <Action
            size="xs"
            variant="default"
            denied={notAdministrator}
            leftSection={<IconEraser size={14} aria-hidden />}
            onClick={() => setAsks(true)}
          >
            Erase…
          </Action>
        </Group>
      )}
      {read.error !== null && <Failed title="Nothing was exported" error={read.error} />}
      {erase.data !== undefined && (
        <Alert
          color="teal"
          variant="outline"
          role="status"
          icon={<IconCircleCheck aria-hidden />}
          title={erase.data.changed ? 'The person’s data is erased' : 'The person’s data had been erased before'}
        >
          {erase.data.inFlight > 0 && (
            <Text size="sm">
              {count(
                erase.data.inFlight,
                'outreach is being sent and may still arrive',
                'outreaches are being sent and may still arrive',
              )}
              .
            </Text>
          )}
          <Others of={erase.data.sameAddress} what="have one of its addresses, and are erased by themselves" />
        </Alert>
      )}
      {erase.data === undefined && read.data !== undefined && (
        <>
          <Text size="sm" role="status">
            The file has all that is held of the contact in this campaign.
          </Text>
          <Others of={read.data.sameAddress} what="have one of its addresses, and are exported by themselves" />
        </>
      )}
      {asks && (
        <Erase
          name={name}
          busy={erase.isPending}
          error={erase.error}
          onClose={() => {
            setAsks(false);
            erase.reset();
          }}
          onConfirm={(suppress) =>
            erase.mutate(suppress, {
              onSuccess: () => {
                setAsks(false);
                onErased();
              },
            })
          }
        />
      )}
    </Stack>
  );
}

/** Contacts that may be the same person. */
function Others({ of, what }: { of: readonly ContactKey[]; what: string }) {
  if (of.length === 0) return null;
  return (
    <>
      <Text size="sm">
        {count(of.length, 'other contact')} {what}:
      </Text>
      <List size="sm" pl={18}>
        {of.map(({ campaignId, contactId }) => (
          <List.Item key={contactId}>
            <TextLink
              inherit
              to="/campaigns/$campaignId/contacts"
              params={{ campaignId }}
              search={{ contact: contactId }}
            >
              The contact
            </TextLink>{' '}
            of <CampaignName id={campaignId} />
          </List.Item>
        ))}
      </List>
    </>
  );
}

const word = 'erase';

interface EraseProps {
  name: string;
  busy: boolean;
  error: Error | null;
  onClose: () => void;
  onConfirm: (suppress: boolean) => void;
}

/** Only who types the word can go on. */
function Erase({ name, busy, error, onClose, onConfirm }: EraseProps) {
  const [typed, setTyped] = useState('');
  const [suppress, setSuppress] = useState(false);
  return (
    <Confirm
      opened
      onClose={onClose}
      title={`Erase all data of ${name}? This cannot be undone`}
      act="Erase for good"
      grave
      busy={busy}
      error={error}
      incomplete={typed.trim().toLowerCase() !== word}
      onConfirm={() => onConfirm(suppress)}
    >
      <Text size="sm">
        Names, addresses, properties, notes, all texts and answers, and what providers said are deleted for good, and
        the contact is removed from the campaign. What was sent stays counted. What is being sent right now may still
        arrive.
      </Text>
      <Checkbox
        label="Never contact these addresses again, in any campaign"
        description="They are kept as hashes, which tell nobody the address. Without it, suppressions that there are stay."
        checked={suppress}
        onChange={(event) => setSuppress(event.currentTarget.checked)}
      />
      <TextInput
        label={`Type “${word}” to go on`}
        autoComplete="off"
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
    </Confirm>
  );
}
