import { call, expect, expectAccessible, newCampaign, test, url } from './beckon';
import { passwordOf } from './password';

test.describe('whoever is not signed in', () => {
  test.use({ role: 'nobody' });

  test('signs in, and comes to where they wanted to go', async ({ page }) => {
    const { id, name } = await newCampaign();
    await page.goto(`${url}/campaigns/${id}/settings?step=windows`);
    await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
    await expectAccessible(page);
    await page.getByLabel('E-mail').fill('operator@example.com');
    await page.locator('input[type=password]').fill('a wrong password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page.getByText('E-mail or password is wrong')).toBeVisible();
    await page.locator('input[type=password]').fill(passwordOf('operator'));
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page.getByRole('heading', { name })).toBeVisible();
    await expect(page).toHaveURL(/settings\?step=windows/);

    await page.getByRole('button', { name: 'Robin operator' }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
    await page.goto(`${url}/campaigns`);
    await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  });

  test('sets a password by a link, once', async ({ page }) => {
    const invited = await call<{ invitation: { link: string } }>('POST', '/users', {
      email: `new-${Date.now()}@example.com`,
      name: 'New Person',
      role: 'viewer',
    });
    const link = invited.invitation.link;
    await page.goto(link);
    await expect(page.getByRole('heading', { name: 'Set your password' })).toBeVisible();
    await expect(page).toHaveURL(/\/link$/);
    await expectAccessible(page);
    await page.locator('input[type=password]').fill('short');
    await page.getByRole('button', { name: 'Set the password and sign in' }).click();
    await expect(page.locator('input[type=password]')).toHaveAttribute('data-invalid', 'true');
    await page.locator('input[type=password]').fill('a long enough password');
    await page.getByRole('button', { name: 'Set the password and sign in' }).click();
    await expect(page.getByRole('heading', { name: 'Campaigns' })).toBeVisible();
    await page.goto('about:blank');
    await page.goto(link);
    await expect(page.getByRole('heading', { name: 'The link is no good' })).toBeVisible();
  });
});

test.describe('a viewer', () => {
  test.use({ role: 'viewer' });

  test('sees everything, and is told why nothing can be changed', async ({ page }) => {
    const { id } = await newCampaign();
    await page.goto(`${url}/campaigns/${id}/settings`);
    const goLive = page.getByRole('button', { name: 'Go Live' });
    await expect(goLive).toHaveAttribute('aria-disabled', 'true');
    await goLive.focus();
    await expect(page.getByRole('tooltip')).toHaveText('This needs the role operator; yours is viewer.');
    await expect(page.getByLabel('Name')).toHaveAttribute('readonly');
    await expectAccessible(page);
  });
});
