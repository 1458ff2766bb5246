import { Skeleton, Stack, VisuallyHidden } from '@mantine/core';

import { Page } from './Page';

/** What stands where a page is being loaded. */
export function LoadingPage() {
  return (
    <Page title="Beckon">
      <LoadingRows rows={8} />
    </Page>
  );
}

/** Rows of what is being loaded, as high as the rows that come. */
export function LoadingRows({ rows, height = 38 }: { rows: number; height?: number }) {
  return (
    <Stack gap={4} aria-busy>
      <VisuallyHidden role="status">Loading</VisuallyHidden>
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={height} radius="sm" />
      ))}
    </Stack>
  );
}
