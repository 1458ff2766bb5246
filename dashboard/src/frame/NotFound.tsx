import { Button } from '@mantine/core';
import { IconMapOff } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';

import { Empty } from '../display/Empty';
import { Page } from './Page';

/** What stands at an address that is no page. */
export function NotFound() {
  return (
    <Page title="There is no such page">
      <Empty
        icon={IconMapOff}
        title="Nothing is at this address"
        action={
          <Button component={Link} to="/campaigns">
            To the campaigns
          </Button>
        }
      >
        It may have been mistyped, or it is of another version.
      </Empty>
    </Page>
  );
}
