// Strangers with modified clients in a room of ours: what they do harms nobody else.
import { attribute, audience, chat, expect, host, say, test, treeInfo } from './lib/fixtures.mjs';
import { hostile } from './lib/hostile.mjs';

/** What a page shows as said, without names and times. */
const said = async (page) => (await chat(page)).map(({ text }) => text.replace(/^.*\d\d:\d\d/, ''));

const children = async (page) => (await treeInfo(page)).children;

test('members that complain about the pictures move nobody but themselves', async ({ newPeer, baseURL }) => {
  const hostPage = await newPeer();
  const room = await host(hostPage, { title: 'Complaints', maxChildren: 4, source: 'pattern' });
  const honest = [await newPeer(), await newPeer()];
  const ids = [];
  for (const page of honest) ids.push(await audience(page, room, { maxChildren: 0 }));
  const mallory = await hostile(await newPeer(), baseURL);
  for (let count = 0; count < 2; count += 1) {
    await mallory.evaluate((room) => window.hostile.join(room), room);
  }
  await expect.poll(() => children(hostPage)).toHaveLength(4);
  for (let round = 0; round < 8; round += 1) {
    await mallory.evaluate(() => window.hostile.complain());
    await hostPage.waitForTimeout(500);
    expect(await children(hostPage)).toEqual(expect.arrayContaining(ids));
  }
  for (const page of honest) expect((await treeInfo(page)).parent).toBe(room);
});

test('connections that never come up take no slot from anybody', async ({ newPeer, baseURL }) => {
  const hostPage = await newPeer();
  const room = await host(hostPage, { title: 'Empty offers', maxChildren: 2, source: 'pattern' });
  const mallory = await hostile(await newPeer(), baseURL);
  await mallory.evaluate((room) => window.hostile.offerEmptily(room, 4), room);
  await hostPage.waitForTimeout(1_500);
  // The offers go on all the while.
  const viewer = await newPeer();
  const id = await audience(viewer, room);
  expect(await children(hostPage)).toEqual([id]);
});

test('nobody is silenced by a message under their name', async ({ newPeer, baseURL }) => {
  const hostPage = await newPeer();
  const room = await host(hostPage, { title: 'Chat', source: 'pattern' });
  const viewer = await newPeer();
  const id = await audience(viewer, room);
  await say(viewer, 'before');
  await expect.poll(() => said(hostPage)).toEqual(['before']);
  const mallory = await hostile(await newPeer(), baseURL);
  const own = await mallory.evaluate((room) => window.hostile.join(room), room);
  await mallory.evaluate((id) => window.hostile.speakAs(id, 2 ** 52, 'forged'), id);
  // Under its own id, which names no key, it may speak; everybody sees that nothing is proven.
  await mallory.evaluate((id) => window.hostile.speakAs(id, 1, 'my own'), own);
  await expect.poll(() => said(hostPage)).toEqual(['before', 'my own']);
  await expect(hostPage.getByTestId('unproven')).toHaveCount(1);
  await say(viewer, 'after');
  await expect.poll(() => said(hostPage)).toEqual(['before', 'my own', 'after']);
  expect(await attribute(viewer, 'tree-info', 'data-parent')).toBe(room);
});
