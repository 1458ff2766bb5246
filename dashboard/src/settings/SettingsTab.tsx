import { Box, Button, Grid, Group, Paper, Stack, Text } from '@mantine/core';
import { IconAlertCircle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import type { ReactNode } from 'react';

import { campaignQuery, useUpdateCampaign } from '../api/campaigns';
import { Problem } from '../api/problem';
import type { Campaign } from '../api/types';
import { Action } from '../display/Action';
import { Failed } from '../display/Failed';
import { LoadingRows } from '../frame/Loading';
import { NavigationLink } from '../frame/links';
import { notify } from '../frame/notify';
import { useDenied } from '../session/may';
import { BasicsStep } from './BasicsStep';
import { ChannelsStep } from './ChannelsStep';
import { useForm, type Form } from './edits';
import { EligibilityStep } from './EligibilityStep';
import { stepOf, steps, type Step } from './fields';
import { GoLiveNeeds } from './GoLiveNeeds';
import { LimitsStep } from './LimitsStep';
import { ObjectiveStep } from './ObjectiveStep';
import { ScheduleStep } from './ScheduleStep';
import { WindowsStep } from './WindowsStep';

const route = getRouteApi('/frame/campaigns/$campaignId/settings');

/** A campaign's settings, in steps. */
export function SettingsTab() {
  const { campaignId } = route.useParams();
  const { data: campaign } = useQuery(campaignQuery(campaignId));
  if (campaign === undefined) return <LoadingRows rows={6} />;
  return <Steps key={campaign.id} campaign={campaign} />;
}

function Steps({ campaign }: { campaign: Campaign }) {
  const step = route.useSearch().step ?? 'basics';
  const navigate = route.useNavigate();
  const update = useUpdateCampaign(campaign.id);
  const denied = useDenied('operator');
  const readOnly = denied !== undefined || campaign.status === 'archived';
  const refused = update.error instanceof Problem ? update.error : null;
  const form = useForm(campaign, refused, readOnly);
  const place = steps.findIndex((other) => other.step === step);
  const go = (to: Step | undefined) => void navigate({ search: { step: to } });

  const save = (then?: Step) => {
    if (!form.dirty) {
      go(then ?? step);
      return;
    }
    update.mutate(form.edits, {
      onSuccess: () => {
        form.discard();
        if (then === undefined) notify('The settings are saved.');
        else go(then);
      },
    });
  };
  const next = steps[place + 1]?.step;
  const previous = steps[place - 1]?.step;
  return (
    <Grid gap="lg">
      <Grid.Col span={{ base: 12, sm: 3, lg: 2 }}>
        <Box component="nav" aria-label="Steps">
          {steps.map(({ step: other, label }) => (
            <NavigationLink
              key={other}
              from="/campaigns/$campaignId/settings"
              to="."
              search={{ step: other }}
              label={label}
              active={other === step}
              aria-current={other === step ? 'step' : undefined}
              rightSection={<Flag form={form} step={other} refused={refused} />}
            />
          ))}
        </Box>
      </Grid.Col>
      <Grid.Col span={{ base: 12, sm: 9, lg: 7 }}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            save();
          }}
        >
          <Stack gap="lg">
            {readOnly && <Text c="dimmed">{denied ?? 'An archived campaign cannot be changed.'}</Text>}
            {stepBodies[step](form)}
            {update.error !== null && (
              <Failed
                title={
                  refused?.errors.length
                    ? 'Not saved: see what is wrong beside the fields.'
                    : 'Not saved. What you typed is kept.'
                }
                error={update.error}
              />
            )}
            {!readOnly && (
              <Paper withBorder p="xs" pos="sticky" bottom={8}>
                <Group justify="space-between">
                  <Group gap="xs">
                    {previous !== undefined && (
                      <Button variant="default" onClick={() => go(previous)}>
                        Back
                      </Button>
                    )}
                    {next !== undefined && (
                      <Button variant="default" onClick={() => save(next)}>
                        {form.dirty ? 'Save and continue' : 'Next'}
                      </Button>
                    )}
                  </Group>
                  <Group gap="xs">
                    {form.dirty && (
                      <Button
                        variant="subtle"
                        onClick={() => {
                          form.discard();
                          update.reset();
                        }}
                      >
                        Discard changes
                      </Button>
                    )}
                    <Action
                      denied={form.dirty ? undefined : 'Nothing is changed.'}
                      loading={update.isPending}
                      onClick={() => save()}
                    >
                      Save
                    </Action>
                  </Group>
                </Group>
              </Paper>
            )}
          </Stack>
        </form>
      </Grid.Col>
      {campaign.status === 'draft' && (
        <Grid.Col span={{ base: 12, lg: 3 }}>
          <GoLiveNeeds campaign={campaign} />
        </Grid.Col>
      )}
    </Grid>
  );
}

const stepBodies: Record<Step, (form: Form) => ReactNode> = {
  basics: (form) => <BasicsStep form={form} />,
  channels: (form) => <ChannelsStep form={form} />,
  objective: (form) => <ObjectiveStep form={form} />,
  schedule: (form) => <ScheduleStep form={form} />,
  windows: (form) => <WindowsStep form={form} />,
  eligibility: (form) => <EligibilityStep form={form} />,
  limits: (form) => <LimitsStep form={form} />,
};

/** What is to be said of a step: something in it is wrong, needed, or not saved. */
function Flag({ form, step, refused }: { form: Form; step: Step; refused: Problem | null }) {
  const wrong = refused?.errors.some(({ pointer }) => stepOf(pointer) === step) ?? false;
  const needed = form.campaign.goLiveProblems.some(
    ({ pointer }) => stepOf(pointer) === step && !pointer.startsWith('/consent'),
  );
  const edited = Object.keys(form.edits).some((field) => stepOf(`/${field}`) === step);
  if (wrong)
    return <IconAlertCircle size={16} color="var(--mantine-color-error)" aria-label="Something is wrong here" />;
  if (edited)
    return (
      <Text size="xs" c="dimmed">
        Not saved
      </Text>
    );
  if (needed)
    return (
      <Text size="xs" c="dimmed">
        To do
      </Text>
    );
  return null;
}
