import { readFileSync } from 'node:fs';

import { addContacts, allDay, call, expect, expectAccessible, newCampaign, people, test, url } from './beckon';

interface Figures {
  totals: { outreaches: number; delivered: number; bounces: number };
  byChannel: Record<string, { outreaches: number; bounces: number }>;
  callOutcomes: { outcome: string | null; calls: number }[];
}

test('figures are those of the API, as charts and as tables, of chosen days, and as a file', async ({ page }) => {
  const { id } = await newCampaign({
    channels: ['email', 'phone'],
    quietHours: 'off',
    windows: { phone: allDay },
    guardrails: { bouncePercent: 60, complaintPercent: 1, minSends: 3 },
    sender: {
      businessName: 'Riverside Bikes',
      fromName: 'Sam',
      fromEmail: 'sam@riverside-bikes.example',
      postalAddress: '1 Main Street, Springfield, IL 62701, USA',
      fromPhone: '+12175550100',
    },
  });
  await page.goto(`${url}/campaigns/${id}/performance`);
  await expect(page.getByRole('heading', { name: 'Nothing was sent yet' })).toBeVisible();
  await expect(page.getByText('Add contacts, then Go Live.')).toBeVisible();
  await expectAccessible(page);

  await addContacts(id, [
    ...people(3),
    { firstName: 'Bo', lastName: 'Unce', email: `bounce-${id}@example.com` },
    { firstName: 'Busy', lastName: 'Lee', phone: '+12125550193' },
    { firstName: 'Mai', lastName: 'Box', phone: '+12125550195' },
  ]);
  await call('POST', `/campaigns/${id}/go-live`, { consent: { attestedBy: 'Sam' } });
  const figures = () => call<Figures>('GET', `/campaigns/${id}/performance`);
  await expect
    .poll(
      async () => {
        const { totals, callOutcomes } = await figures();
        return [totals.outreaches, totals.bounces, callOutcomes.filter(({ outcome }) => outcome !== null).length];
      },
      { timeout: 40_000 },
    )
    .toEqual([6, 1, 2]);

  // What is shown follows of itself.
  const shown = page.getByRole('region', { name: 'Outreaches by day' });
  await expect(shown.locator('.recharts-bar-rectangle').first()).toBeVisible();
  const now = await figures();
  await expect(page.getByText('to 6 contacts')).toBeVisible();
  const byDay = shown.getByRole('table', { name: 'Outreaches by day' });
  await expect(byDay.getByRole('row').nth(1).getByRole('cell')).toHaveText([
    String(now.byChannel['email']?.outreaches),
    String(now.byChannel['phone']?.outreaches),
  ]);
  const calls = page.getByRole('table', { name: 'Outcomes of calls' });
  await expect(calls.getByRole('row', { name: 'Busy 1' })).toBeAttached();
  await expect(calls.getByRole('row', { name: 'Voicemail 1' })).toBeAttached();
  await expect(page.getByRole('table', { name: 'Guardrails' }).getByRole('row', { name: /E-mail Bounces/ })).toHaveText(
    /1 of 4.*25 %.*60 %.*Within/,
  );
  await expect(page.getByText('Opens by machines, such as those that load pictures')).toBeVisible();
  await expectAccessible(page);
  const funnel = page.getByRole('region', { name: 'E-mail: from sent to replied' });
  await funnel.getByText('Table', { exact: true }).click();
  await expect(funnel.getByRole('row', { name: 'Sent 4 100%' })).toBeVisible();
  await page.emulateMedia({ colorScheme: 'dark' });
  await expectAccessible(page);

  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'CSV' }).click()]);
  expect(file.suggestedFilename()).toBe('performance.csv');
  expect(readFileSync(await file.path(), 'utf8')).toMatch(/^date,channel,outreaches,.*\r\n\d{4}-\d\d-\d\d,email,4,/);

  // Days are in the address, and in the file's.
  await page.getByRole('button', { name: 'Days', exact: true }).click();
  await page.getByRole('button', { name: 'Last 7 days' }).click();
  await expect(page).toHaveURL(/from=\d{4}-\d\d-\d\d&to=\d{4}-\d\d-\d\d/);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('link', { name: 'CSV' })).toHaveAttribute('href', /performance\.csv\?from=.*&to=/);
  await page.goto(`${url}/campaigns/${id}/performance?from=2020-01-01&to=2020-01-31`);
  await expect(page.getByRole('heading', { name: 'Nothing was sent on these days' })).toBeVisible();
});
