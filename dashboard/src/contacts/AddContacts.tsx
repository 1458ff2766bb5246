import { Modal, Tabs } from '@mantine/core';
import { lazy, Suspense, type ReactNode } from 'react';

import type { Campaign } from '../api/types';
import { LoadingRows } from '../frame/Loading';
import { AddByHand } from './AddByHand';
import { ApiEndpoint } from './ApiEndpoint';
import { ways, type Way } from './search';

const CsvImport = lazy(() => import('../imports/CsvImport').then((module) => ({ default: module.CsvImport })));
const EmailImport = lazy(() => import('../imports/EmailImport').then((module) => ({ default: module.EmailImport })));
const Inbound = lazy(() => import('./Inbound').then((module) => ({ default: module.Inbound })));

const labels: Record<Way, string> = {
  csv: 'CSV file',
  hand: 'By hand',
  email: 'By e-mail',
  inbound: 'Inbound',
  api: 'API',
};

// A chosen file and a key that is shown this once outlive a look at another way; what is typed is kept elsewhere.
const kept: readonly Way[] = ['csv', 'api'];

interface Props {
  campaign: Campaign;
  way: Way;
  onWay: (way: Way) => void;
  onClose: () => void;
  onAdded: (contactId: string) => void;
}

/** The ways by which contacts come into a campaign. */
export function AddContacts({ campaign, way, onWay, onClose, onAdded }: Props) {
  const bodies: Record<Way, ReactNode> = {
    csv: <CsvImport campaign={campaign} onClose={onClose} />,
    hand: <AddByHand campaign={campaign} onAdded={onAdded} />,
    email: <EmailImport campaign={campaign} />,
    inbound: <Inbound campaign={campaign} />,
    api: <ApiEndpoint campaign={campaign} />,
  };
  return (
    <Modal opened onClose={onClose} title="Add contacts" size="xl" closeButtonProps={{ 'aria-label': 'Close' }}>
      <Tabs value={way} onChange={(to) => onWay(ways.find((known) => known === to) ?? way)} keepMounted={false}>
        <Tabs.List mb="md">
          {ways.map((known) => (
            <Tabs.Tab key={known} value={known}>
              {labels[known]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {ways.map((known) => (
          <Tabs.Panel key={known} value={known} keepMounted={kept.includes(known)}>
            <Suspense fallback={<LoadingRows rows={3} />}>{bodies[known]}</Suspense>
          </Tabs.Panel>
        ))}
      </Tabs>
    </Modal>
  );
}
