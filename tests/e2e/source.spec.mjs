// Streams that come from a stream server, or go to one.
import {
  audience, expect, host, openPanel, startSource, test as base, waitForMovingVideo,
} from './lib/fixtures.mjs';
import { startStreamServer } from './lib/stream-server.mjs';

const test = base.extend({
  /** A stream server, and the page behind it. */
  streamServer: async ({ newPeer }, use) => {
    const page = await newPeer();
    await page.goto('config.json');
    const server = await startStreamServer(page);
    await use({ ...server, page });
    await server.stop();
  },
});

async function ask(page, address) {
  if (await page.getByTestId('source-url').isHidden()) await page.getByTestId('stream-source').click();
  await page.getByTestId('source-address').fill(address);
  await page.getByTestId('source-url').click();
}

test('what SRS and WHEP give out is streamed, as soon as there is anything', async ({ newPeer, streamServer }) => {
  const hostPage = await newPeer();
  const room = await host(hostPage, { title: 'Encoder' });
  await ask(hostPage, `http://${streamServer.host}/rtc/v1/whep/?app=live&stream=show`);
  await expect(hostPage.getByTestId('no-stream-yet')).toBeVisible();
  await streamServer.begin();
  await waitForMovingVideo(hostPage);
  await expect(hostPage.getByTestId('no-stream-yet')).toBeHidden();
  const viewer = await newPeer();
  await audience(viewer, room);
  await waitForMovingVideo(viewer);
  await hostPage.getByTestId('stop-source').click();
  await expect.poll(() => streamServer.asked.at(-1)).toBe('DELETE /rtc/v1/whep/session/1');

  await hostPage.getByTestId('stream-source').click();
  await hostPage.getByTestId('source-address').fill(`webrtc://${streamServer.host}/live/livestream`);
  await hostPage.getByTestId('source-address').press('Enter');
  await waitForMovingVideo(hostPage);
  expect(streamServer.asked).toContain('webrtc://localhost/live/livestream');
  await waitForMovingVideo(viewer);
});

test('an address that leads to no stream says what to do', async ({ newPeer }) => {
  const hostPage = await newPeer();
  await host(hostPage, { title: 'Wrong' });
  const says = async (address, code) => {
    await ask(hostPage, address);
    await expect(hostPage.getByTestId('problem')).toHaveAttribute('data-problem', code);
  };
  await says('rtmp://localhost/live/show', 'bad-address');
  await says('http://localhost:1/whep', 'no-stream-server');
  await says('nothing', 'bad-address');
});

test('the stream goes to a stream server, too, whatever its source', async ({ newPeer, streamServer }) => {
  const hostPage = await newPeer();
  await host(hostPage, { title: 'Out', source: 'pattern' });
  await openPanel(hostPage, 'publish-panel');
  const state = hostPage.getByTestId('publish-state');
  const address = hostPage.getByTestId('publish-address');
  await address.fill('rtmp://localhost/live');
  await address.press('Enter');
  await expect(state).toContainText('no address');
  await address.fill(`http://${streamServer.host}/rtc/v1/whip/?app=live&stream=show`);
  await hostPage.getByTestId('publish-token').fill('wrong');
  await hostPage.getByTestId('publish').click();
  await expect(state).toContainText('refuses the token');
  await hostPage.getByTestId('publish-token').fill('right');
  await hostPage.getByTestId('publish').click();
  await expect(state).toHaveAttribute('data-state', 'live');
  await waitForMovingVideo(streamServer.page);
  // The track before has ended by then: what moves is the new one.
  await startSource(hostPage, 'screen');
  await waitForMovingVideo(streamServer.page);
  await hostPage.getByTestId('unpublish').click();
  await expect(state).toHaveAttribute('data-state', 'off');
  await expect.poll(() => streamServer.asked.slice(-2)).toEqual([
    'POST /rtc/v1/whip/?app=live&stream=show', 'DELETE /rtc/v1/whip/session/2',
  ]);
});

test('a publication that is started before the page knows its server begins later', async ({ newPeer, streamServer }) => {
  const hostPage = await newPeer();
  let release;
  const released = new Promise((resolve) => { release = resolve; });
  await hostPage.route('**/config.json', async (route) => {
    await released;
    await route.continue();
  });
  await hostPage.goto('P2PLiveHost.html?title=Early');
  await hostPage.getByTestId('stream-source').click();
  await hostPage.getByTestId('source-pattern').click();
  await openPanel(hostPage, 'publish-panel');
  const state = hostPage.getByTestId('publish-state');
  await hostPage.getByTestId('publish-address')
    .fill(`http://${streamServer.host}/rtc/v1/whip/?app=live&stream=show`);
  await hostPage.getByTestId('publish-token').fill('right');
  await hostPage.getByTestId('publish').click();
  await expect(state).toHaveAttribute('data-state', 'connecting');
  await hostPage.getByTestId('unpublish').click();
  await expect(state).toHaveAttribute('data-state', 'off');
  await hostPage.getByTestId('publish').click();
  expect(streamServer.asked).toEqual([]);
  release();
  await expect(state).toHaveAttribute('data-state', 'live');
  await waitForMovingVideo(streamServer.page);
});

test('a source is called by its name, or by what it is', async ({ newPeer }) => {
  const page = await newPeer();
  await host(page, { title: 'Names', source: 'camera' });
  await expect(page.getByTestId('source-name')).toHaveText('fake_device_0');
  const screens = await newPeer();
  await host(screens, { title: 'Screen', source: 'screen' });
  await expect(screens.getByTestId('source-name')).toHaveText('Screen');
});
