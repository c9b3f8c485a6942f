import { defineConfig } from '@playwright/test';
import { args, executablePath } from './lib/chromium.mjs';

// Those that measure how soon something happens, or fill the machine with peers.
const alone = /(chat|firefox|heal|room|together)\.spec\.mjs$/;

export default defineConfig({
  testDir: '.',
  // `cargo xtask test` runs the projects one after the other. Workers have a browser and a server
  // of their own (`lib/fixtures.mjs`), so that two of them do not meet.
  workers: 2,
  projects: [
    { name: 'pages', testMatch: '*.spec.mjs', testIgnore: alone },
    { name: 'rooms', testMatch: alone, workers: 1 },
  ],
  outputDir: '../../target/e2e',
  forbidOnly: Boolean(process.env.CI),
  retries: 0,
  // Generous: a machine with few cores does the work of every peer.
  timeout: 360_000,
  expect: { timeout: 60_000 },
  reporter: 'list',
  use: {
    browserName: 'chromium',
    headless: true,
    launchOptions: { executablePath, args },
    locale: 'en-GB',
    actionTimeout: 60_000,
    // Pictures of every page all the while would cost more than the pages themselves.
    trace: { mode: 'retain-on-failure', screenshots: false, snapshots: true, sources: true },
  },
});
