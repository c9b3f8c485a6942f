// Conference and voice: one room, whose people come and go in every way.
import {
  audience, expect, host, openPanel, startSource, test, treeInfo, waitForMovingVideo,
} from './lib/fixtures.mjs';
import { keepConnections } from './lib/connections.mjs';
import { ask, oldAudience, waitForPicture } from './lib/old.mjs';

const tile = (page, peer) => page.locator(`[data-testid="conference-tile"][data-peer="${peer}"]`);
const voice = (page, peer) => page.locator(`[data-testid="voice-member"][data-peer="${peer}"]`);

/** The ids in a list of members, sorted. */
const ids = (page, handle) =>
  page.$$eval(`[data-testid="${handle}"]`, (all) => all.map((it) => it.dataset.peer).sort());

/** Waits until all pages list these members. */
async function listed(pages, handle, members) {
  const expected = [...members].sort();
  for (const page of pages) await expect.poll(() => ids(page, handle)).toEqual(expected);
}

/** Waits until frames of that member arrive in its tile. */
async function seen(page, peer) {
  const frames = () => tile(page, peer).locator('video')
    .evaluate((video) => video.getVideoPlaybackQuality().totalVideoFrames);
  const before = await frames();
  await expect.poll(frames, `frames from ${peer}`).toBeGreaterThan(before + 3);
}

/** Connections of the conference or of the voice channel that are up. They send and receive sound over
 * lines of their own, unlike a link of the tree. That no change makes a new one, the core's tests show:
 * a machine that is too busy may lose one. */
const calls = (page, kind) => page.evaluate((kind) => {
  const lines = (connection, media) =>
    connection.getTransceivers().filter((it) => it.receiver.track.kind === media).length;
  const pictures = kind === 'conference' ? 2 : 0;
  const up = window.connections
    .filter((it) => it.connectionState === 'connected')
    .filter((it) => lines(it, 'audio') === 2 && lines(it, 'video') === pictures);
  const directions = up.flatMap((it) => it.getTransceivers().map((one) => one.currentDirection));
  return { up: up.length, both: directions.includes('sendrecv') };
}, kind);

/** In a page: another program has its camera. */
function withoutCamera() {
  const devices = navigator.mediaDevices;
  const open = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (wanted) => {
    if (wanted.video) throw new DOMException('', 'NotReadableError');
    return open(wanted);
  };
}

/** A host with a camera, and three viewers, one of them two steps away. The pages are small: without
 * a graphics card, all that they show is painted by the processor. */
async function room(newPeer) {
  const pages = [];
  for (let peer = 0; peer < 4; peer += 1) {
    const page = await newPeer({ viewport: { width: 480, height: 640 } });
    await page.addInitScript(keepConnections);
    pages.push(page);
  }
  const [hostPage, ...viewers] = pages;
  const id = await host(hostPage, { title: 'Together', maxChildren: 2 });
  await startSource(hostPage, 'camera');
  const people = [id];
  for (const [at, page] of viewers.entries()) {
    people.push(await audience(page, id, { name: `Viewer ${at + 1}`, maxChildren: 2 }));
  }
  expect((await treeInfo(viewers[2])).depth).toBe(2);
  return { pages, people };
}

test('a conference of four at two depths, and all that may happen in it', async ({ newPeer }) => {
  test.setTimeout(300_000);
  const { pages, people } = await room(newPeer);
  const [hostPage, a, b, deep] = pages;
  const [, idA, idB, idDeep] = people;

  await test.step('nobody sees a conference before the host opens it', async () => {
    await expect(a.getByTestId('conference')).toBeHidden();
    await hostPage.getByTestId('conference-open').click();
    for (const page of pages) await expect(page.getByTestId('conference-join')).toBeVisible();
  });

  // Two cameras are as much as a small machine sends to three others each.
  for (const page of [b, deep]) await page.evaluate(withoutCamera);

  await test.step('members at any depth join, and everybody has the same list', async () => {
    for (const page of [hostPage, a, deep]) await page.getByTestId('conference-join').click();
    await listed(pages, 'conference-tile', [people[0], idA, idDeep]);
    await b.getByTestId('conference-join').click();
    await listed(pages, 'conference-tile', people);
    for (const peer of [idB, idDeep]) {
      await expect(tile(a, peer)).toHaveAttribute('data-picture', 'false');
    }
  });

  await test.step('each sees every other over one connection', async () => {
    for (const page of pages) {
      for (const peer of [people[0], idA]) await seen(page, peer);
      await expect.poll(() => calls(page, 'conference')).toEqual({ up: 3, both: false });
    }
  });

  await test.step('the stream stays in the player, and the faces in their tiles', async () => {
    await waitForMovingVideo(deep);
    const shared = await deep.evaluate(() => {
      const tracks = (video) => (video.srcObject?.getTracks() ?? []).map((track) => track.id);
      const [player] = document.querySelectorAll('[data-testid="player"]');
      const tiles = [...document.querySelectorAll('[data-testid="conference-tile"] video')];
      return tiles.flatMap(tracks).filter((track) => tracks(player).includes(track));
    });
    expect(shared).toEqual([]);
  });

  await test.step('who speaks is shown, and a camera or microphone that is off, without a new call', async () => {
    await expect(tile(b, idA)).toHaveAttribute('data-speaking', 'true');
    await a.getByTestId('conference-microphone').click();
    await expect(a.getByTestId('conference-microphone')).toHaveAttribute('aria-pressed', 'false');
    await expect(tile(b, idA)).toContainText('microphone off');
    await expect(tile(b, idA)).toHaveAttribute('data-speaking', 'false');
    await a.getByTestId('conference-camera').click();
    await expect(tile(deep, idA)).toHaveAttribute('data-picture', 'false');
    await a.getByTestId('conference-camera').click();
    await a.getByTestId('conference-microphone').click();
    await expect(tile(deep, idA)).toHaveAttribute('data-picture', 'true');
    await seen(deep, idA);
    await expect(tile(b, idA)).toHaveAttribute('data-speaking', 'true');
    await expect.poll(() => calls(a, 'conference')).toEqual({ up: 3, both: false });
  });

  await test.step('the host mutes a member for everybody, and lets it speak again', async () => {
    await tile(hostPage, idA).getByTestId('conference-silence').click();
    await expect(tile(b, idA)).toContainText('muted by the host');
    await expect(tile(b, idA)).toHaveAttribute('data-speaking', 'false');
    await expect(a.getByTestId('conference').getByTestId('gathering-notice')).toContainText('muted you');
    await tile(hostPage, idA).getByTestId('conference-silence').click();
    await expect(tile(b, idA)).toHaveAttribute('data-speaking', 'true');
  });

  await test.step('one leaves, releases its devices, and comes back', async () => {
    await deep.getByTestId('conference-leave').click();
    await listed(pages, 'conference-tile', people.slice(0, 3));
    await expect.poll(async () => (await calls(a, 'conference')).up).toBe(2);
    await deep.getByTestId('conference-join').click();
    await listed(pages, 'conference-tile', people);
    await seen(deep, idA);
    await expect(tile(b, idDeep)).toHaveAttribute('data-speaking', 'true');
    for (const page of pages) await expect.poll(async () => (await calls(page, 'conference')).up).toBe(3);
  });

  await test.step('the host removes one, and ends it for all', async () => {
    await tile(hostPage, idB).getByTestId('conference-remove').click();
    await listed(pages, 'conference-tile', [people[0], idA, idDeep]);
    await expect(b.getByTestId('conference-join')).toBeVisible();
    await expect.poll(async () => (await calls(b, 'conference')).up).toBe(0);
    await hostPage.getByTestId('conference-end').click();
    for (const page of pages) {
      await expect(page.getByTestId('conference')).toBeHidden();
      await expect.poll(async () => (await calls(page, 'conference')).up).toBe(0);
    }
    for (const page of [a, b, deep]) await waitForMovingVideo(page);
  });
});

test('the voice channel: open microphone, push-to-talk, and a host that mutes', async ({ newPeer }) => {
  test.setTimeout(300_000);
  const { pages, people } = await room(newPeer);
  const [hostPage, a, b, deep] = pages;
  const [, idA, , idDeep] = people;

  await test.step('three join, and the fourth sees who is in it', async () => {
    for (const page of [hostPage, a, deep]) await page.getByTestId('voice-join').click();
    await listed(pages, 'voice-member', [people[0], idA, idDeep]);
    for (const page of [hostPage, a, deep]) {
      await expect.poll(() => calls(page, 'voice')).toEqual({ up: 2, both: false });
    }
    await expect(voice(deep, idA)).toHaveAttribute('data-speaking', 'true');
    expect((await calls(b, 'voice')).up).toBe(0);
  });

  await test.step('who speaks is shown among the people', async () => {
    await openPanel(deep, 'people-panel');
    await expect(deep.locator(`[data-testid="people"] [data-id="${idA}"]`))
      .toHaveAttribute('data-speaking', 'true');
  });

  await test.step('push-to-talk by button and by key', async () => {
    await a.getByTestId('voice-mode').selectOption('push');
    await expect(voice(deep, idA)).toHaveAttribute('data-speaking', 'false');
    await a.getByTestId('voice-talk').hover();
    await a.mouse.down();
    await expect(voice(deep, idA)).toHaveAttribute('data-speaking', 'true');
    await a.mouse.up();
    await expect(voice(deep, idA)).toHaveAttribute('data-speaking', 'false');
    await a.locator('h1').first().click();
    await a.keyboard.down('v');
    await expect(voice(deep, idA)).toHaveAttribute('data-speaking', 'true');
    await a.keyboard.up('v');
    await expect(voice(deep, idA)).toHaveAttribute('data-speaking', 'false');
  });

  await test.step('letting go does not undo the mute of the host', async () => {
    await voice(hostPage, idA).getByTestId('voice-silence').click();
    await expect(voice(deep, idA)).toContainText('muted by the host');
    await a.getByTestId('voice-talk').hover();
    await a.mouse.down();
    await a.waitForTimeout(2_000);
    await expect(voice(deep, idA)).toHaveAttribute('data-speaking', 'false');
    await a.mouse.up();
    await expect(voice(deep, idA)).toContainText('muted by the host');
    await voice(hostPage, idA).getByTestId('voice-silence').click();
    await a.getByTestId('voice-mode').selectOption('open');
    await expect(voice(deep, idA)).toHaveAttribute('data-speaking', 'true');
  });

  await test.step('the stream goes on, and is lower while somebody speaks', async () => {
    await waitForMovingVideo(deep);
    const volume = () => deep.getByTestId('player').evaluate((player) => player.volume);
    const before = await volume();
    await deep.getByTestId('voice-duck').check();
    await expect.poll(volume).toBeLessThan(before * 0.5);
    await a.getByTestId('voice-mute').click();
    await hostPage.getByTestId('voice-mute').click();
    await expect.poll(volume).toBe(before);
  });

  await test.step('leaving, and coming back', async () => {
    await a.getByTestId('voice-leave').click();
    await listed(pages, 'voice-member', [people[0], idDeep]);
    await expect.poll(async () => (await calls(deep, 'voice')).up).toBe(1);
    await a.getByTestId('voice-join').click();
    await listed(pages, 'voice-member', [people[0], idA, idDeep]);
    await expect(voice(deep, idA)).toHaveAttribute('data-speaking', 'true');
  });
});

test('without a camera one takes part by voice, and is told what to do', async ({ newPeer }) => {
  const hostPage = await newPeer();
  await host(hostPage, { title: 'No camera' });
  await hostPage.getByTestId('conference-open').click();
  await hostPage.evaluate(withoutCamera);
  await hostPage.getByTestId('conference-join').click();
  await expect(hostPage.getByTestId('conference-leave')).toBeVisible();
  const notice = hostPage.getByTestId('conference').getByTestId('gathering-notice');
  await expect(notice).toContainText('Close that program');
  await expect(hostPage.getByTestId('conference-microphone')).toHaveAttribute('aria-pressed', 'true');
  await expect(hostPage.getByTestId('conference-camera')).toHaveAttribute('aria-pressed', 'false');
});

/** Waits until frames arrive in an old page's tile of that column. */
async function seenByOld(page, column) {
  await expect.poll(() => page.evaluate(async (column) => {
    const stream = window.old.tiles[column];
    if (!stream) return 0;
    const video = Object.assign(document.createElement('video'), { muted: true, srcObject: stream });
    video.play().catch(() => {});
    await new Promise((resolve) => { setTimeout(resolve, 700); });
    const { totalVideoFrames } = video.getVideoPlaybackQuality();
    video.srcObject = null;
    return totalVideoFrames;
  }, column), { message: `frames in column ${column}`, timeout: 60_000 }).toBeGreaterThan(2);
}

test('an original page and two of ours see each other in a conference', async ({ newPeer, baseURL }) => {
  test.setTimeout(300_000);
  const [hostPage, viewer] = [await newPeer(), await newPeer()];
  const room = await host(hostPage, { title: 'Both kinds' });
  await startSource(hostPage, 'camera');
  const viewerId = await audience(viewer, room, { name: 'Vera' });
  const [old, stranger] = [await newPeer(), await newPeer()];
  const oldId = await oldAudience(old, baseURL, room, { name: 'Ann' });
  await oldAudience(stranger, baseURL, room, { name: 'Bob' });
  for (const page of [old, stranger]) await waitForPicture(page);
  const pictures = await ask(old, 'streams');
  const tracksOfPlayer = () => viewer.getByTestId('player')
    .evaluate((video) => video.srcObject.getTracks().map((track) => track.id));
  await waitForMovingVideo(viewer);
  const playing = await tracksOfPlayer();

  // Each newcomer dials those who sit: the old page our host, our viewer the old page.
  await hostPage.getByTestId('conference-open').click();
  await hostPage.getByTestId('conference-join').click();
  await expect.poll(async () => (await ask(old, 'map'))[11][1]).toEqual([0, room]);
  await ask(old, 'confer()');
  await expect.poll(() => ask(old, 'column')).toBe(2);
  await old.evaluate(() => window.old.publish(window.oldPages.picture()));
  await seen(hostPage, oldId);
  await viewer.getByTestId('conference-join').click();
  await listed([hostPage, viewer], 'conference-tile', [room, oldId, viewerId]);
  for (const page of [hostPage, viewer]) await seen(page, oldId);
  for (const column of [1, 3]) await seenByOld(old, column);

  // One call in each direction with each of ours, besides that of the room's picture.
  await expect.poll(() => ask(old, 'open(window.old.calls)')).toBe(3);
  await expect.poll(() => ask(old, 'open(window.old.placed)')).toBe(2);
  expect(await ask(old, 'streams'), 'pictures of the room').toBe(pictures);
  expect(await tracksOfPlayer()).toEqual(playing);
  for (const page of [hostPage, viewer]) {
    await expect(tile(page, oldId)).toHaveAttribute('data-speaking', 'true');
  }

  // Who has no seat is not answered.
  for (const id of [room, viewerId]) {
    await stranger.evaluate((id) => window.old.call(id, window.oldPages.picture()), id);
  }
  await stranger.waitForTimeout(4_000);
  expect(await ask(stranger, 'open(window.old.placed)')).toBe(0);

  // Ours leaves and comes back, then the old page leaves.
  await viewer.getByTestId('conference-leave').click();
  await expect.poll(() => ask(old, 'open(window.old.placed)')).toBe(1);
  await expect.poll(() => ask(old, 'open(window.old.calls)')).toBe(2);
  await viewer.getByTestId('conference-join').click();
  await seen(viewer, oldId);
  await seenByOld(old, 3);
  await ask(old, 'stand()');
  await listed([hostPage, viewer], 'conference-tile', [room, viewerId]);
  await expect.poll(() => ask(old, 'open(window.old.placed)')).toBe(0);
  await expect.poll(() => ask(old, 'open(window.old.calls)')).toBe(1);
  await waitForPicture(old);
  await waitForMovingVideo(viewer);
  expect(await tracksOfPlayer()).toEqual(playing);
});
