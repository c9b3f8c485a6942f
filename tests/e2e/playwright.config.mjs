import { defineConfig } from '@playwright/test';
import { args, executablePath } from './lib/chromium.mjs';
import { command, freePort } from './lib/server.mjs';

// Workers read this file again; they must come to the same port.
process.env.P2P_LIVE_PORT ||= String(await freePort());
const url = `http://localhost:${process.env.P2P_LIVE_PORT}/`;

// Those that are about single pages, not about how many of them work together.
const pages = /(a11y|hosting|player|settings|smoke|source)\.spec\.mjs$/;

export default defineConfig({
  testDir: '.',
  projects: [
    { name: 'pages', testMatch: pages },
    { name: 'rooms', testMatch: '*.spec.mjs', testIgnore: pages },
  ],
  outputDir: '../../target/e2e',
  forbidOnly: Boolean(process.env.CI),
  // Several rooms at once would share the processor and blur what the tests measure.
  workers: 1,
  retries: 0,
  // Generous: a machine with few cores does the work of every peer.
  timeout: 240_000,
  expect: { timeout: 30_000 },
  reporter: 'list',
  use: {
    baseURL: url,
    browserName: 'chromium',
    headless: true,
    launchOptions: { executablePath, args },
    locale: 'en-GB',
    actionTimeout: 30_000,
    // Pictures of every page all the while would cost more than the pages themselves.
    trace: { mode: 'retain-on-failure', screenshots: false, snapshots: true, sources: true },
  },
  webServer: {
    command: [...command.map((part) => `"${part}"`), '--port', process.env.P2P_LIVE_PORT].join(' '),
    url: `${url}config.json`,
    stdout: 'ignore',
    stderr: 'ignore',
    gracefulShutdown: { signal: 'SIGTERM', timeout: 5_000 },
    timeout: 20_000,
  },
});
