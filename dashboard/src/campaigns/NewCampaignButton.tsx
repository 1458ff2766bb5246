import { IconPlus } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';

import { Action } from '../display/Action';
import { useDenied } from '../session/may';

/** Goes to where a campaign is created. */
export function NewCampaignButton() {
  const navigate = useNavigate();
  const denied = useDenied('operator');
  return (
    <Action
      denied={denied}
      leftSection={<IconPlus size={16} aria-hidden />}
      onClick={() => void navigate({ to: '/campaigns/new' })}
    >
      New campaign
    </Action>
  );
}
