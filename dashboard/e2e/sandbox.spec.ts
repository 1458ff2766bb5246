import { randomUUID } from 'node:crypto';

import { addContacts, allDay, call, expect, expectAccessible, newCampaign, sender, test, url } from './beckon';

const unique = () => randomUUID().slice(0, 8);

/** A live campaign by a channel, with one contact. */
async function live(channel: 'email' | 'text' | 'phone', contact: object): Promise<string> {
  const { id } = await newCampaign({
    channels: [channel],
    quietHours: 'off',
    windows: { text: allDay, phone: allDay },
    sender: { ...sender, fromPhone: '+12175550100' },
  });
  await addContacts(id, [contact]);
  await call('POST', `/campaigns/${id}/go-live`, { consent: { attestedBy: 'Sam' } });
  return id;
}

/** A number that nobody else has in these tests. */
const number = () => `+1212555${String(Math.floor(Math.random() * 100)).padStart(2, '0')}`;

test('a mail is read as the contact sees it, answered, and seen in the response history', async ({ page }) => {
  const email = `ada-${unique()}@example.com`;
  const id = await live('email', { firstName: 'Ada', lastName: 'Lovelace', email });
  await page.goto(`${url}/sandbox`);
  await page.getByLabel('Search the inbox').fill(email);
  const table = page.getByRole('table', { name: 'Messages' });
  await expect(table.getByRole('row')).toHaveCount(2, { timeout: 30_000 });
  await expect(page.getByText('1 message', { exact: true })).toBeVisible();
  await expectAccessible(page);
  await table.getByRole('button').first().click();

  const panel = page.getByRole('complementary', { name: 'Message' });
  const mail = panel.frameLocator('iframe[title^="The e-mail"]');
  await expect(mail.getByText('1 Main Street, Springfield').first()).toBeVisible();
  const frame = panel.locator('iframe');
  expect(await frame.getAttribute('sandbox')).not.toMatch(/scripts|same-origin|forms/);
  await panel.getByText('Text', { exact: true }).click();
  await expect(panel.getByText('1 Main Street, Springfield').first()).toBeVisible();
  await panel.getByText('Headers', { exact: true }).click();
  await expect(panel.getByRole('row', { name: /^List-Unsubscribe-Post/ })).toBeVisible();
  await expectAccessible(page);

  await panel.getByLabel('Answer by e-mail').fill('Saturday at ten suits me.');
  await page.reload();
  await expect(panel.getByLabel('Answer by e-mail')).toHaveValue('Saturday at ten suits me.');
  await panel.getByRole('button', { name: 'Send the answer' }).click();
  await expect(panel.getByRole('list', { name: 'Answers to the e-mail' })).toContainText('Saturday at ten suits me.');
  await expect(panel.getByLabel('Answer by e-mail')).toHaveValue('');
  await page.goto(`${url}/campaigns/${id}/contacts`);
  await page.getByRole('button', { name: 'Ada Lovelace' }).click();
  const contact = page.getByRole('complementary', { name: 'Contact' });
  await expect(contact.getByText('Saturday at ten suits me.')).toBeVisible({ timeout: 30_000 });

  // And back, to unsubscribe as a mail program does.
  await contact.getByRole('link', { name: 'In the sandbox' }).click();
  await table.getByRole('button').first().click();
  await panel.getByRole('button', { name: 'Unsubscribe' }).click();
  await expect(page.getByText('The contact has unsubscribed.')).toBeVisible();
  const { data } = await call<{ data: { reason: string }[] }>('GET', `/suppressions?search=${email}`);
  expect(data.map(({ reason }) => reason)).toEqual(['unsubscribe']);
});

test('a text is answered with STOP, and ends the contact', async ({ page }) => {
  const phone = `${number()}55`;
  const id = await live('text', { firstName: 'Grace', lastName: 'Hopper', phone });
  await page.goto(`${url}/sandbox?channel=text&search=${encodeURIComponent(phone)}`);
  await page.getByRole('table', { name: 'Messages' }).getByRole('button').first().click({ timeout: 30_000 });
  const panel = page.getByRole('complementary', { name: 'Message' });
  await expect(panel.getByText(/^\d segments?, \d+ characters$/)).toBeVisible();
  await expectAccessible(page);
  await panel.getByRole('button', { name: 'Text STOP' }).click();
  await expect(panel.getByRole('list', { name: 'Answers to the text' })).toContainText('STOP');
  await page.goto(`${url}/campaigns/${id}/contacts`);
  await page.getByRole('button', { name: 'Grace Hopper' }).click();
  await expect(page.getByRole('complementary').getByText('Opted out').first()).toBeVisible({ timeout: 30_000 });
});

test('a call is heard and answered while it is on', async ({ page }) => {
  const phone = `${number()}66`;
  const id = await live('phone', { firstName: 'Mary', lastName: 'Jackson', phone });
  await page.goto(`${url}/sandbox?channel=phone&search=${encodeURIComponent(phone)}`);
  await page.getByRole('table', { name: 'Messages' }).getByRole('button').first().click({ timeout: 30_000 });
  const panel = page.getByRole('complementary', { name: 'Message' });
  await expect(panel.getByText('What the contact hears')).toBeVisible();
  await expect(panel.getByRole('group', { name: 'Keys of the phone' })).toBeVisible();
  await panel.getByLabel('What the contact says').fill('Call me again on Friday');
  await panel.getByRole('button', { name: 'Say it' }).click();
  await expect(panel.getByRole('list', { name: 'Answers to the call' })).toContainText(
    'Said “Call me again on Friday”',
  );
  await expect(panel.getByText('Call ended')).toBeVisible();
  await expect(panel.getByRole('group', { name: 'Keys of the phone' })).toBeHidden();
  await expectAccessible(page);
  await page.goto(`${url}/campaigns/${id}/contacts`);
  await page.getByRole('button', { name: 'Mary Jackson' }).click();
  await expect(page.getByRole('complementary').getByText('Call me again on Friday')).toBeVisible({ timeout: 30_000 });
});

test.describe('a viewer', () => {
  test.use({ role: 'viewer' });

  test('looks, and answers nobody', async ({ page }) => {
    await page.goto(`${url}/sandbox`);
    await expect(page.getByRole('button', { name: 'Empty the inbox' })).toHaveAttribute('aria-disabled', 'true');
    const status = await page.evaluate(() =>
      fetch('/api/sandbox/messages', { method: 'DELETE' }).then((response) => response.status),
    );
    expect(status).toBe(403);
  });
});

test.describe('whoever is not signed in', () => {
  test.use({ role: 'nobody' });

  test('is shown no message', async ({ page }) => {
    expect((await page.request.get(`${url}/api/sandbox/messages`)).status()).toBe(401);
  });
});
