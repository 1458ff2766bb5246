import { call, expect, expectAccessible, newCampaign, test, url } from './beckon';

test('the list is searched and filtered, and its address says so', async ({ page }) => {
  const { name } = await newCampaign();
  const other = await newCampaign({ name: 'Something else' });
  await page.goto(`${url}/`);
  await expect(page).toHaveURL(/\/campaigns$/);
  await expect(page.getByRole('link', { name })).toBeVisible();
  await expect(page.getByRole('row', { name: new RegExp(name) })).toContainText('Ready to go live');
  await expectAccessible(page);

  await page.getByLabel('Search campaigns').fill(name.slice(-8));
  await expect(page.getByRole('link', { name: other.name })).toBeHidden();
  await page.getByRole('combobox', { name: 'Channel' }).click();
  await page.getByRole('option', { name: 'Phone' }).click();
  await expect(page.getByText('No campaign matches')).toBeVisible();
  await expect(page).toHaveURL(/channel=phone/);
  await page.getByRole('button', { name: 'Remove filter Phone' }).click();
  await page.reload();
  await expect(page.getByRole('link', { name })).toBeVisible();
  await expect(page.getByRole('link', { name: other.name })).toBeHidden();
});

test('a campaign is created in steps, and what Go Live needs is always said', async ({ page }) => {
  await page.goto(`${url}/campaigns`);
  await page.getByRole('button', { name: 'New campaign' }).first().click();
  await expect(page.getByRole('heading', { name: 'New campaign' })).toBeVisible();
  await expectAccessible(page);
  await page.getByLabel('Name').fill('Check-up in steps');
  await page.getByLabel('Follow-up').check();
  await page.getByRole('button', { name: 'Create the draft' }).click();

  // Channels and sender, with a problem beside its field.
  await page.getByLabel('E-mail', { exact: true }).check();
  await page.getByLabel('E-mails come from (address)').fill('not an address');
  await page.getByLabel('E-mails come from (name)').fill('Sam');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByLabel('E-mails come from (address)')).toHaveAttribute('aria-invalid', 'true');
  await expectAccessible(page);
  await page.reload();
  await expect(page.getByLabel('E-mails come from (name)')).toHaveValue('Sam');
  await page.getByLabel('E-mails come from (address)').fill('sam@riverside-bikes.example');
  await page.getByLabel('Postal address').fill('1 Main Street, Springfield');
  await page.getByRole('button', { name: 'Save and continue' }).click();

  // The objective; the list of what is needed leads to it.
  await expect(page.getByLabel('Objective', { exact: true })).toBeVisible();
  await page.getByRole('link', { name: 'Say what the campaign is to achieve.' }).click();
  await page.getByLabel('Objective', { exact: true }).fill('Invite them to a check-up.');
  await page.getByRole('button', { name: 'Save and continue' }).click();
  await expect(page.getByText('All that Go Live needs is there.')).toBeVisible();

  // Schedule and windows.
  await expectAccessible(page);
  await page.getByLabel('Manual', { exact: true }).check();
  await page.getByRole('button', { name: 'Save and continue' }).click();
  await page.locator('[data-day="sun"][data-hour="8"]').click();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Save and continue' }).click();

  // Eligibility.
  await page.getByRole('button', { name: 'Add a rule' }).click();
  await page.getByRole('combobox', { name: 'Field' }).fill('city');
  await page.getByLabel('Value', { exact: true }).fill('Denver');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Save and continue' }).click();
  await page.getByRole('switch', { name: 'Frequency cap' }).click();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('The settings are saved.')).toBeVisible();

  const id = /campaigns\/([^/]+)/.exec(page.url())?.[1] ?? '';
  const saved = await call<Record<string, unknown>>('GET', `/campaigns/${id}`);
  expect(saved).toMatchObject({
    type: 'follow_up',
    channels: ['email'],
    executionMode: 'manual',
    eligibility: { rules: [{ field: 'city', op: 'eq', value: 'Denver' }] },
    frequencyCap: { count: 3, days: 7 },
    windows: {
      email: [
        { days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat'], start: '00:00', end: '24:00' },
        { days: ['sun'], start: '00:00', end: '08:00' },
        { days: ['sun'], start: '09:00', end: '24:00' },
      ],
    },
    goLiveProblems: [],
  });
});

test('what is typed survives a Beckon that does not answer, which is said', async ({ page, context }) => {
  const { id } = await newCampaign();
  await page.goto(`${url}/campaigns/${id}/settings?step=objective`);
  await page.getByLabel('Instructions').fill('Be short.');
  await context.setOffline(true);
  await expect(page.getByText('Beckon does not answer')).toBeVisible({ timeout: 30_000 });
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('Not saved. What you typed is kept.')).toBeVisible();
  await context.setOffline(false);
  await expect(page.getByText('It is asked again every few seconds')).toBeHidden({ timeout: 30_000 });
  await expect(page.getByLabel('Instructions')).toHaveValue('Be short.');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('The settings are saved.')).toBeVisible();
});

test('an address that is no page says so', async ({ page }) => {
  await page.goto(`${url}/nothing/here`);
  await expect(page.getByRole('heading', { name: 'There is no such page' })).toBeVisible();
  await page.goto(`${url}/campaigns/0197f3a0-0000-7000-8000-000000000001/contacts`);
  await expect(page.getByRole('heading', { name: 'There is no such page' })).toBeVisible();
  await expectAccessible(page);
});
