import { IconBan, IconMailX, IconMessageX, IconPhoneX, type Icon } from '@tabler/icons-react';

import type { SuppressionChannel, SuppressionReason } from '../api/types';

/** On what an address is suppressed, in words. */
export const suppressionChannels: Record<SuppressionChannel, { label: string; icon: Icon }> = {
  all: { label: 'All channels', icon: IconBan },
  email: { label: 'E-mail', icon: IconMailX },
  text: { label: 'Text', icon: IconMessageX },
  phone: { label: 'Phone', icon: IconPhoneX },
};

export const allSuppressionChannels = Object.keys(suppressionChannels) as SuppressionChannel[];

/** Why an address is suppressed, in words. */
export const suppressionReasons: Record<SuppressionReason, { label: string; meaning: string }> = {
  manual: { label: 'By hand', meaning: 'Somebody here decided so.' },
  opt_out: { label: 'Opted out', meaning: 'The person asked not to be contacted.' },
  unsubscribe: { label: 'Unsubscribed', meaning: 'The person used the link of an e-mail.' },
  complaint: { label: 'Reported as spam', meaning: 'The person reported an e-mail as spam.' },
  bounce: { label: 'Bounced', meaning: 'The mailbox does not exist.' },
  dead_number: { label: 'Dead number', meaning: 'The number does not exist, or takes no texts.' },
};

export const allSuppressionReasons = Object.keys(suppressionReasons) as SuppressionReason[];

const sources: Record<string, string> = {
  reply: 'a reply',
  provider: 'the provider',
  api: 'the dashboard or the API',
  import: 'an imported file',
  unsubscribe: 'a link to unsubscribe',
  erasure: 'an erasure',
};

/** Where a suppression came from, in words where they are known. */
export function sourceOf(source: string): string {
  return sources[source] ?? source;
}
