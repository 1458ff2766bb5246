import { Switch, Text, Tooltip } from '@mantine/core';
import { useState } from 'react';

import { useUpdateCampaign } from '../api/campaigns';
import type { Campaign, Progress } from '../api/types';
import { Confirm } from '../display/Confirm';
import { count } from '../display/count';
import { useDenied } from '../session/may';

/** Switches manual review, which asks first and says for how many. */
export function ReviewSwitch({ campaign, progress }: { campaign: Campaign; progress: Progress }) {
  const [asked, setAsked] = useState(false);
  const update = useUpdateCampaign(campaign.id);
  const denied =
    useDenied('operator') ?? (campaign.status === 'archived' ? 'An archived campaign cannot be changed.' : undefined);
  const on = campaign.manualReview;
  const close = () => {
    setAsked(false);
    update.reset();
  };
  const waiting = progress.underlying.awaiting_approval;
  const planned =
    progress.underlying.awaiting_execution + progress.underlying.planning + progress.underlying.not_started;
  return (
    <>
      <Tooltip label={denied} disabled={denied === undefined}>
        <Switch
          label="Manual review"
          labelPosition="left"
          checked={on}
          aria-disabled={denied !== undefined}
          onChange={() => denied === undefined && setAsked(true)}
        />
      </Tooltip>
      <Confirm
        opened={asked}
        onClose={close}
        title={on ? 'Switch manual review off?' : 'Switch manual review on?'}
        act={on ? 'Switch review off' : 'Switch review on'}
        grave={on && waiting > 0}
        busy={update.isPending}
        error={update.error}
        onConfirm={() => update.mutate({ manualReview: !on }, { onSuccess: close })}
      >
        <Text size="sm">
          {on
            ? `${count(waiting, 'outreach that awaits', 'outreaches that await')} approval may go without one, as mode and windows allow. What is sent cannot be taken back.`
            : `From the next outreach on, each waits for an approval: of ${count(planned, 'contact')} that ${planned === 1 ? 'is' : 'are'} not being reached yet. What is approved already stays so.`}
        </Text>
      </Confirm>
    </>
  );
}
