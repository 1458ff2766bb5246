import { addContacts, call, expect, expectAccessible, newCampaign, people, test, url } from './beckon';

test('outreaches are reviewed by keyboard: skipped, edited, approved, disqualified', async ({ page }) => {
  const { id } = await newCampaign({ manualReview: true, executionMode: 'manual' });
  await addContacts(id, people(4));
  await call('POST', `/campaigns/${id}/go-live`, {});
  await page.goto(`${url}/review?campaign=${id}`);
  await expect(page.getByText('4 outreaches left')).toBeVisible({ timeout: 30_000 });
  const heading = page.getByRole('heading', { level: 2 });
  const first = await heading.innerText();
  await expectAccessible(page);

  await page.keyboard.press('s');
  await expect(heading).not.toHaveText(first);
  const second = await heading.innerText();
  await page.keyboard.press('e');
  await page.getByLabel('Subject').fill('Edited by hand');
  await page.getByRole('button', { name: 'Save as a new version' }).click();
  await expect(page.getByText('version 2 by Robin administrator')).toBeVisible();
  await page.keyboard.press('a');
  await expect(page.getByText('3 outreaches left')).toBeVisible();
  await expect(heading).not.toHaveText(second);

  await page.keyboard.press('d');
  await page.getByRole('dialog').getByRole('button', { name: 'Disqualify' }).click();
  await expect(page.getByText('2 outreaches left')).toBeVisible();
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keys' })).toBeVisible();
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: 'Approve all 2' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Approve 2 outreaches' }).click();
  await expect(page.getByText('Nothing awaits approval')).toBeVisible();
  const { data } = await call<{ data: { status: string }[] }>('GET', `/campaigns/${id}/contacts`);
  expect(data.map(({ status }) => status).sort()).toEqual([
    'awaiting_execution',
    'awaiting_execution',
    'awaiting_execution',
    'disqualified',
  ]);
});
