import { IconBan, IconCircleCheck, IconClockOff } from '@tabler/icons-react';

import type { APIKey, KeyAction } from '../api/types';
import type { StatusLook } from '../display/Status';

export type KeyStatus = 'good' | 'expired' | 'revoked';

/** Whether a key opens anything now. */
export function keyStatusOf({ revokedAt, expiresAt }: Pick<APIKey, 'revokedAt' | 'expiresAt'>, now: Date): KeyStatus {
  if (revokedAt !== null) return 'revoked';
  return expiresAt !== null && new Date(expiresAt) <= now ? 'expired' : 'good';
}

/** How each looks and is called. */
export const keyStatuses: Record<KeyStatus, StatusLook> = {
  good: {
    label: 'Good',
    meaning: 'Calls with it are taken.',
    icon: IconCircleCheck,
    color: 'var(--mantine-color-teal-7)',
  },
  expired: { label: 'Expired', meaning: 'Its time is over.', icon: IconClockOff, color: 'var(--mantine-color-gray-6)' },
  revoked: {
    label: 'Revoked',
    meaning: 'Somebody revoked it for good.',
    icon: IconBan,
    color: 'var(--mantine-color-red-7)',
  },
};

/** What a key can be limited to, in words. */
export const keyActions: Record<KeyAction, string> = {
  'campaigns:read': 'Read campaigns, their progress and performance',
  'campaigns:write': 'Create and change campaigns',
  'campaigns:control': 'Go live, pause, resume, start, archive',
  'contacts:read': 'Read contacts',
  'contacts:write': 'Add, update and remove contacts, by the endpoint for other systems alone',
  'contacts:manage': 'All else that changes contacts: disable, disqualify, resend, export',
  'imports:read': 'Read imports',
  'imports:write': 'Import files, and set import by e-mail up',
  review: 'Review: read, edit and approve outreaches',
  'suppressions:read': 'Read suppressions',
  'suppressions:write': 'Add, import and lift suppressions',
};

export const allKeyActions = Object.keys(keyActions) as KeyAction[];
