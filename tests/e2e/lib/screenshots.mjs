// Takes a picture of every page in every state: `node screenshots.mjs FOLDER [STATE…]`.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { chromium } from '@playwright/test';
import { args, executablePath } from './chromium.mjs';
import { startServer } from './server.mjs';
import { looksAt, stageRooms, states } from './states.mjs';

const [folder, ...wanted] = process.argv.slice(2);
const unknown = wanted.find((name) => !states.some(([state]) => state === name));
if (unknown !== undefined) {
  console.error(`error: there is no state ${unknown}; there are: ${states.map(([name]) => name).join(', ')}`);
  process.exit(1);
}
await mkdir(folder, { recursive: true });
const server = await startServer();
const browser = await chromium.launch({ executablePath, args });
const newPage = async (options) => {
  const context = await browser.newContext({ baseURL: server.url, locale: 'en-GB', ...options });
  return context.newPage();
};
try {
  const network = 'screenshots';
  const stage = { network, rooms: await stageRooms(newPage, network) };
  for (const [state, prepare] of states) {
    if (wanted.length > 0 && !wanted.includes(state)) continue;
    for (const look of looksAt(state)) {
      const page = await newPage({ ...look, reducedMotion: 'reduce' });
      await prepare(page, stage);
      await page.waitForTimeout(300);
      const file = path.join(folder, `${state}-${look.name}.png`);
      // A modal dialog and a popover belong to the window, everything else to the page.
      const modal = (await page.locator('dialog[open], :popover-open').count()) > 0;
      await page.screenshot({ path: file, fullPage: !modal });
      console.log(file);
      await page.context().close();
    }
  }
} finally {
  await browser.close();
  await server.stop();
}
