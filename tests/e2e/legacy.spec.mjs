// The original pages in the same rooms and networks as ours, by the traces captured from them,
// on the real PeerJS of the versions that they bundle.
import {
  address, audience, chat, expect, host, opened, openPanel, say, signalling, startSource, test,
  treeInfo, waitForMovingVideo,
} from './lib/fixtures.mjs';
import { ask, goLive, oldAudience, oldGuest, oldHost, oldRoot, rooms, waitForPicture } from './lib/old.mjs';

const texts = async (page) => (await chat(page)).map((message) => message.text);
const members = (page) => page.getByTestId('member-count');
const openCalls = (page) => ask(page, 'open(window.old.calls)');

let networks = 0;
const network = () => `old-${process.pid}-${Date.now()}-${networks += 1}`;

test('an old viewer under our host: map, chat, picture, refresh, rename, leave', async ({ newPeer, baseURL }) => {
  const hostPage = await newPeer();
  const room = await host(hostPage, { title: 'Mixed', source: 'pattern' });
  const old = await newPeer();
  const id = await oldAudience(old, baseURL, room, { name: 'Ann' });
  expect((await ask(old, 'map'))[4]).toBe('Mixed');
  await expect.poll(async () => (await ask(old, 'map'))[2]).toEqual([id, room]);
  await expect(members(hostPage)).toContainText('2');
  await waitForPicture(old);
  await expect.poll(() => openCalls(old)).toBe(1);
  expect(await ask(old, 'calls.length'), 'calls at the join').toBe(1);

  await ask(old, 'chat("hello from 1.5.4", "data:image/png;base64,AAAA", "data:image/png;base64,BBBB")');
  await expect(hostPage.getByTestId('chat-message')).toContainText(['hello from 1.5.4']);
  await say(hostPage, 'hello back');
  await expect.poll(() => ask(old, 'chats.map((line) => line[1])')).toEqual(['hello back']);

  // Another source changes no connection; a refresh replaces the call.
  await startSource(hostPage, 'camera');
  await waitForPicture(old);
  expect(await ask(old, 'calls.length'), 'calls after another source').toBe(1);
  await old.waitForTimeout(3_000);
  await ask(old, 'refresh()');
  await expect.poll(() => ask(old, 'calls.length')).toBe(2);
  await waitForPicture(old);
  await expect.poll(() => openCalls(old)).toBe(1);

  await ask(old, 'rename("Ann2")');
  await expect.poll(async () => JSON.stringify((await ask(old, 'map'))[9])).toContain('"Ann2"');
  await old.close();
  await expect(members(hostPage)).toContainText('1');
});

test('an old viewer that waits for the picture gets one call when our host goes live', async ({ newPeer, baseURL }) => {
  const hostPage = await newPeer();
  const room = await host(hostPage, { title: 'Later' });
  const old = await newPeer();
  await oldAudience(old, baseURL, room, { version: '1.5.2' });
  expect(await ask(old, 'calls.length')).toBe(0);
  await startSource(hostPage, 'pattern');
  await waitForPicture(old);
  await old.waitForTimeout(2_000);
  expect(await ask(old, 'calls.length')).toBe(1);
  expect((await ask(old, 'log')).some(([, data]) => data[0] === 4 && data[1] === room)).toBe(true);
});

test('PeerJS from before 1.5: calls without a channel, and JSON as text', async ({ newPeer, baseURL }) => {
  const version = '1.4.7';
  const hostPage = await newPeer();
  const room = await host(hostPage, { title: 'Older', source: 'pattern' });
  const pages = [await newPeer(), await newPeer()];
  await oldAudience(pages[0], baseURL, room, { version, name: 'Bin' });
  await oldAudience(pages[1], baseURL, room, { version, name: 'Jay', serialization: 'json' });
  for (const page of pages) {
    await waitForPicture(page);
    await expect.poll(() => openCalls(page)).toBe(1);
  }
  await ask(pages[0], 'chat("packed")');
  await ask(pages[1], 'chat("in JSON: ü")');
  await expect(hostPage.getByTestId('chat-message')).toContainText(['packed', 'in JSON: ü']);
  await say(hostPage, 'heard');
  for (const page of pages) await expect.poll(() => ask(page, 'chats.at(-1)[1]')).toBe('heard');
  for (const page of pages) await page.close();
  await expect(members(hostPage)).toContainText('1');

  const old = await newPeer();
  const theirs = await oldHost(old, baseURL, { version, title: 'Theirs', live: true });
  const viewer = await newPeer();
  await audience(viewer, theirs);
  await waitForMovingVideo(viewer);
  await say(viewer, 'over here');
  await expect.poll(() => ask(old, 'chats.map((line) => line[1])')).toEqual(['over here']);
});

test('an old viewer under our relay, and an old one below it', signalling, async ({ newPeer, baseURL }) => {
  const hostPage = await newPeer();
  const room = await host(hostPage, { title: 'Relayed', source: 'pattern', maxChildren: 1 });
  const relay = await newPeer();
  const relayId = await audience(relay, room);
  const ann = await newPeer();
  const annId = await oldAudience(ann, baseURL, relayId, { name: 'Ann' });
  const bob = await newPeer();
  const bobId = await oldAudience(bob, baseURL, annId, { name: 'Bob' });
  for (const page of [ann, bob]) await waitForPicture(page);
  expect(await ask(bob, 'map[7]')).toBe(room);
  await expect(members(hostPage)).toContainText('4');
  await expect.poll(async () => (await ask(bob, 'map'))[2]).toEqual([relayId, annId, bobId, room]);
  await ask(bob, 'chat("from the bottom")');
  await expect(hostPage.getByTestId('chat-message')).toContainText(['from the bottom']);
  await say(hostPage, 'from the top');
  for (const page of [ann, bob]) {
    await expect.poll(async () => (await ask(page, 'chats')).map((line) => line[1])).toContain('from the top');
  }
  // What is passed on at once is painted a moment later.
  await expect.poll(async () => (await texts(relay)).filter((text) => text.includes('from the')).length)
    .toBe(2);
});

test('going live reaches an old chain with one call per edge', async ({ newPeer, baseURL }) => {
  const hostPage = await newPeer();
  const room = await host(hostPage, { title: 'Chain' });
  const ann = await newPeer();
  const annId = await oldAudience(ann, baseURL, room, { name: 'Ann' });
  const bob = await newPeer();
  await oldAudience(bob, baseURL, annId, { name: 'Bob', version: '1.5.2' });
  await startSource(hostPage, 'pattern');
  for (const page of [ann, bob]) await waitForPicture(page);
  await ann.waitForTimeout(3_000);
  expect(await ask(ann, 'calls.length')).toBeLessThanOrEqual(2);
});

test('our viewer under an old host, with an old and a new one below', signalling, async ({ newPeer, baseURL }) => {
  const old = await newPeer();
  const room = await oldHost(old, baseURL, { title: 'An old room', live: true, version: '1.5.2' });
  const viewer = await newPeer();
  const viewerId = await audience(viewer, room, { name: 'Vera' });
  await expect(viewer.getByText('An old room').first()).toBeVisible();
  await waitForMovingVideo(viewer);
  await expect.poll(() => ask(old, 'open(window.old.placed)')).toBe(1);
  await expect.poll(async () => (await ask(old, 'nodes'))[7]).toBe(viewerId);

  const below = await newPeer();
  await audience(below, viewerId);
  const ann = await newPeer();
  await oldAudience(ann, baseURL, viewerId, { name: 'Ann' });
  await waitForMovingVideo(below);
  await waitForPicture(ann);
  expect((await treeInfo(below)).depth).toBe(2);
  await expect.poll(async () => (await ask(old, 'map'))[2]).toHaveLength(4);

  await say(below, 'from below');
  await expect.poll(() => ask(old, 'chats.map((line) => line[1])')).toEqual(['from below']);
  await ask(old, 'chat("from the old host")');
  for (const page of [viewer, below]) {
    await expect(page.getByTestId('chat-message').filter({ hasText: 'from the old host' })).toHaveCount(1);
  }
  await ask(old, 'modify("Another title")');
  await expect(below.getByText('Another title').first()).toBeVisible();
  await viewer.getByTestId('refresh-media').click();
  await expect.poll(() => ask(old, 'asked.length')).toBe(1);
  await waitForMovingVideo(viewer);
  await waitForMovingVideo(below);
});

test('our viewer under an old viewer, and an old host that goes live later', async ({ newPeer, baseURL }) => {
  const old = await newPeer();
  const room = await oldHost(old, baseURL);
  const ann = await newPeer();
  const annId = await oldAudience(ann, baseURL, room, { name: 'Ann' });
  const viewer = await newPeer();
  await audience(viewer, annId);
  expect((await treeInfo(viewer)).parent).toBe(annId);
  expect((await treeInfo(viewer)).depth).toBe(2);
  await goLive(old);
  await waitForMovingVideo(viewer);
  await say(viewer, 'two hops');
  await expect.poll(() => ask(old, 'chats.map((line) => line[1])')).toEqual(['two hops']);
  // The old viewer goes; ours finds the host.
  await ann.evaluate(() => window.old.peer.destroy());
  await expect(viewer.getByTestId('tree-info')).toHaveAttribute('data-parent', room);
  await waitForMovingVideo(viewer);
});

test('old hosts and guests at our index root, our host among them', signalling, async ({ newPeer, baseURL }) => {
  const name = network();
  const index = await newPeer();
  await index.goto('');
  await index.getByTestId('network-name').fill(name);
  await index.getByTestId('join-network').click();
  await expect(index.getByTestId('my-id')).toHaveText(name);
  const guest = await newPeer();
  await oldGuest(guest, baseURL, name);
  await expect.poll(() => rooms(guest, 4)).toEqual([]);
  const ours = await host(await newPeer(), { title: 'Ours', rootId: name });
  const old = await newPeer();
  const theirs = await oldHost(old, baseURL, { title: 'Theirs', network: name });
  await expect.poll(async () => (await rooms(guest, 4))?.toSorted()).toEqual(['Ours', 'Theirs']);
  expect((await rooms(guest, 7)).toSorted()).toEqual([ours, theirs].toSorted());
  await expect(index.locator(`[data-room-id="${theirs}"]`)).toContainText('Theirs');
  await index.locator(`[data-room-id="${theirs}"]`).click();
  await old.close();
  await expect.poll(() => rooms(guest, 4), { timeout: 60_000 }).toEqual(['Ours']);
});

test('our host and our guest at an old index root', signalling, async ({ newPeer, baseURL }) => {
  const name = network();
  const root = await newPeer();
  await oldRoot(root, baseURL, name);
  const theirs = await oldHost(await newPeer(), baseURL, { title: 'Theirs', network: name });
  const hostPage = await newPeer();
  const ours = await host(hostPage, { title: 'Ours', rootId: name });
  await expect.poll(async () => (await rooms(root, 7)).toSorted()).toEqual([ours, theirs].toSorted());
  const guest = await newPeer();
  await guest.goto('');
  await guest.getByTestId('network-name').fill(name);
  await guest.getByTestId('join-network').click();
  await opened(guest);
  for (const room of [ours, theirs]) {
    await expect(guest.locator(`[data-testid=room-card][data-room-id="${room}"]`)).toBeVisible();
  }
  await audience(await newPeer(), ours);
  const count = (id) => root.evaluate((id) => window.old.rooms.find((room) => room[7] === id)[2].length, id);
  await expect.poll(() => count(ours)).toBe(2);
  await hostPage.close({ runBeforeUnload: true });
  await expect(guest.locator(`[data-testid=room-card][data-room-id="${ours}"]`)).toHaveCount(0);
});

test('nobody but the parent can push a picture into our pages', async ({ newPeer, baseURL }) => {
  const hostPage = await newPeer();
  const room = await host(hostPage, { title: 'Quiet' });
  const viewer = await newPeer();
  const viewerId = await audience(viewer, room);
  const stranger = await newPeer();
  await oldHost(stranger, baseURL);
  for (const id of [room, viewerId]) {
    await stranger.evaluate((id) => window.old.call(id, window.oldPages.picture()), id);
  }
  await stranger.waitForTimeout(4_000);
  expect(await ask(stranger, 'open(window.old.placed)')).toBe(0);
  for (const page of [hostPage, viewer]) {
    expect(await page.getByTestId('player').evaluate((video) => video.videoWidth)).toBe(0);
  }
});

test('names, titles and covers of others are text and pictures, never markup or style', async ({ newPeer, baseURL }) => {
  const markup = '<img src=x onerror=hurt=1><style>*{display:none}</style>';
  const cover = 'x.png"); position: fixed; inset: 0; background: url("https://spy.invalid/';
  const name = network();
  const asked = [];
  const watched = async () => {
    const page = await newPeer();
    page.on('request', (request) => asked.push(request.url()));
    return page;
  };
  const [index, viewer] = [await watched(), await watched()];
  await index.goto('');
  await index.getByTestId('network-name').fill(name);
  await index.getByTestId('join-network').click();
  await opened(index);
  const old = await newPeer();
  const room = await oldHost(old, baseURL, { title: markup, summary: markup, name: markup, network: name });
  await ask(old, `cover(${JSON.stringify(cover)})`);
  await expect(index.getByTestId('room-card-title')).toHaveText(markup);
  await index.getByTestId('room-card').click();
  await expect(index.getByTestId('room-details')).toContainText(markup);

  const viewerId = await audience(viewer, room);
  const ann = await newPeer();
  await oldAudience(ann, baseURL, viewerId, { name: markup });
  await ask(ann, `chat(${JSON.stringify(markup)}, "javascript:window.hurt=1", "https://spy.invalid/face.png")`);
  await expect(viewer.getByTestId('chat-message')).toContainText(markup);
  await openPanel(viewer, 'tree-info');
  await viewer.getByTestId('show-map').click();
  await expect(viewer.getByTestId('tree-info')).toContainText(markup);
  for (const page of [index, viewer]) {
    expect(await page.evaluate(() => window.hurt)).toBeUndefined();
    await expect(page.locator('body style, [src=x]')).toHaveCount(0);
    await expect(page.locator('body')).toBeVisible();
  }
  expect(asked.filter((url) => url.includes('spy.invalid') || url.endsWith('/x'))).toEqual([]);
});

test('whoever has the picture is asked before an old host borrows it', async ({ newPeer, baseURL }) => {
  const hostPage = await newPeer();
  const room = await host(hostPage, { title: 'Lender', source: 'pattern' });
  const viewer = await newPeer();
  const viewerId = await audience(viewer, room);
  await waitForMovingVideo(viewer);
  const [refused, lent] = [await newPeer(), await newPeer()];
  await oldHost(refused, baseURL, { name: '<b>Rob</b>' });
  const lentId = await oldHost(lent, baseURL, { name: 'Lena', version: '1.5.2' });

  await ask(refused, `borrow(${JSON.stringify(room)})`);
  await expect(hostPage.getByTestId('borrower')).toContainText('<b>Rob</b> asks for your stream');
  await hostPage.getByTestId('lend-no').click();
  await expect(hostPage.getByTestId('borrower')).toHaveCount(0);

  await ask(lent, `borrow(${JSON.stringify(viewerId)})`);
  await expect(viewer.getByTestId('borrower')).toHaveAttribute('data-peer', lentId);
  expect(await ask(lent, 'calls.length'), 'calls before the answer').toBe(0);
  await viewer.getByTestId('lend-yes').click();
  await waitForPicture(lent);
  expect(await ask(refused, 'calls.length'), 'calls after a no').toBe(0);
});

const seats = async (page) => (await ask(page, 'map'))[11][1];
const tile = (page, column) =>
  page.evaluate((column) => window.old.tiles[column]?.getVideoTracks()[0]?.readyState, column);

test('old viewers confer in our room, through our host and our relay', async ({ newPeer, baseURL }) => {
  const hostPage = await newPeer();
  const room = await host(hostPage, { title: 'Talk', source: 'pattern' });
  await hostPage.getByTestId('conference-open').click();
  const relay = await newPeer();
  const relayId = await audience(relay, room);
  const [ann, bob] = [await newPeer(), await newPeer()];
  const annId = await oldAudience(ann, baseURL, room, { name: 'Ann' });
  const bobId = await oldAudience(bob, baseURL, relayId, { name: 'Bob', version: '1.5.2' });
  for (const page of [ann, bob]) await waitForPicture(page);
  const pictures = await Promise.all([ann, bob].map((page) => ask(page, 'streams')));

  await ask(ann, 'confer()');
  await expect.poll(() => seats(bob)).toEqual([0, annId]);
  await ask(bob, 'confer()');
  await expect.poll(() => seats(ann)).toEqual([0, annId, bobId]);
  expect(await ask(ann, 'column')).toBe(1);
  await expect.poll(() => ask(ann, 'met.at(-1)')).toEqual([5, 3, 2, null, null, 'Bob']);
  await expect.poll(() => ask(bob, 'met.at(-1)')).toEqual([5, 3, 1, null, null, 'Ann']);
  for (const [speaker, listener, column] of [[bob, ann, 2], [ann, bob, 1]]) {
    await speaker.evaluate(() => window.old.publish(window.oldPages.picture()));
    await expect.poll(() => tile(listener, column)).toBe('live');
    const id = await ask(speaker, 'shows.id');
    for (const page of [ann, bob]) await expect.poll(async () => (await ask(page, 'map'))[11][3][column]).toBe(id);
  }
  expect(await Promise.all([ann, bob].map((page) => ask(page, 'streams'))), 'pictures of the room').toEqual(pictures);

  await ask(bob, 'stand()');
  await expect.poll(() => seats(ann)).toEqual([0, annId, null]);
  expect((await ask(ann, 'log')).map(([, data]) => data)).toContainEqual([5, 2, 1, 2, bobId]);
  for (const page of [hostPage, relay]) {
    await expect(page.getByTestId('problem')).toHaveCount(0);
    await waitForMovingVideo(page);
  }
});

test('an old host confers with an old viewer below ours, and takes ours for one of them', async ({ newPeer, baseURL }) => {
  const old = await newPeer();
  const room = await oldHost(old, baseURL, { title: 'Their talk', name: 'Hal', live: true });
  const viewer = await newPeer();
  const viewerId = await audience(viewer, room);
  const ann = await newPeer();
  const annId = await oldAudience(ann, baseURL, viewerId, { name: 'Ann' });
  await ask(old, 'enable()');
  await ask(old, 'confer()');
  await expect.poll(() => seats(ann)).toEqual([0, room]);
  await ask(ann, 'confer()');
  await expect.poll(() => seats(ann)).toEqual([0, room, annId]);
  await expect.poll(() => ask(old, 'met.at(-1)')).toEqual([5, 3, 2, null, null, 'Ann']);
  await expect.poll(() => ask(ann, 'met.at(-1)')).toEqual([5, 3, 1, null, null, 'Hal']);

  // Any member who dials it again is one of the conference to it, and gets no map.
  const met = await ask(old, 'mesh.length');
  await viewer.getByTestId('reconnect').click();
  await expect.poll(() => ask(old, 'mesh.length')).toBeGreaterThan(met);
  await expect.poll(() => ask(old, 'mesh.at(-1).open')).toBe(false);
  await expect(viewer.getByTestId('tree-info')).toHaveAttribute('data-parent', room);
  await expect(viewer.getByTestId('problem')).toHaveCount(0);
  await waitForMovingVideo(viewer);
  await say(viewer, 'still here');
  await expect.poll(() => ask(old, 'chats.map((line) => line[1])')).toEqual(['still here']);
});

test('an address as the old pages write it', async ({ newPeer, baseURL }) => {
  const room = await oldHost(await newPeer(), baseURL, { title: 'Linked' });
  const viewer = await newPeer();
  await viewer.goto(address('en/P2PLiveAudience.html', { id: room, name: 'Old link', themeIndex: '1' }));
  await expect(viewer.getByTestId('tree-info')).toHaveAttribute('data-parent', room);
});
