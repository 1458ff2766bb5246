import { Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import { emailImportQuery } from '../api/emailImport';
import type { Campaign } from '../api/types';
import { Failed } from '../display/Failed';
import { LoadingRows } from '../frame/Loading';
import { EmailImportForm } from './EmailImportForm';
import { LastMails } from './LastMails';

/** How contacts come by e-mail: the set-up, and what became of the last mails. */
export function EmailImport({ campaign }: { campaign: Campaign }) {
  const { data: setUp, error, refetch } = useQuery(emailImportQuery(campaign.id));
  return (
    <Stack>
      <Text size="sm">
        Another system, or somebody, mails a CSV file to the campaign’s own address, as often as they like. Its first
        attachment is imported, if the mail is from the one sender that may, and SPF or DKIM shows that it is.
      </Text>
      {setUp === undefined && error === null && <LoadingRows rows={4} />}
      {setUp === undefined && error !== null && (
        <Failed title="The set-up could not be shown" error={error} onRetry={() => void refetch()} />
      )}
      {setUp !== undefined && (
        <>
          <EmailImportForm campaign={campaign} setUp={setUp} />
          <LastMails campaignId={campaign.id} />
        </>
      )}
    </Stack>
  );
}
