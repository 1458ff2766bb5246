import { addContacts, allDay, call, newCampaign, people, sender, test, url } from './beckon';

// Takes a picture of every page, wide and narrow, light and dark, into test-results/look.

const sizes = {
  wide: { width: 1440, height: 900 },
  tablet: { width: 1024, height: 768 },
  narrow: { width: 390, height: 844 },
};

async function seed() {
  const live = await newCampaign({
    name: 'Spring check-up for customers who have not come by in a year',
    manualReview: true,
    channels: ['email', 'text', 'phone'],
    sender: {
      businessName: 'Riverside Bikes',
      fromName: 'Sam',
      fromEmail: 'sam@riverside-bikes.example',
      postalAddress: '1 Main Street, Springfield',
      fromPhone: '+12175550100',
    },
  });
  await addContacts(live.id, [
    ...people(60, 'Brown'),
    { firstName: 'نورة', lastName: 'الأحمد', email: 'noura@example.com', phone: '+12125550101' },
    {
      firstName: 'Maximiliana Theodora Aurelia',
      lastName: 'von und zu Hohenfels-Löwenstein',
      email: 'maximiliana.theodora.aurelia.von.und.zu@hohenfels-loewenstein.example',
    },
    { firstName: 'Zoë 🎉', lastName: 'O’Neil', email: 'zoe@example.com', phone: '+13035550123' },
  ]);
  await call('POST', `/campaigns/${live.id}/go-live`, { consent: { attestedBy: 'Sam' } });
  const draft = await newCampaign({
    name: 'Draft',
    type: 'follow_up',
    channels: ['text', 'email'],
    objective: '',
    sender: {},
  });
  const done = await newCampaign({
    name: 'Winter sale',
    channels: ['email', 'phone', 'text'],
    quietHours: 'off',
    windows: { phone: allDay, text: allDay },
    sender: { ...sender, fromPhone: '+12175550100' },
  });
  await addContacts(done.id, [
    ...people(25, 'White'),
    { firstName: 'Nobody', lastName: 'Reachable', email: 'nonsense' },
    ...['0193', '0194', '0195', '0196', '0111'].map((last) => ({
      firstName: `Caller ${last}`,
      phone: `+1212555${last}`,
    })),
    ...['bounce', 'reply', 'complain'].map((magic) => ({ firstName: magic, email: `${magic}-white@example.com` })),
  ]);
  await call('PUT', `/campaigns/${done.id}/email-import`, {
    enabled: true,
    authorizedSender: 'crm@corp.example',
    mapping: { name: 'Full name', email: 'Mail', optOut: { email: 'Unsubscribed' }, properties: { city: 'Town' } },
  });
  await call('POST', `/campaigns/${done.id}/go-live`, { consent: { attestedBy: 'Sam' } });
  return { live: live.id, draft: draft.id, done: done.id };
}

test('pictures', async ({ page }) => {
  test.setTimeout(300_000);
  const { live, draft, done } = await seed();
  await page.waitForTimeout(8_000); // they are only looked at
  const list = await call<{ data: { id: string }[] }>('GET', `/campaigns/${live}/contacts?perPage=3`);
  const sent = await call<{ data: { id: string }[] }>('GET', `/campaigns/${done}/contacts?perPage=3`);
  const imported = await call<{ data: { id: string }[] }>('GET', `/campaigns/${done}/imports`);
  const pages: Record<string, string> = {
    campaigns: '/campaigns',
    new: '/campaigns/new',
    contacts: `/campaigns/${live}/contacts`,
    contact: `/campaigns/${live}/contacts?contact=${list.data[0]?.id ?? ''}`,
    sent: `/campaigns/${done}/contacts?contact=${sent.data[0]?.id ?? ''}`,
    empty: `/campaigns/${draft}/contacts`,
    performance: `/campaigns/${done}/performance`,
    performanceEmpty: `/campaigns/${draft}/performance`,
    imports: `/campaigns/${done}/imports`,
    import: `/campaigns/${done}/imports?import=${imported.data[0]?.id ?? ''}`,
    importsEmpty: `/campaigns/${draft}/imports`,
    addCsv: `/campaigns/${draft}/contacts?add=csv`,
    addHand: `/campaigns/${draft}/contacts?add=hand`,
    addEmail: `/campaigns/${done}/contacts?add=email`,
    addInbound: `/campaigns/${draft}/contacts?add=inbound`,
    addApi: `/campaigns/${draft}/contacts?add=api`,
    basics: `/campaigns/${draft}/settings`,
    channels: `/campaigns/${draft}/settings?step=channels`,
    schedule: `/campaigns/${draft}/settings?step=schedule`,
    windows: `/campaigns/${draft}/settings?step=windows`,
    eligibility: `/campaigns/${draft}/settings?step=eligibility`,
    review: '/review',
    nothing: '/nothing',
    link: '/link',
    signIn: '/sign-in',
  };
  const only = process.env['LOOK_AT']?.split(',');
  for (const scheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    for (const [size, viewport] of Object.entries(sizes)) {
      await page.setViewportSize(viewport);
      for (const [name, path] of Object.entries(pages)) {
        if (only !== undefined && !only.includes(name)) continue;
        await page.goto(url + path);
        await page.waitForTimeout(Number(process.env['LOOK_MS'] ?? 1_500));
        await page.screenshot({
          path: `test-results/look/${name}-${size}-${scheme}.png`,
          // What is long is looked at whole.
          fullPage: name === 'performance',
        });
      }
    }
  }
});
