import { addContacts, call, expect, expectAccessible, newCampaign, people, sandboxUrl, test, url } from './beckon';

test('a contact is added by hand, with a property of its own', async ({ page }) => {
  const { id } = await newCampaign();
  await page.goto(`${url}/campaigns/${id}/contacts`);
  await page.getByRole('button', { name: 'Add contacts' }).first().click();
  await page.getByRole('tab', { name: 'By hand' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('First name').fill('Ada');
  await dialog.getByLabel('Last name').fill('Lovelace');
  await dialog.getByLabel('E-mail', { exact: true }).fill('nonsense');
  await dialog.getByRole('button', { name: 'Add a property' }).click();
  await dialog.getByLabel('Name of property 1').fill('city');
  await dialog.getByLabel('Value of property 1').fill('London');
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Add the contact' }).click();
  await expect(dialog.getByLabel('E-mail', { exact: true })).toHaveAttribute('aria-invalid', 'true');
  await dialog.getByLabel('E-mail', { exact: true }).fill('ada@example.com');
  await dialog.getByRole('button', { name: 'Add the contact' }).click();

  const panel = page.getByRole('complementary', { name: 'Contact' });
  await expect(panel.getByRole('heading', { name: 'Ada Lovelace' })).toBeVisible();
  await expect(panel.getByRole('row', { name: 'city London' })).toBeVisible();
  await expect(panel.getByText('The campaign is a draft: waiting for Go Live.')).toBeVisible();
  await expectAccessible(page);

  // And is changed in place.
  await panel.getByRole('button', { name: 'Edit' }).click();
  await panel.getByLabel('Phone').fill('(212) 555-0123');
  await panel.getByLabel('Value of property 1').fill('Paris');
  await panel.getByRole('button', { name: 'Save' }).click();
  await expect(panel.getByText('+12125550123')).toBeVisible();
  await expect(panel.getByText('Time zone: New York, of its phone number')).toBeVisible();
  await expect(panel.getByRole('row', { name: 'city Paris' })).toBeVisible();
});

test('a CSV file is mapped and imported, and each row accounted for', async ({ page }) => {
  const { id } = await newCampaign();
  await page.goto(`${url}/campaigns/${id}/contacts`);
  await page.getByRole('button', { name: 'Add contacts' }).first().click();
  const csv =
    'Given;Family;Mail;Town;Notes\nAda;Lovelace;ada@example.com;London;first\nAlan;Turing;alan@example.com;Manchester;\nNobody;;;;\n';
  await page
    .locator('input[type=file]')
    .setInputFiles({ name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) });
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByText('3 rows, utf-8, columns parted by semicolons.')).toBeVisible();
  await expectAccessible(page);
  const use = async (column: string, as: string) => {
    await dialog.getByRole('combobox', { name: `Column ${column} is used as` }).click();
    await page.getByRole('option', { name: as, exact: true }).click();
  };
  await use('Given', 'First name');
  await use('Family', 'Last name');
  await use('Mail', 'E-mail');
  await use('Town', 'Property');
  await dialog.getByLabel('Name of the property of column Town').fill('city');
  await use('Notes', 'Leave out');
  await dialog.getByRole('button', { name: 'Import 3 rows' }).click();
  await expect(dialog.getByText('2 contacts added, 0 updated, 1 skipped')).toBeVisible();
  await expect(dialog.getByRole('row', { name: /^4/ })).toBeVisible();
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('button', { name: 'Alan Turing' }).click();
  const panel = page.getByRole('complementary', { name: 'Contact' });
  await expect(panel.getByRole('row', { name: 'city Manchester' })).toBeVisible();
  await expect(panel.getByRole('row', { name: /Notes/ })).toBeHidden();
});

test('contacts are filtered, walked by keys, and many are changed at once', async ({ page }) => {
  const { id } = await newCampaign({ executionMode: 'manual' });
  await addContacts(id, people(250));
  await call('POST', `/campaigns/${id}/go-live`, {});
  await page.goto(`${url}/campaigns/${id}/contacts?sort=name`);
  await expect(page.getByText('1 to 200 of 250')).toBeVisible();
  // Only what is seen is drawn.
  expect(await page.getByRole('table', { name: 'Contacts' }).getByRole('row').count()).toBeLessThan(60);
  await page.getByRole('button', { name: 'Page 2' }).click();
  await expect(page.getByText('201 to 250 of 250')).toBeVisible();
  await expect(page).toHaveURL(/page=2/);

  await page.getByLabel('Search contacts').fill('person1-');
  await expect(page.getByText('1 contact', { exact: true })).toBeVisible();
  await page.getByLabel('Search contacts').fill('person2');
  await expect(page.getByText('62 contacts')).toBeVisible();
  await page.getByRole('button', { name: /^Person2 / }).click();
  await page.keyboard.press('ArrowDown');
  await expect(page.getByRole('complementary').getByRole('heading', { name: /^Person20 / })).toBeVisible();

  await page.getByLabel('Choose all on this page').check();
  const chosen = page.getByRole('region', { name: 'Chosen contacts' });
  await expect(chosen).toContainText('62 contacts chosen');
  await chosen.getByRole('button', { name: 'Disable' }).click();
  await expect(page.getByRole('dialog')).toContainText('Disable 62 contacts?');
  await page.getByRole('dialog').getByRole('button', { name: 'Disable 62 contacts' }).click();
  await expect(page.getByText('62 contacts were changed.')).toBeVisible();
  await expect(page.locator('[data-status="disabled"]')).toHaveText('62');

  await page.getByLabel('Clear search').click();
  await page.getByRole('combobox', { name: 'Status' }).click();
  await page.getByRole('option', { name: 'Disabled' }).click();
  await expect(page.getByText('62 contacts', { exact: true })).toBeVisible();
  await page.getByRole('button', { name: /^Person2 / }).click();
  const panel = page.getByRole('complementary', { name: 'Contact' });
  await panel.getByRole('button', { name: 'Enable' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Enable' }).click();
  await expect(page.locator('[data-status="disabled"]')).toHaveText('61');
});

test('an answer is seen in the history of its contact', async ({ page }) => {
  const { id } = await newCampaign({
    channels: ['text'],
    quietHours: 'off',
    windows: { text: [{ days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], start: '00:00', end: '24:00' }] },
    sender: { businessName: 'Riverside Bikes', fromPhone: '+12175550100' },
  });
  await addContacts(id, [{ firstName: 'Grace', lastName: 'Hopper', phone: '+12125550111' }]);
  await call('POST', `/campaigns/${id}/go-live`, { consent: { attestedBy: 'Sam' } });
  await page.goto(`${url}/campaigns/${id}/contacts`);
  await page.getByRole('button', { name: 'Grace Hopper' }).click();
  const panel = page.getByRole('complementary', { name: 'Contact' });
  await expect(panel.getByText('Attempt 1: Delivered')).toBeVisible({ timeout: 30_000 });
  const messages = await fetch(`${sandboxUrl}/sandbox/messages?to=${encodeURIComponent('+12125550111')}`);
  const { data } = (await messages.json()) as { data: { id: string }[] };
  await fetch(`${sandboxUrl}/sandbox/messages/${data[0]?.id ?? ''}/reply`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ text: 'Saturday suits me.' }),
  });
  await expect(panel.getByText('Saturday suits me.')).toBeVisible({ timeout: 30_000 });
  await expectAccessible(page);
});

test('a phone shows the contact over the list', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  const { id } = await newCampaign();
  await addContacts(id, people(1));
  await page.goto(`${url}/campaigns/${id}/contacts`);
  await page.getByRole('button', { name: /^Person1 / }).click();
  await expect(page.getByRole('dialog').getByRole('heading', { name: /^Person1 / })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Close the contact' }).click();
  await expect(page.getByRole('dialog')).toBeHidden();
  await page.getByRole('button', { name: 'Open navigation' }).click();
  await page.getByRole('link', { name: 'Campaigns' }).first().click();
  await expect(page.getByRole('heading', { name: 'Campaigns' })).toBeVisible();
});
