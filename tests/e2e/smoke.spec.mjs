import { audience, expect, host, opened, test, waitForMovingVideo } from './lib/fixtures.mjs';

test('the page loads and reaches its signalling server', async ({ newPeer }) => {
  const page = await newPeer();
  await page.goto('');
  await opened(page);
  await expect(page.locator('#boot-error')).toBeHidden();
});

test('every promised address is a page, whatever its folder', async ({ newPeer, request }) => {
  const page = await newPeer();
  for (const folder of ['', 'en/', 'zh/']) {
    for (const name of [
      'P2PLiveIndex.html', 'P2PLiveHost.html', 'host', 'P2PLiveAudience.html', 'exchange',
      'exchange.html', 'others/exchange.html',
    ]) {
      await page.goto(folder + name);
      await expect(page.getByTestId('status'), folder + name).toBeAttached();
    }
  }
  expect((await request.get('no-such-page')).status()).toBe(404);
});

test('the first load asks for each file once', async ({ newPeer }) => {
  const page = await newPeer();
  const asked = [];
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (/-[0-9a-f]{16}|load\.js/.test(pathname)) asked.push(pathname);
  });
  await page.goto('');
  await opened(page);
  expect(asked.toSorted()).toEqual([...new Set(asked)].toSorted());
  // Each is a round trip where the server is far away, though they come at the same time.
  expect(asked.length).toBeLessThanOrEqual(14);
});

test('while it loads, the page says so in its language and shows how far it is', async ({ newPeer }) => {
  const page = await newPeer();
  let release;
  const held = new Promise((resolve) => {
    release = resolve;
  });
  await page.route('**/*.wasm', async (route) => {
    await held;
    await route.continue();
  });
  await page.goto('de/', { waitUntil: 'commit' });
  const loading = page.locator('#boot');
  await expect(loading).toContainText('wird geladen');
  await expect(loading).toHaveAttribute('lang', 'de');
  await expect(loading.getByRole('progressbar')).toBeVisible();
  release();
  await opened(page);
  await expect(loading).toHaveCount(0);
});

test('a failed load says what to do and can be tried again', async ({ newPeer }) => {
  const page = await newPeer();
  await page.route('**/*.wasm', (route) => route.abort());
  const message = page.locator('#boot-error');
  for (const [folder, words] of [
    ['en', 'could not be loaded'], ['zh', '未能加载'], ['de', 'konnte nicht geladen werden'],
    ['es', 'No se ha podido cargar'], ['fr', 'n’a pas pu être chargé'],
    ['ja', '読み込めませんでした'], ['pt', 'Não foi possível carregar'],
  ]) {
    await page.goto(`${folder}/`);
    await expect(message.locator('p').first()).toHaveAttribute('lang', folder);
    await expect(message.locator('p').first()).toContainText(words);
    await expect(message).toContainText('reload the page');
    await expect(page.locator('#boot')).toHaveCount(0);
  }
  await page.unroute('**/*.wasm');
  await message.getByRole('button').click();
  await opened(page);
  await expect(message).toBeHidden();
});

test('a file that is gone is named', async ({ newPeer }) => {
  const page = await newPeer();
  await page.route('**/*.wasm', (route) => route.fulfill({ status: 404, body: '' }));
  await page.goto('');
  await expect(page.locator('#boot-error pre')).toContainText(/\.wasm: 404/);
});

test('a panic is logged, and the page says that it has stopped', async ({ browser }) => {
  const context = await browser.newContext();
  const page = await context.newPage();
  const logged = [];
  page.on('console', (message) => logged.push(message.text()));
  await page.addInitScript(() => {
    if (sessionStorage.broken) return;
    sessionStorage.broken = 'once';
    const { get } = Object.getOwnPropertyDescriptor(Document.prototype, 'body');
    // The app cannot be without a body; everyone else still has it.
    Object.defineProperty(Document.prototype, 'body', {
      get() {
        return /wasm/.test(new Error().stack) ? null : get.call(this);
      },
    });
  });
  await page.goto('');
  const message = page.locator('#boot-error');
  await expect(message).toContainText('has stopped');
  await expect(message.locator('pre')).toContainText('panicked at');
  expect(logged.some((line) => line.includes('panicked at')), logged.join('\n')).toBe(true);
  await message.getByRole('button').click();
  await opened(page);
  await context.close();
});

test('without JavaScript the page says that it needs it', async ({ browser }) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto('');
  // Locators pass over what stands in a noscript element.
  expect(await page.content()).toContain('needs JavaScript');
  await expect(page.getByTestId('status')).toHaveCount(0);
  await context.close();
});

for (const viewport of [{ width: 1280, height: 800 }, { width: 390, height: 844 }]) {
  test(`at ${viewport.width} px nothing moves once the picture is there`, async ({ newPeer }) => {
    const room = await host(await newPeer(), { title: 'Room', summary: 'A word', source: 'pattern' });
    const page = await newPeer({ viewport });
    await page.addInitScript(() => {
      window.shifts = [];
      new PerformanceObserver((list) => {
        for (const { value, sources } of list.getEntries()) {
          window.shifts.push({ value, moved: sources.map(({ node }) => node?.className) });
        }
      }).observe({ type: 'layout-shift', buffered: true });
    });
    await audience(page, room);
    await waitForMovingVideo(page);
    // What is known of the room only once it is joined may take its place before.
    await page.evaluate(() => {
      window.shifts = [];
    });
    await expect(page.getByTestId('chat-input')).toBeVisible();
    await expect(page.getByTestId('chat-message').or(page.locator('.chat-note')).first()).toBeVisible();
    await page.waitForTimeout(300);
    const shifts = await page.evaluate(() => window.shifts);
    const moved = shifts.reduce((sum, { value }) => sum + value, 0);
    expect(moved, JSON.stringify(shifts)).toBeLessThan(0.01);
  });
}
