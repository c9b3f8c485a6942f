// What the browser tests share: peers in contexts of their own, and what can be seen on a page.
//
// `host`, `audience` and what follows them take pages of Playwright and of Puppeteer alike, which
// drives Firefox: they use only what both have.
import { test as base, expect } from '@playwright/test';
import { onPeerServer, startServer } from './server.mjs';

export { expect };

export const test = base.extend({
  /** A server for each worker, so that no list shows the rooms of tests that run beside this one. */
  server: [async ({}, use) => {
    // Long enough for a reload, and no test waits two minutes.
    const server = await startServer({ flags: onPeerServer ? [] : ['--reserve_time', '5'] });
    await use(server);
    await server.stop();
  }, { scope: 'worker' }],

  /** Where addresses without a host lead. */
  baseURL: ({ server }, use) => use(server.url),

  /**
   * Opens an empty page in a browser context of its own, so that it is a peer like any other.
   * All are closed after the test, which fails if one of them had an error that nothing caught.
   */
  newPeer: async ({ browser }, use) => {
    const contexts = [];
    const errors = [];
    await use(async (options) => {
      const context = await browser.newContext(options);
      contexts.push(context);
      context.on('weberror', (error) => errors.push(String(error.error())));
      return context.newPage();
    });
    await Promise.all(contexts.map((context) => context.close()));
    expect(errors, 'uncaught errors').toEqual([]);
  },
});

/** Marks tests of what depends on the signalling server; they are run on npm's PeerServer, too. */
export const signalling = { tag: '@signalling' };

/** An address with parameters; undefined ones are left out. */
export function address(path, parameters = {}) {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined);
  const query = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
  return query.size > 0 ? `${path}?${query}` : path;
}

/** Finds what has that handle. */
export const at = (handle) => `[data-testid="${handle}"]`;

/** An attribute of what has that handle; empty as long as there is none. */
export const attribute = (page, handle, name) =>
  page.$$eval(at(handle), ([found], name) => found?.getAttribute(name) ?? '', name);

/** The text of what has that handle. */
export const text = (page, handle) =>
  page.$$eval(at(handle), ([found]) => found?.textContent.trim() ?? '');

/** Waits until the page is known to the signalling server, and returns its peer id. */
export async function opened(page) {
  await expect.poll(() => attribute(page, 'status', 'data-state'), 'state of the server').toBe('open');
  await expect.poll(() => text(page, 'my-id'), 'own id').not.toBe('');
  return text(page, 'my-id');
}

/**
 * Opens a room; its id is returned. Parameters are those of the address (`title`, `summary`,
 * `rootId`, `coverURL`, `maxChildren`, …); `source` starts a stream: `pattern`, `camera`, `screen`.
 */
export async function host(page, { source, ...parameters } = {}) {
  await page.goto(address('P2PLiveHost.html', parameters));
  const id = await opened(page);
  if (source) await startSource(page, source);
  return id;
}

/** Opens a panel by its title, unless it is open: panels are as they were left. */
export async function openPanel(page, handle) {
  const panel = page.getByTestId(handle);
  if (await panel.getAttribute('open') === null) await panel.locator('summary').click();
}

/** Chooses a stream source on a host page. */
export async function startSource(page, source) {
  await page.locator(at('stream-source')).click();
  await page.locator(at(`source-${source}`)).click();
  await waitForMovingVideo(page);
}

/** Joins a room through any of its peers; the viewer's own id is returned once it is attached. */
export async function audience(page, id, parameters = {}) {
  await page.goto(address('P2PLiveAudience.html', { id, ...parameters }));
  const own = await opened(page);
  await expect.poll(() => attribute(page, 'tree-info', 'data-parent'), 'parent').toMatch(/\S/);
  return own;
}

/** A peer's place in the tree. */
export async function treeInfo(page) {
  const value = (name) => attribute(page, 'tree-info', `data-${name}`);
  return {
    parent: await value('parent'),
    depth: Number(await value('depth')),
    children: (await value('children')).split(' ').filter(Boolean),
    carrier: await value('carrier'),
  };
}

/**
 * What the player shows at this moment, as decoded and scaled down to at most 160 pixels of width.
 * @returns {Promise<{width: number, height: number, data: Uint8Array} | null>} four bytes a pixel
 *   (red, green, blue, alpha), row by row; null as long as there is no frame
 */
export async function readPixels(page) {
  const picture = await page.$eval(at('player'), (player) => {
    const scale = Math.min(1, 160 / player.videoWidth);
    const width = Math.round(player.videoWidth * scale);
    const height = Math.round(player.videoHeight * scale);
    if (!width || !height || player.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return null;
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d');
    context.drawImage(player, 0, 0, width, height);
    const { data } = context.getImageData(0, 0, width, height);
    let bytes = '';
    for (let at = 0; at < data.length; at += 0x8000) {
      bytes += String.fromCharCode(...data.subarray(at, at + 0x8000));
    }
    return { width, height, base64: btoa(bytes) };
  });
  if (!picture) return null;
  const { width, height, base64 } = picture;
  return { width, height, data: new Uint8Array(Buffer.from(base64, 'base64')) };
}

/** The share of pixels, from 0 to 1, that differ visibly between two pictures of one size. */
export function difference(a, b) {
  if (a.width !== b.width || a.height !== b.height) return 1;
  let changed = 0;
  for (let at = 0; at < a.data.length; at += 4) {
    const distance =
      Math.abs(a.data[at] - b.data[at]) +
      Math.abs(a.data[at + 1] - b.data[at + 1]) +
      Math.abs(a.data[at + 2] - b.data[at + 2]);
    if (distance > 48) changed += 1;
  }
  return changed / (a.data.length / 4);
}

/** Waits until the player shows a picture that changes, and is not of one colour. */
export async function waitForMovingVideo(page, { timeout = 60_000 } = {}) {
  let before = null;
  await expect(async () => {
    const now = await readPixels(page);
    expect(now, 'a decoded frame').not.toBeNull();
    const previous = before;
    before = now;
    expect(colours(now), 'colours in the picture').toBeGreaterThan(1);
    expect(previous, 'an earlier frame').not.toBeNull();
    expect(difference(previous, now), 'change between two frames').toBeGreaterThan(0);
  }).toPass({ timeout, intervals: [250] });
}

/** Sends a line of chat. */
export async function say(page, text) {
  await page.locator(at('chat-input')).fill(text);
  await page.locator(at('chat-send')).click();
}

/** The chat as the page shows it, in its order. */
export async function chat(page) {
  return page.$$eval(at('chat-message'), (messages) =>
    messages.map((message) => ({
      author: message.dataset.author,
      id: message.dataset.messageId,
      text: message.textContent,
    })));
}

/** How many clearly different colours a picture has. */
function colours({ data }) {
  const seen = new Set();
  for (let at = 0; at < data.length; at += 4 * 97) {
    seen.add(((data[at] >> 5) << 10) | ((data[at + 1] >> 5) << 5) | (data[at + 2] >> 5));
  }
  return seen.size;
}
