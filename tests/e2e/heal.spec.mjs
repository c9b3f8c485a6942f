// The tree heals: relays that close, hosts that reload, servers that restart, and the map of it.
import {
  address, audience, chat, expect, host, opened, openPanel, say, signalling, startSource, test,
  treeInfo, waitForMovingVideo,
} from './lib/fixtures.mjs';
import { startServer } from './lib/server.mjs';

/** What lies over the picture. */
const cover = (page) => page.locator('.player');

/** How many connections the page has that are not closed; to be called before the page loads. */
async function countConnections(page) {
  await page.addInitScript(() => {
    const Native = window.RTCPeerConnection;
    window.connections = [];
    window.RTCPeerConnection = class extends Native {
      constructor(...args) {
        super(...args);
        window.connections.push(this);
      }
    };
  });
  return () => page.evaluate(() =>
    window.connections.filter((connection) => connection.connectionState !== 'closed').length);
}

/** The longest time between two pictures from now on, in ms, until it is asked for. */
async function watchGaps(page) {
  await page.getByTestId('player').evaluate((player) => {
    window.gaps = { last: performance.now(), longest: 0 };
    const frame = () => {
      const now = performance.now();
      window.gaps.longest = Math.max(window.gaps.longest, now - window.gaps.last);
      window.gaps.last = now;
      player.requestVideoFrameCallback(frame);
    };
    player.requestVideoFrameCallback(frame);
  });
  return () => page.evaluate(() =>
    Math.max(window.gaps.longest, performance.now() - window.gaps.last));
}

test('a host that reloads its page has its room again', signalling, async ({ newPeer }) => {
  test.setTimeout(180_000);
  const hostPage = await newPeer();
  const room = await host(hostPage, { title: 'Steady', source: 'pattern', maxChildren: 1 });
  const viewers = [];
  for (let at = 0; at < 2; at += 1) {
    viewers.push(await newPeer());
    await audience(viewers[at], room, { maxChildren: 1 });
    await waitForMovingVideo(viewers[at]);
  }
  await say(viewers[1], 'before');
  await expect.poll(async () => (await chat(hostPage)).length).toBe(1);
  const before = await Promise.all(viewers.map((page) => treeInfo(page)));

  await hostPage.goto('about:blank');
  for (const viewer of viewers) {
    await expect(cover(viewer)).toHaveAttribute('data-cover', 'host-away');
  }
  await say(viewers[0], 'meanwhile');
  await hostPage.goBack();
  expect(await opened(hostPage)).toBe(room);
  for (const viewer of viewers) {
    await expect(cover(viewer)).not.toHaveAttribute('data-cover', 'host-away');
  }
  await startSource(hostPage, 'pattern');
  for (const viewer of viewers) await waitForMovingVideo(viewer);
  const after = await Promise.all(viewers.map((page) => treeInfo(page)));
  expect(after.map(({ parent, depth }) => [parent, depth]))
    .toEqual(before.map(({ parent, depth }) => [parent, depth]));
  await say(hostPage, 'after');
  for (const page of [hostPage, ...viewers]) {
    await expect.poll(async () => (await chat(page)).length).toBe(3);
  }
});

test('a relay that closes its page interrupts nobody', async ({ newPeer }) => {
  const hostPage = await newPeer();
  const room = await host(hostPage, { source: 'pattern', maxChildren: 1 });
  const relay = await newPeer();
  await audience(relay, room, { maxChildren: 2 });
  await waitForMovingVideo(relay);
  const leaf = await newPeer();
  await audience(leaf, room, { maxChildren: 2 });
  await waitForMovingVideo(leaf);
  expect((await treeInfo(leaf)).depth).toBe(2);
  const longest = await watchGaps(leaf);
  await relay.getByTestId('close-tab').click();
  await expect.poll(async () => (await treeInfo(leaf)).depth).toBe(1);
  await waitForMovingVideo(leaf);
  // Generous: the figure itself is a benchmark's.
  expect(await longest()).toBeLessThan(1_500);
});

test('a source that stands still moves nobody, and viewers are told', async ({ newPeer }) => {
  const hostPage = await newPeer();
  // A camera that gives no pictures for a while, as a stream server does whose own source is away.
  await hostPage.addInitScript(() => {
    navigator.mediaDevices.getUserMedia = async () => {
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [320, 240];
      const context = canvas.getContext('2d');
      const source = { stands: false };
      let step = 0;
      setInterval(() => {
        if (source.stands) return;
        context.fillStyle = `hsl(${step * 20} 80% 50%)`;
        context.fillRect(0, 0, 320, 240);
        context.clearRect((step * 10) % 300, 100, 20, 40);
        step += 1;
      }, 66);
      window.source = source;
      return canvas.captureStream(15);
    };
  });
  const room = await host(hostPage, { title: 'Interval', maxChildren: 1, source: 'camera' });
  const viewers = [];
  for (let depth = 1; depth <= 2; depth += 1) {
    const page = await newPeer();
    await audience(page, room, { maxChildren: 1 });
    await waitForMovingVideo(page);
    viewers.push(page);
  }
  const parents = () => Promise.all(viewers.map(async (page) => (await treeInfo(page)).parent));
  const before = await parents();
  const badge = (page) => page.locator('.room-head .badge').first();

  await hostPage.evaluate(() => { window.source.stands = true; });
  for (const page of [hostPage, ...viewers]) await expect(badge(page)).toHaveText('Paused');
  const late = await newPeer();
  await audience(late, room, { maxChildren: 1 });
  await expect(badge(late)).toHaveText('Paused');
  await expect(cover(late)).toHaveAttribute('data-cover', 'paused');
  await hostPage.waitForTimeout(10_000);
  expect(await parents()).toEqual(before);

  await hostPage.evaluate(() => { window.source.stands = false; });
  for (const page of [...viewers, late]) {
    await waitForMovingVideo(page);
    await expect(badge(page)).toHaveText('Live');
  }
  expect(await parents()).toEqual(before);
});

test('refresh pressed 20 times leaves one connection', async ({ newPeer }) => {
  const hostPage = await newPeer();
  const room = await host(hostPage, { source: 'pattern' });
  const viewer = await newPeer();
  const connections = await countConnections(viewer);
  await audience(viewer, room);
  await waitForMovingVideo(viewer);
  const before = await connections();
  for (let press = 0; press < 20; press += 1) {
    await viewer.getByTestId('refresh-media').click();
    await viewer.waitForTimeout(100);
  }
  await expect.poll(connections, { timeout: 60_000 }).toBe(before);
  await waitForMovingVideo(viewer);
  expect((await treeInfo(hostPage)).children).toHaveLength(1);
});

test('twelve viewers, two children each, and the map that shows them', async ({ newPeer }) => {
  test.setTimeout(420_000);
  const hostPage = await newPeer();
  const room = await host(hostPage, { maxChildren: 2 });
  const viewers = [];
  for (let at = 0; at < 12; at += 1) {
    const page = await newPeer();
    viewers.push(page);
    await audience(page, room, { maxChildren: 2, name: `Viewer ${at}` });
  }
  const pages = [hostPage, ...viewers];
  const infos = await Promise.all(pages.map((page) => treeInfo(page)));
  for (const { children, depth } of infos) {
    expect(children.length).toBeLessThanOrEqual(2);
    expect(depth).toBeLessThanOrEqual(5);
  }

  const looker = viewers[5];
  await openPanel(looker, 'tree-info');
  await looker.getByTestId('show-map').click();
  const peers = looker.getByTestId('map-peer');
  await expect(peers).toHaveCount(13);
  const shown = await peers.evaluateAll((all) => all.map((peer) => peer.dataset.peerId));
  expect(new Set(shown)).toEqual(new Set(await Promise.all(
    pages.map((page) => page.getByTestId('my-id').textContent().then((id) => id.trim())),
  )));
  // It moves under a leaf by the map, one that is not below itself; a peer that goes leaves the map.
  const idOf = async (page) => (await page.getByTestId('my-id').textContent()).trim();
  const tree = new Map();
  for (const page of viewers) tree.set(await idOf(page), await treeInfo(page));
  const own = await idOf(looker);
  const isBelow = (id) => id === own || (tree.has(id) && isBelow(tree.get(id).parent));
  const leaves = [...tree].filter(([id, { children }]) => children.length === 0 && !isBelow(id));
  const [target] = leaves.at(-1);
  const ownChild = tree.get(own).children.at(0) ?? own;
  await looker.getByTestId('map-picture').focus();
  await looker.keyboard.press('ArrowDown');
  await expect(looker.locator('[data-testid=map-peer][aria-selected=true]')).toHaveCount(1);
  await looker.locator(`[data-peer-id="${ownChild}"]`).dispatchEvent('click');
  await expect(looker.getByTestId('join-under')).toBeHidden();
  await looker.locator(`[data-peer-id="${target}"]`).dispatchEvent('click');
  await looker.getByTestId('join-under').click();
  await expect.poll(async () => (await treeInfo(looker)).parent, { timeout: 60_000 }).toBe(target);
  let gone;
  let goneId;
  for (const page of viewers.filter((page) => page !== looker)) {
    const id = await idOf(page);
    if (id !== target) [gone, goneId] = [page, id];
  }
  await gone.close();
  await expect(looker.locator(`[data-peer-id="${goneId}"]`)).toHaveCount(0, { timeout: 60_000 });
});

test('the server can be away; rooms stream on and take newcomers afterwards', signalling, async ({ newPeer }) => {
  test.setTimeout(180_000);
  const server = await startServer();
  try {
    const at = (path, parameters) => new URL(address(path, parameters), server.url).href;
    const hostPage = await newPeer();
    await hostPage.goto(at('P2PLiveHost.html', { maxChildren: 1 }));
    const room = await opened(hostPage);
    await startSource(hostPage, 'pattern');
    const viewers = [];
    for (let count = 0; count < 2; count += 1) {
      const page = await newPeer();
      await page.goto(at('P2PLiveAudience.html', { id: room, maxChildren: 1 }));
      await waitForMovingVideo(page);
      viewers.push(page);
    }
    const ids = await Promise.all([hostPage, ...viewers].map(opened));
    const before = await treeInfo(viewers[1]);
    await server.stop('SIGKILL');
    await expect(viewers[1].getByTestId('status')).toHaveAttribute('data-state', 'reconnecting');
    const longest = await watchGaps(viewers[1]);
    await viewers[1].waitForTimeout(20_000);
    expect(await longest()).toBeLessThan(2_000);
    const again = await startServer({ port: server.port });
    try {
      expect(await Promise.all([hostPage, ...viewers].map(opened))).toEqual(ids);
      expect(await treeInfo(viewers[1])).toEqual(before);
      const late = await newPeer();
      await late.goto(at('P2PLiveAudience.html', { id: room }));
      await waitForMovingVideo(late);
      expect((await treeInfo(late)).depth).toBe(3);
    } finally {
      await again.stop();
    }
  } finally {
    await server.stop('SIGKILL').catch(() => {});
  }
});
