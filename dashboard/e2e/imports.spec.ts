import { call, expect, expectAccessible, newCampaign, test, url } from './beckon';
import { vendorFile } from './vendor';

test('an export of Salesforce is imported as it is, with its opt-outs', async ({ page }) => {
  const buffer = vendorFile('csv', 'exports', 'salesforce_leads_report.csv');
  const { id } = await newCampaign({ channels: ['email', 'phone'] });
  await page.goto(`${url}/campaigns/${id}/imports`);
  await expect(page.getByRole('heading', { name: 'Nothing was imported yet' })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Add contacts' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.locator('input[type=file]').setInputFiles({ name: 'leads.csv', mimeType: 'text/csv', buffer });
  await expect(dialog.getByText(/leads\.csv: 20 rows, utf-8, columns parted by commas/)).toBeVisible();
  await expect(dialog.getByRole('cell', { name: /ava\.nguyen@example\.com · / })).toBeVisible();
  const use = (column: string) => dialog.getByRole('combobox', { name: `Column ${column} is used as` });
  await expect(use('First Name')).toHaveValue('First name');
  await expect(use('Email Opt Out')).toHaveValue('Opt-out');
  const blocks = (column: string) => dialog.getByRole('group', { name: `Column ${column} blocks` });
  await expect(blocks('Email Opt Out').getByLabel('E-mail')).toBeChecked();
  await expect(blocks('Do Not Call').getByLabel('Phone')).toBeChecked();
  // A channel has one column.
  await blocks('Do Not Call').getByText('Text').click();
  await blocks('Email Opt Out').getByText('Text').click();
  await expect(blocks('Do Not Call').getByLabel('Text')).not.toBeChecked();
  // High enough for all columns: axe takes what is scrolled away for something that lies on the overlay.
  await page.setViewportSize({ width: 1440, height: 3000 });
  await expectAccessible(page);
  await page.setViewportSize({ width: 1440, height: 900 });
  await dialog.getByRole('button', { name: 'Import 20 rows' }).click();
  await expect(dialog.getByText(/^\d+ contacts added, \d+ updated, \d+ skipped$/)).toBeVisible();
  await dialog.getByRole('button', { name: 'Done' }).click();

  const [done] = (await call<{ data: { created: number; errors: object[] }[] }>('GET', `/campaigns/${id}/imports`))
    .data;
  expect(done?.created).toBeGreaterThan(10);
  const table = page.getByRole('table', { name: 'Imports' });
  await expect(table.getByRole('row', { name: /leads\.csv CSV file Robin administrator/ })).toBeVisible();
  await table.getByRole('button', { name: 'leads.csv' }).click();
  const panel = page.getByRole('complementary', { name: 'Import' });
  await expect(panel.getByText(`${String(done?.created)} contacts added`)).toBeVisible();
  await expect(panel.getByRole('link', { name: 'All as CSV' })).toHaveAttribute('href', /errors\.csv$/);
  await expectAccessible(page);
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    panel.getByRole('link', { name: 'All as CSV' }).click(),
  ]);
  expect(file.suggestedFilename()).toMatch(/\.csv$/);
  await page.setViewportSize({ width: 390, height: 844 });
  await expect(page.getByRole('dialog', { name: 'Import' })).toBeVisible();
  await expectAccessible(page);
});

test('import by e-mail is set up from a sample, and what mails gave is seen', async ({ page }) => {
  const { id } = await newCampaign();
  await page.goto(`${url}/campaigns/${id}/contacts?add=email`);
  const dialog = page.getByRole('dialog', { name: 'Add contacts' });
  await expect(dialog.getByText('None came yet.')).toBeVisible();
  await dialog.getByLabel('Import by e-mail').check({ force: true });
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByText('An address whose mails are imported.').first()).toBeVisible();
  await dialog.getByLabel('Authorized sender').fill('crm@corp.example');
  await expectAccessible(page);
  const csv = 'Full name,Mail\nAda Lovelace,ada@example.com\n';
  await dialog
    .getByRole('tabpanel', { name: 'By e-mail' })
    .locator('input[type=file]')
    .setInputFiles({ name: 'sample.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) });
  await expect(dialog.getByRole('combobox', { name: 'Column Full name is used as' })).toHaveValue('Whole name');

  // What was typed and chosen outlives a reload.
  await page.reload();
  await expect(dialog.getByLabel('Authorized sender')).toHaveValue('crm@corp.example');
  await expect(dialog.getByRole('row', { name: 'Full name Whole name' })).toBeVisible();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved: import by e-mail is on.')).toBeVisible();
  const { address, inboundUrl } = await call<{ address: string; inboundUrl: string }>(
    'GET',
    `/campaigns/${id}/email-import`,
  );
  await expect(dialog.getByText(address)).toBeVisible();

  const mail = async (from: string, name: string) => {
    const form = new FormData();
    const envelope = JSON.stringify({ to: [address], from });
    for (const [field, value] of Object.entries({ from, to: address, subject: 'x', text: 'x', envelope, SPF: 'pass' }))
      form.set(field, value);
    form.set('headers', `From: ${from}\n`);
    form.set('dkim', `{@${from.split('@')[1] ?? ''} : pass}`);
    form.set('attachments', '1');
    form.set('attachment-info', JSON.stringify({ attachment1: { filename: name, name, type: 'text/csv' } }));
    form.set('attachment1', new Blob([csv], { type: 'text/csv' }), name);
    const response = await fetch(inboundUrl, { method: 'POST', body: form });
    expect(response.status).toBe(204);
  };
  await mail('crm@corp.example', 'today.csv');
  await mail('somebody@else.example', 'foreign.csv');
  await page.reload();
  const mails = dialog.getByRole('region', { name: 'Last mails' });
  await expect(mails.getByText('1 contact added, 0 updated, 0 skipped')).toBeVisible();
  await expect(mails.getByText('Refused')).toBeVisible();
  await expectAccessible(page);

  await dialog.getByRole('button', { name: 'Regenerate' }).click();
  const asks = page.getByRole('dialog', { name: 'Give the campaign another address?' });
  await expect(asks).toContainText('This cannot be undone.');
  await asks.getByRole('button', { name: 'Regenerate' }).click();
  await expect(page.getByText('The campaign has a new address.')).toBeVisible();
  await expect(dialog.getByText(address)).toBeHidden();
  await mails.getByRole('link', { name: 'All imports' }).click();
  const table = page.getByRole('table', { name: 'Imports' });
  await expect(table.getByRole('row', { name: /today\.csv E-mail/ })).toBeVisible();
  await expect(table.getByRole('row', { name: /E-mail .* Refused/ })).toBeVisible();
});

test('other systems are given a key and an example, and half-typed contacts are kept', async ({ page }) => {
  const { id } = await newCampaign();
  await page.goto(`${url}/campaigns/${id}/contacts?add=hand`);
  const dialog = page.getByRole('dialog', { name: 'Add contacts' });
  await dialog.getByLabel('First name').fill('Grace');
  await dialog.getByRole('button', { name: 'Add a property' }).click();
  await dialog.getByLabel('Name of property 1').fill('rank');
  await page.reload();
  await expect(dialog.getByLabel('First name')).toHaveValue('Grace');
  await dialog.getByRole('button', { name: 'Close' }).click();
  await page.getByRole('button', { name: 'Add contacts' }).first().click();
  await dialog.getByRole('tab', { name: 'By hand' }).click();
  await expect(dialog.getByLabel('Name of property 1')).toHaveValue('rank');
  await dialog.getByRole('button', { name: 'Clear' }).click();
  await expect(dialog.getByLabel('First name')).toHaveValue('');

  await dialog.getByRole('tab', { name: 'API' }).click();
  await dialog.getByRole('button', { name: 'Make a key' }).click();
  await expect(dialog.getByText('Copy the key now: it is shown this once.')).toBeVisible();
  await expectAccessible(page);
  const example = (await dialog.locator('pre', { hasText: 'curl ' }).textContent()) ?? '';
  const key = /x-api-key: ([^']+)'/.exec(example)?.[1] ?? '';
  const body = /-d '([^']*)'$/.exec(example)?.[1] ?? '';
  const response = await fetch(`${url}/api/v1/campaigns/${id}/contacts`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    body,
  });
  expect(response.status).toBe(200);
  // It is good for nothing else.
  const other = await fetch(`${url}/api/v1/campaigns/${id}`, { headers: { 'x-api-key': key } });
  expect(other.status).toBe(403);
  await dialog.getByRole('button', { name: 'Close' }).click();
  await expect(page.getByRole('button', { name: 'Ada Lovelace' })).toBeVisible();
});

test('inbound contacts are switched on beside whom the campaign takes', async ({ page }) => {
  const { id } = await newCampaign({ channels: ['text'] });
  await page.goto(`${url}/campaigns/${id}/contacts?add=inbound`);
  const dialog = page.getByRole('dialog', { name: 'Add contacts' });
  await expect(dialog.getByLabel('Inbound contacts')).toBeVisible();
  await dialog.getByLabel('Judgement of the AI').fill('Only people who own a bicycle.');
  await dialog.getByRole('button', { name: 'Add a rule' }).click();
  await dialog.getByLabel('Field').fill('phone');
  await dialog.getByRole('combobox', { name: 'Comparison' }).click();
  await page.getByRole('option', { name: 'is known' }).click();
  await expectAccessible(page);
  await dialog.getByLabel('Inbound contacts').check({ force: true });
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved: people may join of themselves.')).toBeVisible();
  expect(await call('GET', `/campaigns/${id}`)).toMatchObject({
    eligibility: { rules: [{ field: 'phone', op: 'exists' }], prompt: 'Only people who own a bicycle.' },
    inbound: { enabled: true },
  });
  await dialog.getByLabel('Inbound contacts').uncheck({ force: true });
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved: nobody joins of themselves.')).toBeVisible();
});
