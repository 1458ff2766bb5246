import { Anchor, Button, Grid, Group, Kbd, Paper, Stack, Text, Title } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { campaignQuery } from '../api/campaigns';
import { contactQuery, useContactCall } from '../api/contacts';
import { Problem } from '../api/problem';
import type { PlannedOutreach, ReviewItem } from '../api/types';
import { ContactFacts } from '../contacts/ContactInformation';
import { nameOf } from '../contacts/name';
import { Timeline } from '../contacts/Timeline';
import { Action } from '../display/Action';
import { ChannelIcon } from '../display/Channel';
import { Confirm } from '../display/Confirm';
import { Failed } from '../display/Failed';
import { LoadingRows } from '../frame/Loading';
import { TextLink } from '../frame/links';
import { EditOutreach } from '../outreach/EditOutreach';
import { OutreachView } from '../outreach/OutreachView';
import { useDenied } from '../session/may';
import { useNow } from '../time/now';
import { inZones } from '../time/words';

interface Props {
  item: ReviewItem;
  /** It does not await approval any more. */
  onDone: () => void;
  onSkip: () => void;
  /** Only this campaign's are wanted. */
  onOnly: () => void;
}

/** One outreach that awaits approval, large, with its contact's facts and history beside it. */
export function ReviewItemView({ item, onDone, onSkip, onOnly }: Props) {
  const { campaign, contact } = item;
  const { data: detail } = useQuery(contactQuery(campaign.id, contact.id));
  const { data: settings } = useQuery(campaignQuery(campaign.id));
  const outreach = detail?.nextOutreach ?? item.nextOutreach;
  const [editing, setEditing] = useState(() => sessionStorage.getItem(`outreach-${outreach.id}`) !== null);
  const [disqualifying, setDisqualifying] = useState(false);
  const call = useContactCall(campaign.id, contact.id);
  const denied = useDenied('operator');
  const approve = () => {
    // Exactly what is looked at is approved; another version is refused, and shown.
    if (denied === undefined && !editing && !call.isPending)
      call.mutate({ act: 'approve', version: outreach.version }, { onSuccess: onDone });
  };
  useHotkeys([
    ['a', approve],
    ['e', () => denied === undefined && setEditing(true)],
    ['d', () => denied === undefined && setDisqualifying(true)],
  ]);
  const stale = call.error instanceof Problem && call.error.code === 'stale_version';
  return (
    <>
      <Grid.Col span={{ base: 12, md: 7 }}>
        <Paper withBorder p="lg">
          <Stack>
            <Text size="sm" c="dimmed">
              <TextLink
                inherit
                to="/campaigns/$campaignId/contacts"
                params={{ campaignId: campaign.id }}
                search={{ contact: contact.id }}
              >
                <bdi>{campaign.name}</bdi>
              </TextLink>{' '}
              ·{' '}
              <Anchor component="button" inherit onClick={onOnly}>
                only this campaign
              </Anchor>
            </Text>
            <Title order={2} size="h4" dir="auto">
              {nameOf(contact)}
            </Title>
            {editing && settings !== undefined && detail !== undefined ? (
              <EditOutreach
                campaignId={campaign.id}
                contactId={contact.id}
                outreach={outreach}
                offered={settings.channels}
                zone={detail.timezone}
                onClose={() => setEditing(false)}
              />
            ) : (
              <>
                <When outreach={outreach} zone={detail?.timezone} />
                <OutreachView outreach={outreach} />
                {outreach.reason !== '' && (
                  <Text size="sm" c="dimmed">
                    Why the AI planned it so: {outreach.reason}
                  </Text>
                )}
              </>
            )}
            {call.error !== null && (
              <Failed
                title={stale ? 'It was changed meanwhile: look at it again' : 'It was not approved'}
                error={call.error}
              />
            )}
            {!editing && (
              <Group gap="xs">
                <Action
                  denied={denied}
                  loading={call.isPending}
                  onClick={approve}
                  rightSection={<Kbd size="xs">A</Kbd>}
                >
                  Approve
                </Action>
                <Action
                  variant="default"
                  denied={denied}
                  onClick={() => setEditing(true)}
                  rightSection={<Kbd size="xs">E</Kbd>}
                >
                  Edit
                </Action>
                <Button variant="default" onClick={onSkip} rightSection={<Kbd size="xs">S</Kbd>}>
                  Skip
                </Button>
                <Action
                  variant="default"
                  denied={denied}
                  onClick={() => setDisqualifying(true)}
                  rightSection={<Kbd size="xs">D</Kbd>}
                >
                  Disqualify
                </Action>
              </Group>
            )}
          </Stack>
        </Paper>
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 5 }} component="aside" aria-label="Contact">
        {detail === undefined ? (
          <LoadingRows rows={5} />
        ) : (
          <Stack>
            <Title order={3} size="h5">
              Information
            </Title>
            <Text size="sm">{[contact.email, contact.phone].filter((address) => address !== null).join(' · ')}</Text>
            <ContactFacts contact={detail} />
            <Timeline campaignId={campaign.id} contact={detail} />
          </Stack>
        )}
      </Grid.Col>
      <Confirm
        opened={disqualifying}
        onClose={() => setDisqualifying(false)}
        title={`Disqualify ${nameOf(contact)}?`}
        act="Disqualify"
        grave
        busy={call.isPending}
        error={call.error}
        onConfirm={() => call.mutate({ act: 'disqualify', reason: null }, { onSuccess: onDone })}
      >
        <Text size="sm">Nothing more is sent to the contact in this campaign. This cannot be undone.</Text>
      </Confirm>
    </>
  );
}

/** By which channel and when it would go. */
function When({ outreach, zone }: { outreach: PlannedOutreach; zone: string | undefined }) {
  const now = useNow();
  return (
    <Group gap="sm">
      <ChannelIcon channel={outreach.channel} named />
      {zone !== undefined && <Text size="sm">{inZones(new Date(outreach.sendAt), zone, now)}</Text>}
      <Text size="xs" c="dimmed">
        Attempt {outreach.attempt} · version {outreach.version} by{' '}
        {outreach.author === 'ai' ? 'the AI' : outreach.author}
      </Text>
    </Group>
  );
}
