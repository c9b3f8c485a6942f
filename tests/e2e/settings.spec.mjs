// The settings: what they change at once, what they keep, and what they forget.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import {
  audience, expect, host, opened, openPanel, signalling, test, treeInfo, waitForMovingVideo,
} from './lib/fixtures.mjs';
import { startServer } from './lib/server.mjs';

async function open(page) {
  await page.getByTestId('open-settings').click();
  await expect(page.getByTestId('settings-dialog')).toBeVisible();
}

/** A STUN server that sees everybody at one address of its own invention. */
async function stun() {
  const socket = createSocket('udp4');
  socket.on('message', (request, from) => {
    const answer = Buffer.alloc(32);
    answer.writeUInt16BE(0x0101, 0);
    answer.writeUInt16BE(12, 2);
    request.copy(answer, 4, 4, 20);
    answer.writeUInt16BE(0x0020, 20);
    answer.writeUInt16BE(8, 22);
    answer.writeUInt16BE(1, 24);
    answer.writeUInt16BE(4321 ^ 0x2112, 26);
    answer.writeUInt32BE((0xcb007105 ^ 0x2112a442) >>> 0, 28);
    socket.send(answer, from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

test('language and theme change at once and are kept', async ({ newPeer }) => {
  const page = await newPeer({ colorScheme: 'dark' });
  await page.goto('');
  const dark = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  await open(page);
  await expect(page.getByTestId('settings-theme')).toHaveValue('system');
  await page.getByTestId('settings-theme').selectOption('light');
  const now = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  await expect.poll(now).not.toBe(dark);
  const heading = page.locator('h1');
  const said = new Set([await heading.textContent()]);
  for (const language of ['zh', 'de', 'es', 'fr', 'ja', 'pt']) {
    await page.getByTestId('settings-language').selectOption(language);
    await expect(page.locator('html')).toHaveAttribute('lang', language);
    await expect.poll(() => heading.textContent()).not.toBe([...said].at(-1));
    said.add(await heading.textContent());
  }
  expect(said.size, 'every language says it in its own way').toBe(7);
  await page.reload();
  await expect(page.locator('html')).toHaveAttribute('lang', 'pt');
  await expect(heading).toHaveText([...said].at(-1));
  expect(await now()).not.toBe(dark);
});

test('the browser and the address choose the language', async ({ newPeer }) => {
  const page = await newPeer({ locale: 'fr-CA' });
  await page.goto('');
  await expect(page.locator('h1')).toHaveText('Salons en direct');
  await page.goto('de/host');
  await expect(page.getByTestId('stream-source')).toHaveText('Übertragung starten');
  await page.getByTestId('language').selectOption('ja');
  await expect(page).toHaveURL(/\/ja\//);
  await page.reload();
  await expect(page.getByTestId('stream-source')).toHaveText('配信を始める');
});

test('a language that does not come is English', async ({ newPeer }) => {
  const page = await newPeer({ locale: 'de' });
  await page.route('**/de-*.json', (route) => route.abort());
  await page.goto('');
  await expect(page.locator('h1')).toHaveText('Live rooms');
});

test('the name travels, and everything is forgotten on request only', async ({ newPeer }) => {
  const hostPage = await newPeer();
  const room = await host(hostPage, { title: 'Names' });
  const viewer = await newPeer();
  await audience(viewer, room);
  await open(viewer);
  await viewer.getByTestId('settings-name').fill('Zoë');
  await viewer.getByTestId('settings-name').blur();
  await viewer.keyboard.press('Escape');
  await openPanel(hostPage, 'tree-info');
  await expect(hostPage.locator('.chips')).toContainText('Zoë');
  await viewer.reload();
  await opened(viewer);
  await open(viewer);
  await expect(viewer.getByTestId('settings-name')).toHaveValue('Zoë');
  await viewer.getByTestId('forget').click();
  await viewer.getByTestId('forget-not').click();
  expect(await viewer.evaluate(() => localStorage.length)).toBeGreaterThan(0);
  await viewer.getByTestId('forget').click();
  await viewer.getByTestId('forget-sure').click();
  await expect(viewer.getByTestId('toast')).toHaveText('Everything is forgotten');
  expect(await viewer.evaluate(() => localStorage.length)).toBe(0);
  await expect(viewer.getByTestId('settings-name')).toHaveValue('');
});

test('who is not to be remembered is not', async ({ newPeer }) => {
  const page = await newPeer();
  await page.goto('');
  await page.evaluate(() => localStorage.setItem('another-program', 'stays'));
  await open(page);
  await page.getByTestId('settings-name').fill('Nobody');
  await page.getByTestId('remember-me').uncheck();
  await page.getByTestId('settings-theme').selectOption('dark');
  await page.reload();
  await open(page);
  await expect(page.getByTestId('remember-me')).not.toBeChecked();
  await expect(page.getByTestId('settings-name')).toHaveValue('');
  await expect(page.getByTestId('settings-theme')).toHaveValue('system');
  expect(await page.evaluate(() => localStorage.getItem('another-program'))).toBe('stays');
});

test('a browser that keeps nothing says so, and works', async ({ newPeer }) => {
  const page = await newPeer();
  await page.addInitScript(() => {
    Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };
  });
  await page.goto('');
  await open(page);
  await expect(page.getByTestId('storage-blocked')).toBeVisible();
  await page.getByTestId('settings-theme').selectOption('dark');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
});

test('the chosen signalling server is used, and a wrong one is refused', signalling, async ({ newPeer }) => {
  const server = await startServer();
  const page = await newPeer();
  await page.goto('P2PLiveHost.html?title=Elsewhere');
  await opened(page);
  await open(page);
  await page.getByTestId('server-host').fill('not a host');
  await page.getByTestId('apply-server').click();
  await expect(page.getByTestId('settings-dialog').locator('.error')).not.toBeEmpty();
  await page.getByTestId('server-host').fill('localhost');
  await page.getByTestId('server-port').fill(String(server.port));
  await page.getByTestId('server-secure').selectOption('false');
  const socket = page.waitForEvent('websocket');
  await page.getByTestId('apply-server').click();
  expect((await socket).url()).toContain(`localhost:${server.port}/`);
  await opened(page);
  await open(page);
  await expect(page.getByTestId('server-port')).toHaveValue(String(server.port));
  await server.stop();
});

test('STUN and TURN entries are tested one by one', async ({ newPeer }) => {
  const socket = await stun();
  const { port } = socket.address();
  const page = await newPeer();
  await page.goto('');
  await open(page);
  await page.getByTestId('ice-servers')
    .fill(`stun:127.0.0.1:${port}\nstun:127.0.0.1:9\nhttp://example.org`);
  await page.getByTestId('test-ice').click();
  const results = page.getByTestId('ice-results');
  await expect(results).toContainText(/stun:127\.0\.0\.1:\d+: works, answered after \d+ ms/);
  await expect(results).toContainText('stun:127.0.0.1:9: does not answer');
  await expect(results).toContainText('http://example.org: is not understood');
  socket.close();
});

test('the limit of people to help counts at once and is kept', async ({ newPeer }) => {
  const hostPage = await newPeer();
  const room = await host(hostPage, { title: 'Limit' });
  await open(hostPage);
  await hostPage.getByTestId('settings-limit').selectOption('1');
  await hostPage.keyboard.press('Escape');
  const first = await newPeer();
  const firstId = await audience(first, room);
  const second = await newPeer();
  await audience(second, room);
  expect((await treeInfo(second)).parent).toBe(firstId);
  await hostPage.goto('');
  await open(hostPage);
  await expect(hostPage.getByTestId('settings-limit')).toHaveValue('1');
});

test('a device is chosen once, and may be unplugged', async ({ newPeer }) => {
  const page = await newPeer();
  await page.addInitScript(() => {
    localStorage.setItem('p2p-live/1/microphone', JSON.stringify('gone\nOld microphone'));
  });
  await host(page, { title: 'Devices' });
  await open(page);
  const camera = page.getByTestId('settings-camera');
  await expect(page.getByTestId('name-devices')).toBeHidden();
  await expect(page.getByTestId('settings-microphone').locator('option:checked'))
    .toHaveText('Old microphone (not connected)');
  const name = await camera.locator('option').nth(1).textContent();
  await camera.selectOption({ index: 1 });
  const id = await camera.inputValue();
  await page.reload();
  await page.getByTestId('stream-source').click();
  await expect(page.getByTestId('camera-device')).toHaveValue(id);
  await page.getByTestId('source-camera').click();
  await waitForMovingVideo(page);
  await expect(page.locator('.source')).toContainText(name);
  const sounds = await page.getByTestId('player').evaluate((video) => video.srcObject.getAudioTracks().length);
  expect(sounds).toBe(1);
});

test('devices are called by their names, once those are allowed', async ({ newPeer }) => {
  const page = await newPeer();
  // As browsers do that were not asked yet.
  await page.addInitScript(() => {
    const { enumerateDevices, getUserMedia } = MediaDevices.prototype;
    let asked = false;
    MediaDevices.prototype.getUserMedia = function ask(...given) {
      asked = true;
      return getUserMedia.apply(this, given);
    };
    MediaDevices.prototype.enumerateDevices = async function list() {
      const devices = await enumerateDevices.apply(this);
      return asked ? devices : devices.map(({ kind }) => ({ kind, deviceId: '', groupId: '', label: '' }));
    };
  });
  await page.goto('');
  await open(page);
  const names = (kind) => page.getByTestId(`settings-${kind}`).locator('option').allTextContents();
  await expect(page.getByTestId('name-devices')).toBeVisible();
  for (const kind of ['camera', 'microphone', 'speaker']) expect(await names(kind)).toHaveLength(1);
  await page.getByTestId('name-devices').click();
  await expect(page.getByTestId('name-devices')).toBeHidden();
  // The browser's own choice stands first.
  await expect.poll(() => names('camera')).toEqual([expect.any(String), 'fake_device_0']);
  for (const [kind, name] of [['microphone', 'Fake Audio Input 1'], ['speaker', 'Fake Audio Output 1']]) {
    expect(await names(kind)).toContain(name);
  }
  await page.getByTestId('settings-speaker').selectOption({ label: 'Fake Audio Output 1' });
  await page.reload();
  await open(page);
  await expect(page.getByTestId('settings-speaker').locator('option:checked')).toHaveText(/Fake Audio Output 1/);
});
