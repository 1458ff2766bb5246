import { addContacts, call, expect, expectAccessible, newCampaign, people, test, url } from './beckon';

const status = (id: string) => call<{ status: string }>('GET', `/campaigns/${id}`).then((campaign) => campaign.status);

test('a campaign goes live, and its contacts are watched as they move; then it is archived', async ({ page }) => {
  const { id, name } = await newCampaign();
  await page.goto(`${url}/campaigns/${id}`);
  await expect(page.getByText('No contacts yet')).toBeVisible();
  await addContacts(id, people(5));
  await expect(page.getByText('5 contacts').first()).toBeVisible();

  await page.getByRole('button', { name: 'Go Live' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('Go live for 5 contacts? This cannot be undone');
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Go Live' }).click();
  await expect(page.locator('[data-status="completed"]')).toHaveText('5', { timeout: 30_000 });
  await expect(page.getByText('Active, idle: no contacts in the queue.')).toBeVisible();
  await expectAccessible(page);

  await page.getByRole('button', { name: 'Archive' }).click();
  await expect(page.getByRole('dialog')).toContainText(`Archive “${name}”? This cannot be undone`);
  await page.getByRole('dialog').getByRole('button', { name: 'Archive' }).click();
  await expect(page.getByText('Archived: it has ended for good.')).toBeVisible();
  expect(await status(id)).toBe('archived');
  await page.goto(`${url}/campaigns?tab=archived`);
  await expect(page.getByRole('link', { name })).toBeVisible();
});

test('it is paused and resumed', async ({ page }) => {
  const { id } = await newCampaign({ executionMode: 'manual' });
  await addContacts(id, people(3));
  await call('POST', `/campaigns/${id}/go-live`, {});
  await page.goto(`${url}/campaigns/${id}`);
  await expect(page.locator('[data-status="awaiting_execution"]')).toHaveText('3', { timeout: 30_000 });
  await expect(page.getByText('3 contacts wait for “Start all outreaches”')).toBeVisible();

  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Pause' }).click();
  await expect(page.locator('[data-status="campaign_paused"]')).toHaveText('3');
  expect(await status(id)).toBe('paused');
  await page.getByRole('button', { name: 'Resume' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Resume' }).click();
  await expect(page.locator('[data-status="awaiting_execution"]')).toHaveText('3');

  await page.getByRole('button', { name: 'Start all outreaches' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Start all outreaches' }).click();
  await expect(page.getByText('3 outreaches go now.')).toBeVisible();
  await expect(page.locator('[data-status="completed"]')).toHaveText('3', { timeout: 30_000 });
});

test('texts go live only once consent is attested', async ({ page }) => {
  const { id } = await newCampaign({
    channels: ['text'],
    sender: { businessName: 'Riverside Bikes', fromPhone: '+12175550100' },
  });
  await page.goto(`${url}/campaigns/${id}`);
  await page.getByRole('button', { name: 'Go Live' }).click();
  const go = page.getByRole('dialog').getByRole('button', { name: 'Go Live' });
  await expect(go).toBeDisabled();
  await page.getByLabel('The contacts of this campaign agreed').check();
  await page.getByLabel('Attested by').fill('Sam');
  await go.click();
  await expect(page.getByText('The campaign is live.')).toBeVisible();
  expect(await call('GET', `/campaigns/${id}`)).toMatchObject({ status: 'active', consentBasis: 'attested' });
});

test('review is switched on, an outreach edited and approved, and what is approved goes', async ({ page }) => {
  const { id } = await newCampaign({ executionMode: 'manual' });
  await addContacts(id, people(2));
  await call('POST', `/campaigns/${id}/go-live`, {});
  await page.goto(`${url}/campaigns/${id}`);
  await expect(page.locator('[data-status="awaiting_execution"]')).toHaveText('2', { timeout: 30_000 });
  await page.getByRole('switch', { name: 'Manual review' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Switch review on' }).click();
  await expect(page.locator('[data-status="awaiting_approval"]')).toHaveText('2', { timeout: 30_000 });

  await page.getByRole('button', { name: /^Person1 / }).click();
  const panel = page.getByRole('complementary', { name: 'Contact' });
  await panel.getByRole('button', { name: 'Edit' }).first().click();
  await panel.getByLabel('Subject').fill('Your bike misses you');
  await expectAccessible(page);
  await page.reload();
  await expect(panel.getByLabel('Subject')).toHaveValue('Your bike misses you');
  await panel.getByRole('button', { name: 'Save as a new version' }).click();
  await expect(panel.getByText('version 2 by')).toBeVisible();
  await panel.getByRole('button', { name: 'Approve' }).click();
  await expect(panel.getByText('Approved', { exact: true })).toBeVisible();
  await expect(page.locator('[data-status="awaiting_approval"]')).toHaveText('1');

  await page.getByRole('button', { name: 'Execute all approved' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Execute all approved' }).click();
  await expect(page.getByText('1 outreach goes now')).toBeVisible();
  await expect(panel.getByText('Attempt 1: Delivered')).toBeVisible({ timeout: 30_000 });
  await panel.getByRole('button', { name: 'Show the e-mail' }).click();
  await expect(panel.getByText('Your bike misses you')).toBeVisible();
});
