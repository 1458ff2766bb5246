import { IconMapOff } from '@tabler/icons-react';

import { Empty } from '../display/Empty';
import { ButtonLink } from './links';
import { Page } from './Page';

/** What stands at an address that is no page. */
export function NotFound() {
  return (
    <Page title="There is no such page">
      <Empty
        icon={IconMapOff}
        title="Nothing is at this address"
        action={<ButtonLink to="/campaigns">To the campaigns</ButtonLink>}
      >
        It may have been mistyped, or it is of another version.
      </Empty>
    </Page>
  );
}
