import { ActionIcon, Anchor, CopyButton, Divider, Group, Progress, Stack, Text, Title, Tooltip } from '@mantine/core';
import { IconCheck, IconCopy, IconExternalLink, IconX } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { contactQuery } from '../api/contacts';
import { installationQuery } from '../api/installation';
import { Problem } from '../api/problem';
import type { Campaign, ContactDetail } from '../api/types';
import { contactStatuses } from '../display/contactStatus';
import { Failed } from '../display/Failed';
import { Moment } from '../display/Moment';
import { statusReasons } from '../display/outcome';
import { Status } from '../display/Status';
import { waitingWords } from '../display/waiting';
import { LoadingRows } from '../frame/Loading';
import { TextLink } from '../frame/links';
import { NextOutreach } from '../outreach/NextOutreach';
import { useDenied } from '../session/may';
import { useNow } from '../time/now';
import { placeOf } from '../time/zone';
import { ContactActions } from './ContactActions';
import { ContactInformation } from './ContactInformation';
import { nameOf } from './name';
import { PersonalData } from './PersonalData';
import { Timeline } from './Timeline';

interface Props {
  campaign: Campaign;
  contactId: string;
  onClose: () => void;
}

/** Everything about a contact: who, where it is, what comes next, and what has been. */
export function ContactPanel({ campaign, contactId, onClose }: Props) {
  const { data: contact, error, refetch } = useQuery(contactQuery(campaign.id, contactId));
  const [erased, setErased] = useState(false);
  const queries = useQueryClient();
  const forget = () => {
    setErased(true);
    // What was known of the person is forgotten here too.
    void queries.resetQueries({ queryKey: ['contact', campaign.id, contactId] });
  };
  const gone = error instanceof Problem && error.status === 404;
  return (
    <Stack gap="md" p="md">
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Title order={2} size="h4" style={{ overflowWrap: 'anywhere' }}>
          <bdi>{contact === undefined ? 'Contact' : nameOf(contact)}</bdi>
        </Title>
        <ActionIcon variant="subtle" color="gray" aria-label="Close the contact" onClick={onClose}>
          <IconX size={18} aria-hidden />
        </ActionIcon>
      </Group>
      {contact === undefined && error === null && !erased && <LoadingRows rows={6} />}
      {error !== null && !(gone && erased) && (
        <Failed
          title={gone ? 'The contact was removed' : 'The contact could not be shown anew'}
          error={error}
          onRetry={() => void refetch()}
        />
      )}
      {contact !== undefined && <Shown campaign={campaign} contact={contact} onGone={onClose} />}
      {(contact !== undefined || gone || erased) && (
        <>
          <Divider />
          <PersonalData
            campaignId={campaign.id}
            contactId={contactId}
            name={contact === undefined ? 'the removed contact' : nameOf(contact)}
            onErased={forget}
          />
          <Elsewhere campaignId={campaign.id} contactId={contactId} contact={contact} />
        </>
      )}
    </Stack>
  );
}

function Shown({ campaign, contact, onGone }: { campaign: Campaign; contact: ContactDetail; onGone: () => void }) {
  return (
    <>
      <Who contact={contact} />
      <Where contact={contact} />
      <ContactActions campaign={campaign} contact={contact} onGone={onGone} />
      {contact.nextOutreach !== null && (
        <>
          <Divider />
          <NextOutreach
            key={contact.nextOutreach.id}
            campaign={campaign}
            contact={contact}
            outreach={contact.nextOutreach}
          />
        </>
      )}
      <Divider />
      <Timeline campaignId={campaign.id} contact={contact} />
      <Divider />
      <ContactInformation campaign={campaign} contact={contact} />
    </>
  );
}

interface ElsewhereProps {
  campaignId: string;
  contactId: string;
  contact: ContactDetail | undefined;
}

/** Where else something is to be seen of the contact. */
function Elsewhere({ campaignId, contactId, contact }: ElsewhereProps) {
  const administrator = useDenied('administrator') === undefined;
  const { data: installation } = useQuery(installationQuery);
  const url = contact?.workflow.url ?? null;
  const address = contact?.email ?? contact?.phone;
  return (
    <Group gap="md">
      {url !== null && (
        <Anchor href={url} target="_blank" rel="noreferrer" size="xs" c="dimmed">
          Open in Temporal <IconExternalLink size={12} aria-hidden />
        </Anchor>
      )}
      {administrator && (
        <TextLink to="/audit" search={{ campaign: campaignId, contact: contactId }} size="xs" c="dimmed">
          Audit log
        </TextLink>
      )}
      {installation?.sandbox === true && typeof address === 'string' && (
        <TextLink to="/sandbox" search={{ search: address }} size="xs" c="dimmed">
          In the sandbox
        </TextLink>
      )}
    </Group>
  );
}

const zoneSources = { contact: 'its own', phone: 'of its phone number', campaign: 'of the campaign' };

function Who({ contact }: { contact: ContactDetail }) {
  return (
    <Stack gap={2}>
      {[contact.email, contact.phone]
        .filter((address) => address !== null)
        .map((address) => (
          <Group key={address} gap={4} wrap="nowrap">
            <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
              {address}
            </Text>
            <CopyButton value={address}>
              {({ copied, copy }) => (
                <Tooltip label={copied ? 'Copied' : 'Copy'}>
                  <ActionIcon size="xs" variant="subtle" color="gray" aria-label={`Copy ${address}`} onClick={copy}>
                    {copied ? <IconCheck size={12} aria-hidden /> : <IconCopy size={12} aria-hidden />}
                  </ActionIcon>
                </Tooltip>
              )}
            </CopyButton>
          </Group>
        ))}
      <Text size="xs" c="dimmed" title={contact.timezone}>
        Time zone: {placeOf(contact.timezone)}, {zoneSources[contact.timezoneSource]}
      </Text>
    </Stack>
  );
}

/** Status and reason, what it waits for and until when, and how many attempts are used. */
function Where({ contact }: { contact: ContactDetail }) {
  const now = useNow();
  const { waiting, statusReason, statusNote, eligibilityReason, attempts, maxAttempts, status, underlyingStatus } =
    contact;
  return (
    <Stack gap={6}>
      <Group gap="xs">
        <Status look={contactStatuses[status]} />
        {underlyingStatus !== status && (
          <Text size="xs" c="dimmed">
            {contactStatuses[underlyingStatus].label} beneath
          </Text>
        )}
      </Group>
      {statusReason !== null && <Text size="sm">{statusReasons[statusReason]}</Text>}
      {statusNote !== null && (
        <Text size="sm" dir="auto">
          “{statusNote}”
        </Text>
      )}
      {eligibilityReason !== null && (
        <Text size="sm" dir="auto">
          Eligibility: {eligibilityReason}
        </Text>
      )}
      {waiting !== null && <Text size="sm">{waitingWords(waiting, contact.timezone, now)}</Text>}
      <Group gap="xs" wrap="nowrap">
        <Progress
          value={maxAttempts === 0 ? 0 : (attempts / maxAttempts) * 100}
          flex={1}
          size="sm"
          aria-label={`${attempts} of ${maxAttempts} attempts used`}
        />
        <Text size="xs" c="dimmed" className="tabular">
          {attempts}/{maxAttempts} {maxAttempts === 1 ? 'attempt' : 'attempts'}
        </Text>
      </Group>
      {contact.lastOutreachAt !== null && (
        <Text size="xs" c="dimmed">
          Last outreach <Moment at={contact.lastOutreachAt} zone={contact.timezone} />
        </Text>
      )}
    </Stack>
  );
}
