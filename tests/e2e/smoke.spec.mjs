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
    for (const name of ['P2PLiveIndex.html', 'P2PLiveHost.html', 'host', 'P2PLiveAudience.html']) {
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
    if (request.url().includes('/assets/')) asked.push(new URL(request.url()).pathname);
  });
  await page.goto('');
  await opened(page);
  expect(asked.toSorted()).toEqual([...new Set(asked)].toSorted());
  // Each is a round trip where the server is far away, though they come at the same time.
  expect(asked.length).toBeLessThanOrEqual(14);
});

test('a failed load says what to do', async ({ browser }) => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.route('**/*.wasm', (route) => route.abort());
  await page.goto('zh/');
  const message = page.locator('#boot-error');
  await expect(message).toBeVisible();
  await expect(message.locator('p').first()).toHaveAttribute('lang', 'zh');
  await expect(message).toContainText('reload the page');
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

test('a part that does not come can be asked for again', async ({ newPeer }) => {
  const page = await newPeer();
  await page.goto('');
  await opened(page);
  await page.route(/extras-.*\.wasm/, (route) => route.abort());
  await page.getByTestId('open-settings').click();
  await expect(page.getByTestId('part-missing')).toBeVisible();
  await page.unroute(/extras-.*\.wasm/);
  await page.getByTestId('part-missing').getByRole('button').click();
  await expect(page.getByTestId('settings-name')).toBeVisible();
  // What was running goes on.
  await expect(page.getByTestId('status')).toHaveAttribute('data-state', 'open');
});

for (const viewport of [{ width: 1280, height: 800 }, { width: 390, height: 844 }]) {
  test(`at ${viewport.width} px the picture waits for no other part, and none moves it`, async ({ newPeer }) => {
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
    let release;
    const held = new Promise((resolve) => {
      release = resolve;
    });
    await page.route(/extras-.*\.wasm/, async (route) => {
      await held;
      await route.continue();
    });
    await audience(page, room);
    await waitForMovingVideo(page);
    await expect(page.getByTestId('chat-input')).toHaveCount(0);
    // What is known of the room only once it is joined may take its place before.
    await page.evaluate(() => {
      window.shifts = [];
    });
    release();
    await expect(page.getByTestId('chat-input')).toBeVisible();
    await expect(page.getByTestId('chat-message').or(page.locator('.chat-note')).first()).toBeVisible();
    await page.waitForTimeout(300);
    const shifts = await page.evaluate(() => window.shifts);
    const moved = shifts.reduce((sum, { value }) => sum + value, 0);
    expect(moved, JSON.stringify(shifts)).toBeLessThan(0.01);
  });
}

test('all parts that did not come are asked for at once', async ({ newPeer }) => {
  const room = await host(await newPeer(), { title: 'Room', source: 'pattern' });
  const page = await newPeer();
  await page.route(/extras-.*\.wasm/, (route) => route.abort());
  await audience(page, room);
  await waitForMovingVideo(page);
  const missing = page.getByTestId('part-missing').filter({ visible: true });
  await expect(missing.first()).toBeVisible();
  await page.unroute(/extras-.*\.wasm/);
  await missing.last().getByRole('button').click();
  await expect(page.getByTestId('chat-input')).toBeVisible();
  await expect(page.getByTestId('share-link')).toHaveValue(/id=/);
  await expect(page.getByTestId('full-screen')).toBeVisible();
  await expect(page.getByTestId('part-missing')).toHaveCount(0);
});
