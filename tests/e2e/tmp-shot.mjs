import { chromium } from 'playwright';
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
const url = process.argv[2];
async function shot(name, path, { width = 390, height = 700, locale = 'en-GB', prepare, after, wait = 1500, scheme } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, locale, colorScheme: scheme });
  const page = await context.newPage();
  page.on('console', (m) => console.log(name, m.type(), m.text().slice(0, 200)));
  page.on('pageerror', (e) => console.log(name, 'pageerror', String(e).slice(0, 200)));
  if (prepare) await prepare(page);
  await page.goto(url + path, { waitUntil: 'commit' });
  await page.waitForTimeout(wait);
  if (after) await after(page);
  await page.screenshot({ path: `/tmp/shot-${name}.png` });
  await context.close();
}
const slowWasm = (page) => page.route('**/*.wasm', async () => {});
await shot('index', '', { width: 1200, wait: 2500 });
await shot('loading', 'de/', { prepare: slowWasm, wait: 400 });
await shot('slow', 'ja/host', { prepare: slowWasm, wait: 11500, scheme: 'dark' });
await shot('failed', 'zh/', { prepare: (page) => page.route('**/*.wasm', (r) => r.abort()) });
await shot('failed404', '', { locale: 'fr-FR', prepare: (page) => page.route('**/*.wasm', (r) => r.fulfill({ status: 404, body: 'x' })) });
await shot('gluefail', '', { locale: 'pt-BR', prepare: (page) => page.route('**/p2p-live-web*.js', (r) => r.abort()) });
await shot('crash', '', { locale: 'es', wait: 2000, after: async (page) => { await page.evaluate(() => window.dispatchEvent(new CustomEvent('p2p-live-panic', { detail: 'panicked at pages/x.rs:1:2:\nindex out of bounds' }))); await page.waitForTimeout(200); } });
await browser.close();
