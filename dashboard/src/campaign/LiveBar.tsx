import { Group, Stack, Text, UnstyledButton } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';

import type { Campaign, ContactStatus, Progress } from '../api/types';
import { contactStatuses, contactStatusOrder } from '../display/contactStatus';
import { CountBar } from '../display/CountBar';
import { whyNothingIsSent } from './idle';
import classes from './LiveBar.module.css';

/** The campaign's contacts by status, as they are now; each part filters the contacts. */
export function LiveBar({ campaign, progress }: { campaign: Campaign; progress: Progress }) {
  const navigate = useNavigate();
  const show = (status: ContactStatus) =>
    void navigate({ to: '/campaigns/$campaignId/contacts', params: { campaignId: campaign.id }, search: { status } });
  const idle = whyNothingIsSent(campaign, progress);
  return (
    <Stack gap={6} py={6}>
      {progress.total > 0 && (
        <>
          <CountBar counts={progress.counts} total={progress.total} onPick={show} thick />
          <Group gap="4px 16px">
            {contactStatusOrder
              .filter((status) => progress.counts[status] > 0)
              .map((status) => {
                const { icon: Picture, label, color } = contactStatuses[status];
                return (
                  <UnstyledButton key={status} className={classes.part} onClick={() => show(status)}>
                    <Picture size={14} stroke={2} color={color} aria-hidden />
                    <Text component="span" size="sm">
                      {label}
                    </Text>
                    <Text component="span" size="sm" fw={600} className="tabular" data-status={status}>
                      {progress.counts[status].toLocaleString('en')}
                    </Text>
                  </UnstyledButton>
                );
              })}
          </Group>
        </>
      )}
      {idle !== undefined && (
        <Text size="sm" c="dimmed" role="status">
          {idle}
        </Text>
      )}
    </Stack>
  );
}
