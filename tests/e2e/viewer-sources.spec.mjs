// A viewer may stream, too, where the host allows it.
import {
  at, attribute, audience, expect, host, startSource, test, treeInfo, waitForMovingVideo,
} from './lib/fixtures.mjs';

const shows = (page) => attribute(page, 'own-source-state', 'data-shown');
const badge = (page) => page.locator('.room-head .badge');

test('a viewer streams to those below it while nothing comes from above', async ({ newPeer }) => {
  const [hostPage, relay, leaf] = [await newPeer(), await newPeer(), await newPeer()];
  const room = await host(hostPage, { title: 'Open stage', maxChildren: 1 });
  const id = await audience(relay, room);
  await audience(leaf, room);
  await expect.poll(async () => (await treeInfo(leaf)).parent).toBe(id);
  await expect(relay.getByTestId('own-source')).toBeHidden();

  await hostPage.getByTestId('allow-sources').check();
  await relay.getByTestId('own-source').click();
  await relay.getByTestId('source-pattern').click();
  await expect.poll(() => shows(relay)).toBe('true');
  await waitForMovingVideo(relay);
  await waitForMovingVideo(leaf);
  await expect(badge(leaf)).toBeVisible();
  // Nobody hears what comes back from the own loudspeaker.
  expect(await relay.$eval(at('player'), (video) => video.muted)).toBe(true);
  await expect(badge(hostPage)).toBeHidden();

  // The host comes first, and the viewer's source goes on afterwards.
  await startSource(hostPage, 'camera');
  await expect.poll(() => shows(relay)).toBe('false');
  await waitForMovingVideo(leaf);
  expect(await relay.$eval(at('player'), (video) => video.muted)).toBe(false);
  await hostPage.getByTestId('stop-source').click();
  await expect.poll(() => shows(relay)).toBe('true');
  await waitForMovingVideo(leaf);

  await hostPage.getByTestId('allow-sources').uncheck();
  await expect(relay.getByTestId('own-source')).toBeHidden();
  await expect(badge(leaf)).toBeHidden();
  await expect(badge(relay)).toBeHidden();
});
