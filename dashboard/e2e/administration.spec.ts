import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { addContacts, call, expect, expectAccessible, newCampaign, test, url } from './beckon';

const unique = () => randomUUID().slice(0, 8);

test('a user is invited by a link that is shown once, given another role, disabled, enabled and deleted', async ({
  page,
  browser,
}) => {
  const who = unique();
  const email = `ada-${who}@example.com`;
  await page.goto(`${url}/settings`);
  await page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name: 'Users' }).click();
  const table = page.getByRole('table', { name: 'Users' });
  await expect(table.getByRole('row', { name: /Robin administrator \(you\)/ })).toBeVisible();
  await expectAccessible(page);

  await page.getByRole('button', { name: 'Invite a user' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill(`Ada ${who}`);
  await dialog.getByLabel('E-mail').fill('operator@example.com');
  await dialog.getByLabel('Viewer').check();
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Make the invitation' }).click();
  await expect(dialog.getByText("It is another user's.")).toBeVisible();
  await dialog.getByLabel('E-mail').fill(email);
  await dialog.getByRole('button', { name: 'Make the invitation' }).click();
  await expect(dialog.getByText(/It can be used once, until/)).toBeVisible();
  await expectAccessible(page);
  const link = await dialog.locator('pre').innerText();
  await page.keyboard.press('Escape');
  await expect(dialog).toBeVisible();
  await dialog.getByRole('button', { name: 'Done' }).click();
  const row = table.getByRole('row', { name: new RegExp(`Ada ${who}`) });
  await expect(row).toContainText('Viewer');
  await expect(row).toContainText('Invited');

  // The link is good for the one who has it.
  const other = await browser.newContext({ storageState: undefined });
  const theirs = await other.newPage();
  await theirs.goto(link);
  await theirs.locator('input[type=password]').fill('a long enough password');
  await theirs.getByRole('button', { name: 'Set the password and sign in' }).click();
  await expect(theirs.getByRole('heading', { name: 'Campaigns' })).toBeVisible();

  const act = async (name: string) => {
    await row.getByRole('button', { name: `What to do with Ada ${who}` }).click();
    await page.getByRole('menuitem', { name }).click();
  };
  await act('Name and role');
  await dialog.getByLabel('Operator').check();
  await expect(dialog.getByText('All sessions of the user end')).toBeVisible();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(row).toContainText('Operator');
  await expect(row).toContainText('Active');
  // Their session has ended with it.
  await theirs.goto(`${url}/review`);
  await expect(theirs.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await other.close();

  await act('Link for another password');
  await dialog.getByRole('button', { name: 'Make a link' }).click();
  await expect(dialog.locator('pre')).toContainText('/link#');
  expect(await dialog.locator('pre').innerText()).not.toBe(link);
  await dialog.getByRole('button', { name: 'Done' }).click();
  await act('Disable');
  await dialog.getByRole('button', { name: 'Disable' }).click();
  await expect(row).toContainText('Disabled');
  await act('Enable');
  await dialog.getByRole('button', { name: 'Enable' }).click();
  await expect(row).toContainText('Active');
  await act('Delete');
  await expect(dialog).toContainText('This cannot be undone');
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await expect(row).toBeHidden();
});

test('the last administrator stays one', async ({ page }) => {
  await page.goto(`${url}/settings/users`);
  await page.getByRole('button', { name: 'What to do with Robin administrator' }).click();
  await page.getByRole('menuitem', { name: 'Name and role' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Viewer').check();
  await expect(dialog.getByText('This is you')).toBeVisible();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByText('This is the last administrator who can sign in.')).toBeVisible();
});

test('a key is made for as much as it needs, shown once, used, and revoked', async ({ page }) => {
  const { id, name } = await newCampaign();
  const other = await newCampaign();
  const called = `CRM ${unique()}`;
  await page.goto(`${url}/settings/api-keys`);
  await page.getByRole('button', { name: 'Make a key' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill(called);
  await dialog.getByRole('switch', { name: /^Only some actions/ }).click();
  await dialog.getByText('Read contacts', { exact: true }).click();
  await dialog.getByLabel('Campaigns', { exact: true }).fill(name);
  await page.getByRole('option', { name }).click();
  await page.keyboard.press('Escape');
  await page.setViewportSize({ width: 1440, height: 1600 });
  await expectAccessible(page);
  await page.setViewportSize({ width: 1440, height: 900 });
  await dialog.getByRole('button', { name: 'Make the key' }).click();
  await expect(dialog.getByText('it is shown this once')).toBeVisible();
  const key = await dialog.locator('pre').innerText();
  await dialog.getByRole('button', { name: 'Done' }).click();

  const row = page.getByRole('table', { name: 'API keys' }).getByRole('row', { name: new RegExp(called) });
  await expect(row).toContainText('Only contacts:read');
  await expect(row).toContainText(`Only ${name}`);
  await expect(row).toContainText('Never');
  await expectAccessible(page);
  const status = async (path: string) =>
    (await fetch(`${url}/api/v1${path}`, { headers: { 'x-api-key': key } })).status;
  expect(await status(`/campaigns/${id}/contacts`)).toBe(200);
  expect(await status(`/campaigns/${other.id}/contacts`)).toBe(404);
  expect(await status(`/campaigns/${id}`)).toBe(403);

  await row.getByRole('button', { name: `Revoke ${called}` }).click();
  await dialog.getByRole('button', { name: 'Revoke' }).click();
  await expect(row).toContainText('Revoked');
  expect(await status(`/campaigns/${id}/contacts`)).toBe(401);
});

test('addresses are suppressed one by one, from a list and from a file, found, taken along, and lifted', async ({
  page,
}) => {
  const of = unique();
  await page.goto(`${url}/suppressions`);
  await page.getByRole('button', { name: 'Suppress an address' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Address').fill('nonsense@');
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Suppress', exact: true }).click();
  await expect(dialog.getByLabel('Address')).toHaveAttribute('aria-invalid', 'true');
  await dialog.getByLabel('Address').fill(`One-${of}@Example.com`);
  await dialog.getByRole('combobox', { name: 'Reason' }).click();
  await page.getByRole('option', { name: 'Reported as spam' }).click();
  await dialog.getByRole('button', { name: 'Suppress', exact: true }).click();
  await expect(page.getByText(`one-${of}@example.com is suppressed.`)).toBeVisible();

  await page.getByRole('button', { name: 'Suppress many' }).click();
  await dialog.getByText('Pasted list').click();
  await dialog
    .getByRole('textbox', { name: 'Addresses' })
    .fill(`one-${of}@example.com, two-${of}@example.com\nnonsense\n`);
  await dialog.getByRole('button', { name: 'Suppress 3 addresses' }).click();
  await expect(dialog.getByText('1 added, 1 suppressed already, 1 skipped')).toBeVisible();
  await expect(dialog.getByRole('row', { name: /^3/ })).toBeVisible();
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Suppress more' }).click();
  await dialog.getByText('CSV file', { exact: true }).click();
  await dialog.locator('input[type=file]').setInputFiles({
    name: 'blocked.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(`email,channel,reason\nthree-${of}@example.com,email,opt_out\n`),
  });
  await expect(dialog.getByText('1 added, 0 suppressed already, 0 skipped')).toBeVisible();
  await dialog.getByRole('button', { name: 'Done' }).click();

  await page.getByLabel('Search suppressions').fill(of);
  await expect(page.getByText('3 suppressions', { exact: true })).toBeVisible();
  await page.getByRole('combobox', { name: 'Channel' }).click();
  await page.getByRole('option', { name: 'E-mail' }).click();
  await expect(page.getByText('1 suppression', { exact: true })).toBeVisible();
  await expect(page).toHaveURL(new RegExp(`search=${of}.*channel=email`));
  const row = page.getByRole('row', { name: new RegExp(`three-${of}`) });
  await expect(row).toContainText('Opted out');
  await expect(row).toContainText('an imported file');
  await expectAccessible(page);
  const downloaded = page.waitForEvent('download');
  await page.getByRole('link', { name: 'CSV' }).click();
  const file = await downloaded;
  expect(file.suggestedFilename()).toBe('suppressions.csv');
  expect(readFileSync(await file.path(), 'utf8')).toMatch(
    new RegExp(`^address,channel,reason,source,createdAt\r\nthree-${of}@example.com,email,opt_out,import,[^\r]*\r\n$`),
  );

  await row.getByRole('button', { name: 'Lift' }).click();
  await expect(dialog).toContainText('Lift it only if the person has asked to be contacted again.');
  await dialog.getByRole('button', { name: 'Lift' }).click();
  await expect(page.getByText('No suppression matches')).toBeVisible();
});

test('the settings are what new campaigns begin with', async ({ page }) => {
  await page.goto(`${url}/settings`);
  await expect(page.getByText('SendGrid, for e-mails: configured')).toBeVisible();
  const name = `Riverside ${unique()}`;
  await page.getByLabel('Name of the organization').fill(name);
  await page.getByLabel('Business name').fill('Riverside Bikes Ltd');
  await page.getByLabel('E-mails come from (address)').fill('nonsense');
  await expectAccessible(page);
  // What is typed survives a reload.
  await page.reload();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByLabel('E-mails come from (address)')).toHaveAttribute('aria-invalid', 'true');
  await page.getByLabel('E-mails come from (address)').fill('');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('The settings are saved.')).toBeVisible();
  expect(await call('GET', '/settings')).toMatchObject({
    organizationName: name,
    defaults: { sender: { businessName: 'Riverside Bikes Ltd' } },
  });
  const made = await call<{ sender: object }>('POST', '/campaigns', { name: 'From the settings', type: 'one_time' });
  expect(made.sender).toMatchObject({ businessName: 'Riverside Bikes Ltd' });
  await call('PATCH', '/settings', { defaults: { sender: { businessName: '' } } });
});

test('the audit log says who did what, and is narrowed by a click', async ({ page }) => {
  const { id, name } = await newCampaign();
  await addContacts(id, [{ firstName: 'Ada', email: 'ada@example.com' }]);
  const { data } = await call<{ data: { id: string }[] }>('GET', `/campaigns/${id}/contacts`);
  await page.goto(`${url}/campaigns/${id}/contacts?contact=${data[0]?.id ?? ''}`);
  const panel = page.getByRole('complementary', { name: 'Contact' });
  await panel.getByRole('button', { name: 'Disable' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click();
  await expect(panel.getByRole('button', { name: 'Enable' })).toBeVisible();
  await panel.getByRole('link', { name: 'Audit log' }).click();

  const table = page.getByRole('table', { name: 'Audit log' });
  await expect(page.getByText('1 record', { exact: true })).toBeVisible();
  const row = table.getByRole('row', { name: /Robin administrator Disabled a contact/ });
  await expect(row.getByRole('link', { name })).toBeVisible();
  await page.getByRole('button', { name: 'Remove filter One contact' }).click();
  await expect(table.getByRole('row', { name: /beckon-dev.*Created a campaign/ })).toBeVisible();
  await expect(page.getByText('3 records', { exact: true })).toBeVisible();
  await expect(page.getByRole('combobox', { name: 'Campaign' })).toHaveValue(name);
  await expectAccessible(page);

  await row.getByRole('button', { name: 'Robin administrator' }).click();
  await expect(page.getByText('1 record', { exact: true })).toBeVisible();
  await expect(page.getByRole('combobox', { name: 'Who' })).toHaveValue(/^Robin administrator/);
  await page.getByRole('button', { name: 'Anybody', includeHidden: true }).click();
  await page.getByRole('combobox', { name: 'What was done' }).click();
  await page.getByRole('option', { name: 'Added contacts' }).click();
  await expect(page.getByText('1 record', { exact: true })).toBeVisible();
  await expect(page).toHaveURL(/action=add_contacts/);
  const downloaded = page.waitForEvent('download');
  await page.getByRole('link', { name: 'CSV' }).click();
  const lines = readFileSync(await (await downloaded).path(), 'utf8')
    .trim()
    .split('\r\n');
  expect(lines).toHaveLength(2);
  expect(lines[1]).toContain(`add_contacts,api_key`);
});

test('a person’s data is exported, and erased once the word is typed', async ({ page }) => {
  const email = `ada-${unique()}@example.com`;
  const { id } = await newCampaign();
  const second = await newCampaign();
  for (const campaign of [id, second.id]) await addContacts(campaign, [{ firstName: 'Ada', lastName: 'Byron', email }]);
  await page.goto(`${url}/campaigns/${id}/contacts`);
  await page.getByRole('button', { name: 'Ada Byron' }).click();
  const panel = page.getByRole('complementary', { name: 'Contact' });
  const downloaded = page.waitForEvent('download');
  await panel.getByRole('button', { name: 'Export' }).click();
  const exported = JSON.parse(readFileSync(await (await downloaded).path(), 'utf8')) as {
    contact: object;
    sameAddress: object[];
  };
  expect(exported.contact).toMatchObject({ firstName: 'Ada', email });
  expect(exported.sameAddress).toHaveLength(1);
  await expect(panel.getByRole('link', { name: second.name })).toBeVisible();

  await panel.getByRole('button', { name: 'Erase…' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('Erase all data of Ada Byron? This cannot be undone');
  const erase = dialog.getByRole('button', { name: 'Erase for good' });
  await expect(erase).toBeDisabled();
  await dialog.getByLabel('Never contact these addresses again').check();
  await dialog.getByLabel('Type “erase” to go on').fill('erase');
  await expectAccessible(page);
  await erase.click();
  await expect(panel.getByText('The person’s data is erased')).toBeVisible();
  await expect(panel.getByText(email)).toBeHidden();
  await expect(panel.getByRole('link', { name: second.name })).toBeVisible();
  await expectAccessible(page);
  await expect(page.getByText('No contacts yet')).toBeVisible();
  await page.goto(`${url}/suppressions`);
  await expect(page.getByRole('cell', { name: 'Erased; it stays suppressed' }).first()).toBeVisible();
});

test.describe('a viewer', () => {
  test.use({ role: 'viewer' });

  test('is told what is for others, and sees the rest', async ({ page }) => {
    await page.goto(`${url}/suppressions`);
    await expect(page.getByRole('button', { name: 'Suppress an address' })).toHaveAttribute('aria-disabled', 'true');
    await expectAccessible(page);
    const main = page.getByRole('navigation', { name: 'Main' });
    await expect(main.getByRole('link', { name: 'Audit log' })).toBeHidden();
    await main.getByRole('link', { name: 'Settings' }).click();
    await expect(page.getByLabel('Name of the organization')).toHaveAttribute('readonly');
    await expect(page.getByRole('link', { name: 'Users' })).toBeHidden();
    for (const [path, title] of [
      ['/settings/users', 'Users are for administrators'],
      ['/settings/api-keys', 'API keys are for administrators'],
      ['/audit', 'The audit log is for administrators'],
    ] as const) {
      await page.goto(url + path);
      await expect(page.getByRole('heading', { name: title })).toBeVisible();
      await expectAccessible(page);
    }
  });
});
