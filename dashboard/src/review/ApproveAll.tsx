import { Text } from '@mantine/core';
import { useState } from 'react';

import { useBulk } from '../api/contacts';
import { Problem } from '../api/problem';
import { Action } from '../display/Action';
import { Confirm } from '../display/Confirm';
import { count } from '../display/count';
import { notify } from '../frame/notify';
import { useDenied } from '../session/may';

interface Props {
  campaignId: string;
  name: string;
  total: number;
}

/** Approves all that awaits approval in a campaign; says how many, and does nothing where there are more or fewer by then. */
export function ApproveAll({ campaignId, name, total }: Props) {
  const [asked, setAsked] = useState(false);
  const bulk = useBulk(campaignId);
  const denied = useDenied('operator');
  const close = () => {
    setAsked(false);
    bulk.reset();
  };
  const all = count(total, 'outreach', 'outreaches');
  return (
    <>
      <Action variant="default" denied={denied} onClick={() => setAsked(true)}>
        Approve all {total.toLocaleString('en')}
      </Action>
      <Confirm
        opened={asked}
        onClose={close}
        title={`Approve ${all} of “${name}”?`}
        act={`Approve ${all}`}
        grave
        busy={bulk.isPending}
        error={bulk.error}
        onConfirm={() =>
          bulk.mutate(
            { action: 'approve', of: { filter: { status: 'awaiting_approval' } }, expectedCount: total },
            {
              onSuccess: ({ changed }) => {
                close();
                notify(`${count(changed, 'outreach is', 'outreaches are')} approved.`);
              },
            },
          )
        }
      >
        <Text size="sm">
          They go as mode and windows allow, without being looked at one by one. What is sent cannot be taken back.
        </Text>
        {bulk.error instanceof Problem && bulk.error.code === 'count_changed' && (
          <Text size="sm">
            More or fewer await approval by now. Close this, look at the number again, and repeat it.
          </Text>
        )}
      </Confirm>
    </>
  );
}
