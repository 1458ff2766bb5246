import {
  IconApi,
  IconCircleCheck,
  IconFileSpreadsheet,
  IconForbid,
  IconMail,
  IconPencil,
  IconPhoneIncoming,
  type Icon,
} from '@tabler/icons-react';

import type { Import, SourceKind } from '../api/types';
import type { StatusLook } from '../display/Status';

/** Where contacts come from, and how that looks. */
export const sources: Record<SourceKind, { label: string; icon: Icon }> = {
  csv: { label: 'CSV file', icon: IconFileSpreadsheet },
  email: { label: 'E-mail', icon: IconMail },
  api: { label: 'API', icon: IconApi },
  manual: { label: 'By hand', icon: IconPencil },
  inbound: { label: 'Inbound', icon: IconPhoneIncoming },
};

/** What an import is called in a list: its file, or what it sums up. */
export function titleOf({ fileName, source }: Pick<Import, 'fileName' | 'source'>): string {
  if (fileName !== '') return fileName;
  const titles: Record<SourceKind, string> = {
    csv: 'CSV file',
    email: 'Mail without a file',
    api: 'Calls of a day',
    manual: 'Added by hand',
    inbound: 'Who came of themselves',
  };
  return titles[source];
}

/** How an import ended. */
export const importStatuses: Record<Import['status'], StatusLook> = {
  completed: {
    label: 'Imported',
    meaning: 'Each row is accounted for.',
    icon: IconCircleCheck,
    color: 'var(--mantine-color-teal-7)',
  },
  refused: {
    label: 'Refused',
    meaning: 'Nobody was imported.',
    icon: IconForbid,
    color: 'var(--mantine-color-red-7)',
  },
};
