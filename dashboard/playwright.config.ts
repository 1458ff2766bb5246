import { execFileSync } from 'node:child_process';

import { defineConfig } from '@playwright/test';

// The system's Chromium: none is downloaded.
const executablePath = execFileSync('../scripts/chromium', { encoding: 'utf8' }).trim();

// Pictures of every page for people to look at: `npm run look`.
const looks = process.env['BECKON_LOOK'] !== undefined;

export default defineConfig({
  testDir: 'e2e',
  testMatch: looks ? '*.look.ts' : '*.spec.ts',
  globalSetup: './e2e/stack.ts',
  outputDir: 'test-results',
  workers: 2,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  forbidOnly: true,
  reporter: [['list']],
  use: {
    launchOptions: { executablePath, args: ['--no-sandbox', '--disable-gpu'] },
    viewport: { width: 1440, height: 900 },
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
  },
});
