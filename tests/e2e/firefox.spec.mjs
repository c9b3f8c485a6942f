// Firefox in every role, alone and in one room with Chromium.
import { writeFile } from 'node:fs/promises';
import {
  at, attribute, audience, chat, expect, host, opened, say, startSource, test as base, text, treeInfo,
  waitForMovingVideo,
} from './lib/fixtures.mjs';
import { clip } from './lib/clip.mjs';
import { keepConnections } from './lib/connections.mjs';
import { launchFirefox } from './lib/firefox.mjs';

const test = base.extend({
  /** Two Firefoxes; see `launchFirefox`. */
  foxes: async ({ baseURL }, use) => {
    const foxes = await Promise.all([launchFirefox(baseURL), launchFirefox(baseURL)]);
    await use(foxes);
    await Promise.all(foxes.map((fox) => fox.close()));
    expect(foxes.flatMap((fox) => fox.errors), 'uncaught errors').toEqual([]);
  },
});

const expectParent = (page, id) => expect.poll(() => attribute(page, 'tree-info', 'data-parent')).toBe(id);

/** Everyone says something, and everyone hears everybody once. */
async function talk(pages, word) {
  const lines = pages.map((_, place) => `${word} from ${place}`);
  for (const [place, page] of pages.entries()) await say(page, lines[place]);
  for (const page of pages) {
    const heard = async () => (await chat(page))
      .flatMap((message) => message.text.match(new RegExp(`${word} from \\d`)) ?? []).toSorted();
    await expect.poll(heard).toEqual(lines);
  }
}

/** Lets each of a page's connections carry no more than so many bits of picture per second. */
const narrow = (page, bits) => page.evaluate(async (bits) => {
  const senders = window.connections.flatMap((connection) => connection.getSenders());
  for (const sender of senders.filter((sender) => sender.track?.kind === 'video')) {
    const parameters = sender.getParameters();
    parameters.encodings[0].maxBitrate = bits;
    await sender.setParameters(parameters);
  }
}, bits);

test('Firefox gives slots back that its uplink cannot feed', async ({ newPeer, foxes }) => {
  const [fox] = foxes;
  await fox.page.evaluateOnNewDocument(keepConnections);
  const room = await host(fox.page, { title: 'Narrow', source: 'pattern' });
  const viewers = [await newPeer(), await newPeer()];
  for (const page of viewers) {
    await audience(page, room);
    await expectParent(page, room);
    await waitForMovingVideo(page);
  }
  await narrow(fox.page, 90_000);
  // One of the two goes below the other.
  await expect.poll(async () => (await treeInfo(fox.page)).children.length).toBe(1);
  await narrow(fox.page, 1_500_000);
  for (const page of viewers) await waitForMovingVideo(page);
});

test('Firefox hosts, relays and watches, between Chromiums and without', async ({ newPeer, foxes, browser }, info) => {
  const [fox, vixen] = foxes;
  const network = `foxes-${process.pid}-${Date.now()}`;
  const room = await host(fox.page, { title: 'Den', rootId: network, maxChildren: 1, source: 'camera' });
  // Without a screen there is none to share, which is said, and the stream goes on.
  await fox.page.locator(at('stream-source')).click();
  await fox.page.locator(at('source-screen')).click();
  await expect.poll(() => attribute(fox.page, 'problem', 'data-problem')).toBe('capture-unsupported');
  expect(await text(fox.page, 'problem')).toContain('cannot capture that');
  await waitForMovingVideo(fox.page);
  await startSource(fox.page, 'pattern');

  const relay = await newPeer();
  const relayId = await audience(relay, room, { maxChildren: 1 });
  // The next comes by the list of rooms.
  await vixen.page.goto('?maxChildren=1');
  await vixen.page.locator(at('network-name')).fill(network);
  await vixen.page.locator(at('join-network')).click();
  await vixen.page.locator(at('room-card')).click();
  await vixen.page.locator(at('auto-join')).click();
  await expectParent(vixen.page, relayId);
  const vixenId = await opened(vixen.page);
  const viewer = await newPeer();
  await audience(viewer, vixenId);
  await expectParent(viewer, vixenId);
  for (const page of [relay, vixen.page, viewer]) await waitForMovingVideo(page);
  await talk([fox.page, relay, vixen.page, viewer], 'hello');

  // Another source takes the place of the first, also at the far end.
  const file = await clip(browser);
  const path = info.outputPath(file.name);
  await writeFile(path, file.buffer);
  await fox.page.locator(at('stream-source')).click();
  await (await fox.page.$(at('source-file'))).uploadFile(path);
  await expect.poll(() => viewer.getByTestId('player').evaluate((player) => player.videoHeight / player.videoWidth))
    .toBe(240 / 320);
  await waitForMovingVideo(viewer);

  // Whoever is above the vixen dies: she goes on below the fox. Then she dies, too.
  const session = await relay.context().newCDPSession(relay);
  session.send('Page.crash').catch(() => {});
  await expectParent(vixen.page, room);
  for (const page of [vixen.page, viewer]) await waitForMovingVideo(page);
  await talk([fox.page, vixen.page, viewer], 'again');
  await vixen.kill();
  await expectParent(viewer, room);
  await waitForMovingVideo(viewer);
  await talk([fox.page, viewer], 'still');
});
