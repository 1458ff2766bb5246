import { expect, test } from 'vitest';

import type { Installation } from '../api/types';
import { patchOf, valuesOf } from './draft';

const saved: Installation = {
  organizationName: 'Riverside',
  defaults: { timezone: 'UTC', defaultRegion: 'US', sender: { fromName: 'Sam' } },
  publicUrl: 'https://beckon.example',
  temporalUiUrl: null,
  version: 'v1',
  providers: { sendgrid: true, twilio: false, openai: true },
  emailImportDomain: null,
  sandbox: false,
};

test('a draft stands over what is saved', () => {
  expect(valuesOf(saved, { timezone: 'America/Denver', sender: { fromEmail: 'sam@example.com' } })).toEqual({
    organizationName: 'Riverside',
    timezone: 'America/Denver',
    defaultRegion: 'US',
    sender: { fromName: 'Sam', fromEmail: 'sam@example.com' },
  });
});

test('only what is changed is sent', () => {
  expect(patchOf(saved, {})).toBeUndefined();
  // Typed, and taken back.
  expect(patchOf(saved, { organizationName: 'Riverside', sender: { fromName: 'Sam', replyTo: '' } })).toBeUndefined();
  expect(patchOf(saved, { organizationName: '' })).toEqual({ organizationName: '' });
  expect(patchOf(saved, { defaultRegion: 'DE', sender: { fromName: '', fromPhone: '+12175550100' } })).toEqual({
    defaults: { defaultRegion: 'DE', sender: { fromName: '', fromPhone: '+12175550100' } },
  });
});
