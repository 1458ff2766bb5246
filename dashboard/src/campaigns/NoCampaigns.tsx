import { IconArchive, IconSearchOff, IconSpeakerphone } from '@tabler/icons-react';

import { Empty } from '../display/Empty';
import { NewCampaignButton } from './NewCampaignButton';

/** What stands in place of an empty list, by why it is empty. */
export function NoCampaigns({ archived, filtered }: { archived: boolean; filtered: boolean }) {
  if (filtered)
    return (
      <Empty icon={IconSearchOff} title="No campaign matches">
        Remove a filter, or search for another part of the name.
      </Empty>
    );
  if (archived)
    return (
      <Empty icon={IconArchive} title="Nothing is archived">
        Campaigns that have ended for good are kept here, with their contacts and figures.
      </Empty>
    );
  return (
    <Empty icon={IconSpeakerphone} title="No campaigns yet" action={<NewCampaignButton />}>
      A campaign has an objective, channels and contacts; the AI plans each outreach. It begins as a draft, and nothing
      is sent before it goes live.
    </Empty>
  );
}
