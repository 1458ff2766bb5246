import { addContacts, allDay, call, newCampaign, people, sandboxUrl, sender, test, url } from './beckon';

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
  for (const [name, email, role] of [
    [
      'Maximiliana Theodora Aurelia von und zu Hohenfels',
      'maximiliana.theodora@hohenfels-loewenstein.example',
      'viewer',
    ],
    ['نورة الأحمد', 'noura@example.com', 'operator'],
  ])
    await call('POST', '/users', { name, email, role });
  await call('POST', '/api-keys', {
    name: 'CRM of the shop in Springfield',
    role: 'operator',
    campaignIds: [live.id],
    actions: ['contacts:read', 'contacts:write', 'imports:read'],
    expiresAt: '2100-01-01T00:00:00Z',
  });
  const revoked = await call<{ id: string }>('POST', '/api-keys', { name: 'Old', role: 'viewer' });
  await call('DELETE', `/api-keys/${revoked.id}`);
  for (const [channel, address, reason] of [
    ['all', 'never.again.and.i.mean.it@hohenfels-loewenstein.example', 'complaint'],
    ['text', '+12125550177', 'opt_out'],
    ['phone', '+12125550178', 'dead_number'],
  ])
    await call('POST', '/suppressions', { channel, address, reason });
  return { live: live.id, draft: draft.id, done: done.id };
}

test('pictures', async ({ page }) => {
  test.setTimeout(300_000);
  const { live, draft, done } = await seed();
  await page.waitForTimeout(8_000); // they are only looked at
  const list = await call<{ data: { id: string }[] }>('GET', `/campaigns/${live}/contacts?perPage=3`);
  const sent = await call<{ data: { id: string }[] }>('GET', `/campaigns/${done}/contacts?perPage=3`);
  const imported = await call<{ data: { id: string }[] }>('GET', `/campaigns/${done}/imports`);
  const inbox = async (query: string) => {
    const response = await fetch(`${sandboxUrl}/sandbox/messages?perPage=1&${query}`);
    return ((await response.json()) as { data: { id: string }[] }).data[0]?.id ?? '';
  };
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
    suppressions: '/suppressions',
    suppressionsNone: '/suppressions?search=nobody',
    audit: '/audit',
    installation: '/settings',
    users: '/settings/users',
    keys: '/settings/api-keys',
    sandbox: '/sandbox',
    sandboxMail: `/sandbox?message=${await inbox('channel=email')}`,
    sandboxCall: `/sandbox?channel=phone&message=${await inbox(`to=${encodeURIComponent('+12125550196')}`)}`,
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
