// The player: its controls, its keys, its figures, and what it does to the rest of the machine.
import { audience, expect, host, startSource, test, treeInfo, waitForMovingVideo } from './lib/fixtures.mjs';

/** A viewer of a room that shows the test picture. */
async function watching(newPeer, prepare = async () => {}) {
  const hostPage = await newPeer();
  const room = await host(hostPage, { title: 'Player', source: 'pattern' });
  const viewer = await newPeer();
  await prepare(viewer);
  await audience(viewer, room);
  await waitForMovingVideo(viewer);
  // The controls and their keys come behind the picture.
  await expect(viewer.getByTestId('full-screen')).toBeVisible();
  return { hostPage, viewer, room };
}

const volume = (page) => page.getByTestId('player')
  .evaluate((video) => (video.muted ? 0 : Math.round(video.volume * 100)));

test('sound by button, slider and keys, and the volume is remembered', async ({ newPeer }) => {
  const { viewer } = await watching(newPeer);
  await viewer.getByTestId('mute').click();
  await expect.poll(() => volume(viewer)).toBe(0);
  await expect(viewer.getByTestId('mute')).toHaveAttribute('aria-pressed', 'true');
  await viewer.getByTestId('volume').fill('40');
  await expect.poll(() => volume(viewer), 'the slider ends the silence').toBe(40);
  await expect(viewer.getByTestId('mute')).toHaveAttribute('aria-pressed', 'false');
  await viewer.keyboard.press('+');
  await expect.poll(() => volume(viewer)).toBe(50);
  await viewer.keyboard.press('m');
  await expect.poll(() => volume(viewer)).toBe(0);
  await viewer.reload();
  await waitForMovingVideo(viewer);
  await expect.poll(() => volume(viewer)).toBe(50);
});

test('keys do nothing while somebody writes, and can be turned off', async ({ newPeer }) => {
  const { viewer } = await watching(newPeer);
  await viewer.getByTestId('chat-input').pressSequentially('mmm?');
  await expect.poll(() => volume(viewer)).toBe(100);
  await expect(viewer.getByTestId('chat-input')).toHaveValue('mmm?');
  await viewer.getByTestId('player').click();
  await viewer.keyboard.press('?');
  const help = viewer.getByTestId('shortcuts-dialog');
  await expect(help).toBeVisible();
  await expect(help.locator('kbd')).toHaveCount(10);
  await help.getByTestId('use-shortcuts').uncheck();
  await viewer.keyboard.press('Escape');
  await expect(help).toBeHidden();
  await viewer.keyboard.press('m');
  await viewer.waitForTimeout(200);
  expect(await volume(viewer)).toBe(100);
  await viewer.keyboard.press('c');
  await expect(viewer.getByTestId('chat-input')).not.toBeFocused();
});

test('full screen and theatre', async ({ newPeer }) => {
  const { viewer } = await watching(newPeer);
  const frame = viewer.locator('.player');
  await viewer.getByTestId('full-screen').click();
  await expect.poll(() => viewer.evaluate(() => document.fullscreenElement?.className)).toBe('player');
  await expect(viewer.getByTestId('full-screen')).toHaveAttribute('aria-pressed', 'true');
  await viewer.keyboard.press('f');
  await expect.poll(() => viewer.evaluate(() => document.fullscreenElement)).toBeNull();
  const before = (await frame.boundingBox()).width;
  await viewer.keyboard.press('t');
  await expect.poll(async () => (await frame.boundingBox()).width).toBeGreaterThan(before + 200);
  await viewer.keyboard.press('t');
  await expect.poll(async () => (await frame.boundingBox()).width).toBe(before);
});

test('a floating picture where the browser has it', async ({ newPeer }) => {
  const { viewer } = await watching(newPeer, (page) => page.addInitScript(() => {
    Object.defineProperty(document, 'pictureInPictureEnabled', { value: true });
    HTMLVideoElement.prototype.requestPictureInPicture = async function float() {
      window.floating = this.dataset.testid;
    };
  }));
  await viewer.getByTestId('picture-in-picture').click();
  expect(await viewer.evaluate(() => window.floating)).toBe('player');
});

test('the screen stays awake while there is a picture', async ({ newPeer }) => {
  const { hostPage, viewer } = await watching(newPeer, (page) => page.addInitScript(() => {
    window.locks = 0;
    Object.defineProperty(navigator, 'wakeLock', {
      value: {
        request: async () => {
          window.locks += 1;
          return { released: false, release: async () => { window.locks -= 1; } };
        },
      },
    });
  }));
  await expect.poll(() => viewer.evaluate(() => window.locks)).toBe(1);
  await hostPage.getByTestId('stream-source').click();
  await hostPage.getByTestId('stop-source').click();
  await expect.poll(() => viewer.evaluate(() => window.locks)).toBe(0);
});

test('figures with curves, for viewer and host', async ({ newPeer }) => {
  const { hostPage, viewer, room } = await watching(newPeer);
  await viewer.keyboard.press('i');
  const figures = viewer.getByTestId('stats');
  const row = (page, name) => page.getByTestId('stats').locator('dl > div', { hasText: name }).locator('dd');
  await expect(row(viewer, 'Resolution')).toHaveText(/^\d{3,} × \d{3,}$/);
  await expect(row(viewer, 'Bitrate')).toHaveText(/^[1-9]\d* kbit/);
  await expect(row(viewer, 'Pictures per second')).toHaveText(/^[1-9]\d*/);
  await expect(row(viewer, 'Codec')).toHaveText(/^video\//);
  await expect(row(viewer, 'Picture comes from')).toHaveText(room);
  await expect(row(viewer, 'Steps from the host')).toHaveText('1');
  await expect(figures.locator('path').first()).toHaveAttribute('d', /^M\d+ \d+L\d+ \d+/);
  await viewer.keyboard.press('i');
  await expect(figures).toHaveCount(0);
  await hostPage.getByTestId('show-stats').click();
  await expect(row(hostPage, 'Bitrate')).toHaveText(/^[1-9]\d* kbit/);
});

test('a host may do without the preview while viewers go on seeing', async ({ newPeer }) => {
  const { hostPage, viewer } = await watching(newPeer);
  await hostPage.getByTestId('hide-preview').click();
  await expect(hostPage.locator('.player')).toHaveAttribute('data-cover', 'unseen');
  expect(await hostPage.getByTestId('player').evaluate((video) => video.srcObject)).toBeNull();
  await waitForMovingVideo(viewer);
  expect((await treeInfo(hostPage)).children).toHaveLength(1);
  await hostPage.getByTestId('hide-preview').click();
  await waitForMovingVideo(hostPage);
});

test('nothing moves on the page when the picture starts', async ({ newPeer }) => {
  const hostPage = await newPeer();
  const room = await host(hostPage, { title: 'Still' });
  const viewer = await newPeer();
  await audience(viewer, room);
  await viewer.waitForTimeout(500);
  await viewer.evaluate(() => {
    window.shift = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) window.shift += entry.value;
    }).observe({ type: 'layout-shift' });
  });
  const frame = await viewer.locator('.player').boundingBox();
  await hostPage.getByTestId('stream-source').click();
  await hostPage.getByTestId('source-pattern').click();
  await waitForMovingVideo(viewer);
  await viewer.waitForTimeout(500);
  expect(await viewer.locator('.player').boundingBox()).toEqual(frame);
  expect(await viewer.evaluate(() => window.shift)).toBeLessThan(0.01);
});

test('a smaller picture of the same shape for a weak uplink, while people watch', async ({ newPeer }) => {
  const { hostPage, viewer } = await watching(newPeer);
  await startSource(hostPage, 'screen');
  const size = () => viewer.getByTestId('player')
    .evaluate((video) => [video.videoWidth, video.videoHeight]);
  await expect.poll(size).toEqual([1280, 720]);
  await hostPage.getByTestId('quality').selectOption('2');
  await expect.poll(size).toEqual([853, 480]);
  await startSource(hostPage, 'pattern');
  await expect.poll(size).toEqual([640, 360]);
  await hostPage.getByTestId('quality').selectOption('0');
  await startSource(hostPage, 'screen');
  await expect.poll(size).toEqual([1280, 720]);
});

test('less for a path that carries little, if the host wants that', async ({ newPeer }) => {
  // The host's browser obeys a limit in the viewer's description as it does a narrow path.
  const { hostPage } = await watching(newPeer, (page) => page.addInitScript(() => {
    const { createOffer } = RTCPeerConnection.prototype;
    RTCPeerConnection.prototype.createOffer = async function narrow(...given) {
      const { type, sdp } = await createOffer.apply(this, given);
      return { type, sdp: sdp.replace(/(m=video.*\r\n(c=.*\r\n)?)/, '$1b=AS:250\r\n') };
    };
  }));
  await startSource(hostPage, 'camera');
  const says = hostPage.getByTestId('adapt-state');
  await expect(says).toBeEmpty();
  await hostPage.getByTestId('adapt').check();
  // It goes down step by step, each after some seconds in which the one above was too much.
  const patient = { timeout: 90_000 };
  await expect(says).toContainText(/Lowered for your uplink: (600|420|300|200) kbit/, patient);
  await hostPage.getByTestId('adapt').uncheck();
  await expect(says).toBeEmpty();
});

test('a microphone over a source, which stays one', async ({ newPeer }) => {
  const hostPage = await newPeer();
  const room = await host(hostPage, { title: 'Voice' });
  await hostPage.getByTestId('stream-source').click();
  await hostPage.getByTestId('mix-microphone').check();
  await hostPage.getByTestId('source-pattern').click();
  await waitForMovingVideo(hostPage);
  const tracks = () => hostPage.getByTestId('player').evaluate((video) =>
    video.srcObject.getTracks().map((track) => `${track.kind} ${track.readyState}`).sort());
  expect(await tracks()).toEqual(['audio live', 'video live']);
  const level = (sound) => hostPage.getByTestId(sound).getByTestId('sound-level').evaluate((meter) => meter.value);
  await expect.poll(() => level('sound-source')).toBeGreaterThan(5);
  await hostPage.getByTestId('sound-source').getByTestId('mute-sound').click();
  await expect.poll(() => level('sound-source')).toBe(0);
  await expect.poll(() => level('sound-microphone')).toBeGreaterThan(0);
  const viewer = await newPeer();
  await audience(viewer, room);
  await waitForMovingVideo(viewer);
  await hostPage.getByTestId('stop-source').click();
  await expect(hostPage.locator('.player')).toHaveAttribute('data-cover', 'off-air');
});
