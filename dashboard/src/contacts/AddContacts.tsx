import { Modal, Tabs } from '@mantine/core';
import { lazy, Suspense } from 'react';

import type { Campaign } from '../api/types';
import { LoadingRows } from '../frame/Loading';
import { AddByHand } from './AddByHand';
import { ApiEndpoint } from './ApiEndpoint';

const CsvImport = lazy(() => import('../imports/CsvImport').then((module) => ({ default: module.CsvImport })));

interface Props {
  campaign: Campaign;
  opened: boolean;
  onClose: () => void;
  onAdded: (contactId: string) => void;
}

/** The ways by which contacts come into a campaign. */
export function AddContacts({ campaign, opened, onClose, onAdded }: Props) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title="Add contacts"
      size="xl"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <Tabs defaultValue="csv" keepMounted>
        <Tabs.List mb="md">
          <Tabs.Tab value="csv">CSV file</Tabs.Tab>
          <Tabs.Tab value="hand">By hand</Tabs.Tab>
          <Tabs.Tab value="api">API</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="csv">
          <Suspense fallback={<LoadingRows rows={3} />}>
            <CsvImport campaign={campaign} onClose={onClose} />
          </Suspense>
        </Tabs.Panel>
        <Tabs.Panel value="hand">
          <AddByHand
            campaign={campaign}
            onAdded={(contact) => {
              onClose();
              onAdded(contact);
            }}
          />
        </Tabs.Panel>
        <Tabs.Panel value="api">
          <ApiEndpoint campaign={campaign} />
        </Tabs.Panel>
      </Tabs>
    </Modal>
  );
}
