import { randomUUID } from 'node:crypto';

import AxeBuilder from '@axe-core/playwright';
import { expect, test as base, type BrowserContextOptions, type Page } from '@playwright/test';

type StorageState = BrowserContextOptions['storageState'];

/** The Beckon that runs for all tests. */
export const url = process.env['BECKON_URL'] ?? '';
export const sandboxUrl = process.env['BECKON_SANDBOX_URL'] ?? '';
const key = process.env['BECKON_KEY'] ?? '';

/** Calls the API as an administrator: to seed what a test is not about, and to look at what came of it. */
export async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

export const sender = {
  businessName: 'Riverside Bikes',
  fromName: 'Sam of Riverside Bikes',
  fromEmail: 'sam@riverside-bikes.example',
  postalAddress: '1 Main Street, Springfield, IL 62701, USA',
};

/** Windows that are never shut. */
export const allDay = [{ days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], start: '00:00', end: '24:00' }];

/** Makes a campaign by e-mail that could go live, and is open at all hours; `settings` change it. */
export async function newCampaign(settings: object = {}): Promise<{ id: string; name: string }> {
  const name = `Spring ${randomUUID().slice(0, 8)}`;
  return call('POST', '/campaigns', {
    name,
    type: 'one_time',
    channels: ['email'],
    objective: 'Invite them.',
    sender,
    ...settings,
  });
}

/** Adds contacts to a campaign; only what is given of each is sent. */
export function addContacts(campaign: string, contacts: readonly object[]): Promise<unknown> {
  return call('POST', `/campaigns/${campaign}/contacts`, { contacts });
}

export const people = (n: number, of = randomUUID().slice(0, 6)) =>
  Array.from({ length: n }, (_, i) => ({
    firstName: `Person${i + 1}`,
    lastName: of,
    email: `person${i + 1}-${of}@example.com`,
    contactMetadata: { city: 'Denver' },
  }));

/** Nothing on the page keeps people from using it, as far as a program can say. */
export async function expectAccessible(page: Page): Promise<void> {
  // What fades in has no contrast yet.
  await page.evaluate(() =>
    Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => undefined))),
  );
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .analyze();
  const serious = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, nodes }) =>
        `${id}: ${nodes.map(({ html, failureSummary }) => `${html}\n${failureSummary ?? ''}`).join('\n')}`,
    );
  expect(serious).toEqual([]);
}

type Role = 'nobody' | 'viewer' | 'operator' | 'administrator';

/** A test whose page is signed in as somebody of a role, and that fails if the page logs an error. */
export const test = base.extend<{ role: Role }>({
  role: ['administrator', { option: true }],
  storageState: async ({ role }, use) => {
    await use(
      role === 'nobody'
        ? undefined
        : (JSON.parse(process.env[`BECKON_${role.toUpperCase()}`] ?? '') as object as StorageState),
    );
  },
  page: async ({ page }, use) => {
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (message) => {
      // A refusal is part of what is tested; the browser logs each.
      // So does it what axe would have run in a mail, which runs nothing.
      const expected = /^(Failed to load resource|Blocked script execution in 'about:srcdoc')/;
      if (message.type() === 'error' && !expected.test(message.text())) errors.push(message.text());
    });
    await use(page);
    expect(errors).toEqual([]);
  },
});

export { expect };
