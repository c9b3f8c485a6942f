// Everything that can go wrong and that a browser can be made to show: a message that says what
// to do, and nothing lost.
import { address, audience, expect, host, opened, signalling, test } from './lib/fixtures.mjs';
import { withBrowser } from './lib/chromium.mjs';
import { startServer } from './lib/server.mjs';

const problem = (page) => page.getByTestId('problem');

async function expectProblem(page, code) {
  await expect(problem(page)).toHaveAttribute('data-problem', code);
  await expect(problem(page)).toContainText(/\w+ \w+/);
}

test('an unknown room', signalling, async ({ newPeer }) => {
  const page = await newPeer();
  await page.goto(address('P2PLiveAudience.html', { id: 'nobody-has-this-id' }));
  await expectProblem(page, 'room-not-found');
});

test('an id that cannot be one keeps what was typed', async ({ newPeer }) => {
  const page = await newPeer();
  await page.goto('');
  await page.getByTestId('room-id-input').fill('no/such id!');
  await page.getByTestId('go-to-room').click();
  await expect(page.getByTestId('room-id-input')).toHaveValue('no/such id!');
  await expect(page.getByTestId('room-id-input')).toHaveAttribute('aria-invalid', 'true');
});

test('a full room, and the slot that becomes free', async ({ newPeer }) => {
  const room = await host(await newPeer(), { title: 'Full', maxChildren: 1 });
  const first = await newPeer();
  await audience(first, room, { maxChildren: 0 });
  const second = await newPeer();
  await second.goto(address('P2PLiveAudience.html', { id: room, maxChildren: 0 }));
  await expectProblem(second, 'room-full');
  await first.close({ runBeforeUnload: true });
  await expect(second.getByTestId('tree-info')).toHaveAttribute('data-parent', room, { timeout: 60_000 });
  await expect(problem(second)).toHaveCount(0);
});

test('a peer that is in no room', async ({ newPeer }) => {
  const lobby = await newPeer();
  await lobby.goto('');
  const id = await opened(lobby);
  const page = await newPeer();
  await page.goto(address('P2PLiveAudience.html', { id }));
  await expectProblem(page, 'not-a-room');
});

test('a room that its host ends', async ({ newPeer }) => {
  const hostPage = await newPeer();
  const room = await host(hostPage, { title: 'Short' });
  const viewer = await newPeer();
  await audience(viewer, room);
  // Closing the room is for good; a page that is closed may come back.
  await hostPage.getByTestId('close-tab').click();
  await expectProblem(viewer, 'room-ended');
});

test('an id that is taken', async ({ newPeer }) => {
  const page = await newPeer();
  await page.routeWebSocket(/peerjs\?/, (socket) => {
    socket.send(JSON.stringify({ type: 'ID-TAKEN', payload: { msg: 'ID is taken' } }));
  });
  await page.goto(address('P2PLiveHost.html', { title: 'Mine' }));
  await expectProblem(page, 'id-taken');
});

test('a server that refuses says why', signalling, async ({ newPeer }) => {
  const page = await newPeer();
  await page.goto(address('P2PLiveHost.html', { title: 'Mine', peerKey: 'wrong' }));
  await expectProblem(page, 'server-refused');
  await expect(problem(page)).toContainText('Invalid key provided');
});

test('a server that cannot be reached, until it can', signalling, async ({ newPeer }) => {
  const server = await startServer();
  await server.stop();
  const page = await newPeer();
  await page.goto(address('P2PLiveHost.html', {
    title: 'Mine', peerHost: 'localhost', peerPort: server.port, peerSecure: 'false',
  }));
  await expectProblem(page, 'server-unreachable');
  await page.getByTestId('chat-input').fill('typed meanwhile');
  const again = await startServer({ port: server.port });
  await opened(page);
  await expect(problem(page)).toHaveCount(0);
  await expect(page.getByTestId('chat-input')).toHaveValue('typed meanwhile');
  await again.stop();
});

test('the server may restart; the room goes on and can be joined again', async ({ newPeer }) => {
  const server = await startServer();
  const where = { peerHost: 'localhost', peerPort: server.port, peerSecure: 'false' };
  const hostPage = await newPeer();
  const room = await host(hostPage, { title: 'Durable', ...where });
  const viewer = await newPeer();
  await audience(viewer, room, where);
  await server.stop('SIGKILL');
  await expect(hostPage.getByTestId('status')).toHaveAttribute('data-state', 'reconnecting');
  await viewer.getByTestId('chat-input').fill('without a server');
  await viewer.getByTestId('chat-send').click();
  await expect(hostPage.getByTestId('chat-message')).toContainText('without a server');
  const again = await startServer({ port: server.port });
  expect(await opened(hostPage), 'the id survives').toBe(room);
  const late = await newPeer();
  await audience(late, room, where);
  await again.stop();
});

test('no permission for camera or screen', async ({ baseURL }) => {
  const deny = (given) => [
    ...given.filter((arg) => arg !== '--use-fake-ui-for-media-stream'), '--deny-permission-prompts',
  ];
  await withBrowser(deny, async (browser) => {
    const page = await browser.newPage({ baseURL });
    await host(page, { title: 'Denied' });
    for (const source of ['camera', 'screen']) {
      await page.getByTestId('stream-source').click();
      await page.getByTestId(`source-${source}`).click();
      await expectProblem(page, 'denied');
    }
  });
});

test('no camera', async ({ baseURL }) => {
  const none = (given) => given.filter((arg) => !arg.startsWith('--use-fake-device-for-media-stream'));
  await withBrowser(none, async (browser) => {
    const page = await browser.newPage({ baseURL });
    await host(page, { title: 'No camera' });
    await page.getByTestId('stream-source').click();
    await page.getByTestId('source-camera').click();
    await expectProblem(page, 'no-device');
  });
});

test('a page that is not secure', async ({ baseURL }) => {
  const { port } = new URL(baseURL);
  const map = (given) => [...given, '--host-resolver-rules=MAP insecure.test 127.0.0.1'];
  await withBrowser(map, async (browser) => {
    const page = await browser.newPage();
    await page.goto(`http://insecure.test:${port}/P2PLiveHost.html?title=x`);
    await opened(page);
    await page.getByTestId('stream-source').click();
    for (const source of ['source-camera', 'source-screen']) {
      await expect(page.getByTestId(source)).toBeDisabled();
      await expect(page.getByTestId(source)).toContainText('secure pages only');
    }
    await expect(page.getByTestId('source-pattern')).toBeEnabled();
  });
});

test('a browser without WebRTC', async ({ newPeer }) => {
  const page = await newPeer();
  await page.addInitScript(() => {
    delete window.RTCPeerConnection;
    delete window.webkitRTCPeerConnection;
  });
  await page.goto(address('P2PLiveHost.html', { title: 'Old' }));
  await expectProblem(page, 'unsupported');
});

test('a file that cannot be played', async ({ newPeer }) => {
  const page = await newPeer();
  await host(page, { title: 'Bad file' });
  await page.getByTestId('stream-source').click();
  await page.getByTestId('source-file')
    .setInputFiles({ name: 'x.mp4', mimeType: 'video/mp4', buffer: Buffer.from('not a film') });
  await expectProblem(page, 'bad-file');
});

test('what was typed in the form survives closing it', async ({ newPeer }) => {
  const page = await newPeer();
  await page.goto('');
  await page.getByTestId('create-room').click();
  await page.getByTestId('room-title').fill('Half a title');
  await page.keyboard.press('Escape');
  await page.getByTestId('create-room').click();
  await expect(page.getByTestId('room-title')).toHaveValue('Half a title');
});
