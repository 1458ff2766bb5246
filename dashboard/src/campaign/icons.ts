import {
  IconArchive,
  IconBroadcast,
  IconChecks,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlayerTrackNext,
  type Icon,
} from '@tabler/icons-react';

import type { Control } from '../api/campaigns';

export const controlIcons: Record<Control, Icon> = {
  'go-live': IconBroadcast,
  pause: IconPlayerPause,
  resume: IconPlayerPlay,
  archive: IconArchive,
  'start-outreaches': IconPlayerTrackNext,
  'execute-approved': IconChecks,
};
