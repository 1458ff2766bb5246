import { Text } from '@mantine/core';
import { useState } from 'react';

import { useControl, type Control } from '../api/campaigns';
import type { Campaign, Progress } from '../api/types';
import { Action } from '../display/Action';
import { Confirm } from '../display/Confirm';
import { notify } from '../frame/notify';
import { useDenied } from '../session/may';
import { controlsOf, questionOf, resultOf } from './actions';
import { GoLive } from './GoLive';
import { controlIcons } from './icons';

/** What can be done with the campaign in its state; each asks first. */
export function Actions({ campaign, progress }: { campaign: Campaign; progress: Progress }) {
  const [asked, setAsked] = useState<Control>();
  const control = useControl(campaign.id);
  const role = useDenied('operator');
  const close = () => {
    setAsked(undefined);
    control.reset();
  };
  const carryOut = (which: Control, attestedBy?: string) =>
    control.mutate(
      { control: which, attestedBy },
      {
        onSuccess: (result) => {
          close();
          notify(resultOf(which, result));
        },
      },
    );
  const question = asked === undefined ? undefined : questionOf(asked, campaign, progress);
  return (
    <>
      {controlsOf(campaign).map((which, place) => {
        const Picture = controlIcons[which];
        const denied =
          role ?? (which === 'start-outreaches' && progress.total === 0 ? 'There are no contacts yet.' : undefined);
        return (
          <Action
            key={which}
            variant={place === 0 ? 'filled' : 'default'}
            leftSection={<Picture size={16} aria-hidden />}
            denied={denied}
            onClick={() => setAsked(which)}
          >
            {questionOf(which, campaign, progress).label}
          </Action>
        );
      })}
      {asked === 'go-live' && question !== undefined && (
        <GoLive
          campaign={campaign}
          title={question.title}
          effect={question.effect}
          onClose={close}
          onConfirm={(attestedBy) => carryOut('go-live', attestedBy)}
          busy={control.isPending}
          error={control.error}
        />
      )}
      {asked !== undefined && asked !== 'go-live' && question !== undefined && (
        <Confirm
          opened
          onClose={close}
          title={question.title}
          act={question.act}
          grave={question.grave}
          busy={control.isPending}
          error={control.error}
          onConfirm={() => carryOut(asked)}
        >
          <Text size="sm">{question.effect}</Text>
        </Confirm>
      )}
    </>
  );
}
