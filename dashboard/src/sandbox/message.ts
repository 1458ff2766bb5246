import {
  IconBan,
  IconCheck,
  IconClock,
  IconFlag,
  IconPhoneCalling,
  IconPhoneCheck,
  IconPhoneOff,
  IconX,
} from '@tabler/icons-react';

import type { SandboxMessage, SandboxReply, SandboxStatus } from '../api/sandbox';
import type { StatusLook } from '../display/Status';

const shade = (color: string, of: number) => `var(--mantine-color-${color}-${of})`;
const good = shade('teal', 7);
const bad = shade('red', 7);
const under = shade('cyan', 6);

/** What became of a message, or how far a call has come. */
export const sandboxStatuses: Record<SandboxStatus, StatusLook> = {
  delivered: { label: 'Delivered', meaning: 'It is in the contact’s hands.', icon: IconCheck, color: good },
  bounced: { label: 'Bounced', meaning: 'The mailbox does not exist.', icon: IconX, color: bad },
  blocked: { label: 'Blocked', meaning: 'It was refused for now.', icon: IconBan, color: bad },
  reported: { label: 'Reported as spam', meaning: 'The contact reported it as spam.', icon: IconFlag, color: bad },
  unsubscribed: {
    label: 'Unsubscribed',
    meaning: 'The contact unsubscribed.',
    icon: IconBan,
    color: shade('orange', 6),
  },
  undelivered: { label: 'Undelivered', meaning: 'The number takes no texts.', icon: IconX, color: bad },
  queued: { label: 'Queued', meaning: 'It goes soon.', icon: IconClock, color: under },
  ringing: { label: 'Ringing', meaning: 'Nobody has answered yet.', icon: IconPhoneCalling, color: under },
  in_progress: { label: 'On the phone', meaning: 'The call is on.', icon: IconPhoneCalling, color: under },
  completed: { label: 'Call ended', meaning: 'The call was answered, and is over.', icon: IconPhoneCheck, color: good },
  busy: { label: 'Busy', meaning: 'The line was busy.', icon: IconPhoneOff, color: bad },
  no_answer: { label: 'No answer', meaning: 'Nobody answered.', icon: IconPhoneOff, color: bad },
  failed: { label: 'Failed', meaning: 'It could not be sent.', icon: IconX, color: bad },
  canceled: { label: 'Cancelled', meaning: 'The call was taken back before it was answered.', icon: IconX, color: bad },
};

/** Whether a call can still be answered by keys and spoken words, or soon can. */
export function isOn({ channel, status }: Pick<SandboxMessage, 'channel' | 'status'>): boolean {
  return channel === 'phone' && (status === 'queued' || status === 'ringing' || status === 'in_progress');
}

/** A line that stands for a message in a list: its subject, or how it begins. */
export function titleOf({ subject, text, voicemailText }: Pick<SandboxMessage, 'subject' | 'text' | 'voicemailText'>) {
  const line = (subject ?? text ?? voicemailText ?? '').replace(/\s+/g, ' ').trim();
  return line === '' ? 'Nothing was said' : line.length > 140 ? `${line.slice(0, 139)}…` : line;
}

/** What a contact answered, in words. */
export function answerOf({ text, digits, speech }: Pick<SandboxReply, 'text' | 'digits' | 'speech'>): string {
  if (digits !== null) return `Pressed ${digits}`;
  if (speech !== null) return `Said “${speech}”`;
  return text ?? '';
}

/** A header of a mail, whatever its case; undefined where there is none. */
export function headerOf(headers: Record<string, string>, name: string): string | undefined {
  return Object.entries(headers).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
}

/**
 * The path of the link by which a mail program unsubscribes in one step (RFC 8058); undefined where the mail offers none, or one
 * that is not Beckon's. Only the path is of use: Beckon is where the dashboard came from, whatever it calls itself.
 */
export function oneClickPathOf(headers: Record<string, string>): string | undefined {
  if (headerOf(headers, 'List-Unsubscribe-Post') !== 'List-Unsubscribe=One-Click') return undefined;
  const link = /<(https?:\/\/[^>\s]+)>/.exec(headerOf(headers, 'List-Unsubscribe') ?? '')?.[1];
  const path = link === undefined || !URL.canParse(link) ? '' : new URL(link).pathname;
  return /^\/u\/[\w.~-]+$/.test(path) ? path : undefined;
}

/**
 * A mail's HTML as a document of its own. It loads nothing and runs nothing, whatever it holds; pictures that it carries are
 * shown, and links open beside the dashboard.
 */
export function documentOf(html: string): string {
  const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";
  return `<!doctype html><meta http-equiv="Content-Security-Policy" content="${policy}"><base target="_blank">${html}`;
}
