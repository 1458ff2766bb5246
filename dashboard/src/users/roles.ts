import { IconCircleCheck, IconMail, IconUserOff } from '@tabler/icons-react';

import type { Role, User } from '../api/types';
import type { StatusLook } from '../display/Status';

/** What each role may do, the least first. */
export const roles: Record<Role, { label: string; may: string }> = {
  viewer: { label: 'Viewer', may: 'Sees campaigns, contacts, suppressions and settings, and changes nothing.' },
  operator: {
    label: 'Operator',
    may: 'Also runs campaigns: contacts, review, suppressions, everything but what administrators do.',
  },
  administrator: {
    label: 'Administrator',
    may: 'Also manages users, API keys and settings, reads the audit log, and erases personal data.',
  },
};

/** How each status of a user looks and is called. */
export const userStatuses: Record<User['status'], StatusLook> = {
  invited: {
    label: 'Invited',
    meaning: 'Has not set a password yet.',
    icon: IconMail,
    color: 'var(--mantine-color-blue-6)',
  },
  active: { label: 'Active', meaning: 'Can sign in.', icon: IconCircleCheck, color: 'var(--mantine-color-teal-7)' },
  disabled: {
    label: 'Disabled',
    meaning: 'Cannot sign in until somebody enables them.',
    icon: IconUserOff,
    color: 'var(--mantine-color-dark-2)',
  },
};
