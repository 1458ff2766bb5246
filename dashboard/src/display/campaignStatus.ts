import { IconArchive, IconPencil, IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';

import type { CampaignStatus } from '../api/types';
import type { StatusLook } from './Status';

/** How each status of a campaign looks and is called, everywhere. */
export const campaignStatuses: Record<CampaignStatus, StatusLook> = {
  draft: {
    label: 'Draft',
    meaning: 'Nothing is sent before it goes live.',
    icon: IconPencil,
    color: 'var(--mantine-color-gray-6)',
  },
  active: {
    label: 'Active',
    meaning: 'Its contacts are planned for and reached.',
    icon: IconPlayerPlay,
    color: 'var(--mantine-color-teal-7)',
  },
  paused: {
    label: 'Paused',
    meaning: 'Nothing is sent until it is resumed.',
    icon: IconPlayerPause,
    color: 'var(--mantine-color-orange-6)',
  },
  archived: {
    label: 'Archived',
    meaning: 'It has ended for good.',
    icon: IconArchive,
    color: 'var(--mantine-color-dark-2)',
  },
};
