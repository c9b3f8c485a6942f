// Streams that come from a stream server.
import { audience, expect, host, test, waitForMovingVideo } from './lib/fixtures.mjs';
import { startStreamServer } from './lib/stream-server.mjs';

async function ask(page, address) {
  if (await page.getByTestId('source-url').isHidden()) await page.getByTestId('stream-source').click();
  await page.getByTestId('source-address').fill(address);
  await page.getByTestId('source-url').click();
}

test('what SRS and WHEP give out is streamed, as soon as there is anything', async ({ newPeer }) => {
  const encoder = await newPeer();
  await encoder.goto('config.json');
  const server = await startStreamServer(encoder);
  try {
    const hostPage = await newPeer();
    const room = await host(hostPage, { title: 'Encoder' });
    await ask(hostPage, `http://${server.host}/rtc/v1/whep/?app=live&stream=show`);
    await expect(hostPage.getByTestId('no-stream-yet')).toBeVisible();
    await server.begin();
    await waitForMovingVideo(hostPage);
    await expect(hostPage.getByTestId('no-stream-yet')).toBeHidden();
    const viewer = await newPeer();
    await audience(viewer, room);
    await waitForMovingVideo(viewer);
    await hostPage.getByTestId('stop-source').click();
    await expect.poll(() => server.asked.at(-1)).toBe('DELETE /rtc/v1/whep/session/1');

    await ask(hostPage, `webrtc://${server.host}/live/livestream`);
    await waitForMovingVideo(hostPage);
    expect(server.asked).toContain('webrtc://localhost/live/livestream');
    await waitForMovingVideo(viewer);
  } finally {
    await server.stop();
  }
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
