// Strangers with modified clients in a room of ours: what they do harms nobody else.
import { attribute, audience, chat, expect, host, say, test } from './lib/fixtures.mjs';
import { hostile } from './lib/hostile.mjs';

/** What a page shows as said, without names and times. */
const said = async (page) => (await chat(page)).map(({ text }) => text.replace(/^.*\d\d:\d\d/, ''));

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
