import {
  IconBan,
  IconCircleCheck,
  IconCircleDashed,
  IconClock,
  IconEyeCheck,
  IconPlayerPause,
  IconSend,
  IconSparkles,
  IconUserOff,
} from '@tabler/icons-react';

import type { ContactStatus } from '../api/types';
import type { StatusLook } from './Status';

const shade = (color: string, of = 6) => `var(--mantine-color-${color}-${of})`;

/** How each status of a contact looks and is called, everywhere. */
export const contactStatuses: Record<ContactStatus, StatusLook> = {
  not_started: {
    label: 'Not started',
    meaning: 'The campaign has not taken the contact in yet.',
    icon: IconCircleDashed,
    color: shade('gray'),
  },
  planning: {
    label: 'Planning',
    meaning: 'The AI plans its next outreach.',
    icon: IconSparkles,
    color: shade('grape'),
  },
  awaiting_execution: {
    label: 'Awaiting execution',
    meaning: 'Its next outreach is planned and goes when its time comes.',
    icon: IconClock,
    color: shade('blue'),
  },
  awaiting_approval: {
    label: 'Awaiting approval',
    meaning: 'Its next outreach waits for somebody to approve it.',
    icon: IconEyeCheck,
    color: shade('yellow'),
  },
  executing: {
    label: 'Executing',
    meaning: 'An outreach is being sent, or its call goes on.',
    icon: IconSend,
    color: shade('cyan'),
  },
  completed: {
    label: 'Completed',
    meaning: 'Nothing more is sent to the contact.',
    icon: IconCircleCheck,
    color: shade('teal', 7),
  },
  disqualified: {
    label: 'Disqualified',
    meaning: 'The contact must not be reached, or cannot be.',
    icon: IconBan,
    color: shade('red', 7),
  },
  disabled: {
    label: 'Disabled',
    meaning: 'Everything is stopped for the contact until it is enabled.',
    icon: IconUserOff,
    color: shade('dark', 2),
  },
  campaign_paused: {
    label: 'Campaign paused',
    meaning: 'The contact goes on where it left off when the campaign is resumed.',
    icon: IconPlayerPause,
    color: shade('orange'),
  },
};

/** In the order of a contact's life, which is that of bars and lists. */
export const contactStatusOrder: readonly ContactStatus[] = [
  'not_started',
  'planning',
  'awaiting_approval',
  'awaiting_execution',
  'campaign_paused',
  'executing',
  'completed',
  'disqualified',
  'disabled',
];
