import { Button, Group, Stack } from '@mantine/core';
import type { ErrorComponentProps } from '@tanstack/react-router';

import { Failed } from '../display/Failed';
import { Page } from './Page';

/** What stands in place of a page that broke; the frame around it goes on working. */
export function Broken({ error, reset }: ErrorComponentProps) {
  return (
    <Page title="This page broke">
      <Stack>
        <Failed title="Something in the dashboard went wrong" error={error} />
        <Group>
          <Button onClick={reset}>Show the page again</Button>
          <Button variant="default" onClick={() => location.reload()}>
            Load the dashboard anew
          </Button>
        </Group>
      </Stack>
    </Page>
  );
}
