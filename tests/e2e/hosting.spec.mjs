// The app without a server of ours: on a plain web host, and as one file.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  address, audience, chat, expect, host, opened, say, test, waitForMovingVideo,
} from './lib/fixtures.mjs';
import { withBrowser } from './lib/chromium.mjs';
import { oldHost, oldRoot } from './lib/old.mjs';
import { onPeerServer, startFileServer, startPeerServer, startServer } from './lib/server.mjs';

const FOLDER = '/some/where/';
const singleFile = process.env.P2P_LIVE_FILE
  || fileURLToPath(new URL('../../target/release/p2p-live.html', import.meta.url));

test('plain files below any path, with a PeerServer elsewhere', async ({ newPeer, request }) => {
  const peerServer = await startPeerServer();
  const files = await startFileServer({
    folder: FOLDER,
    config: {
      peerHost: 'localhost', peerPort: peerServer.port, peerPath: '/myapp', peerSecure: false,
      iceServers: [], defaultNetwork: 'of-this-site', maxChildren: 1,
    },
  });
  const newVisitor = () => newPeer({ baseURL: files.url });

  // Every promised name is a file, and each page finds its parts and its server.
  const index = await newVisitor();
  for (const folder of ['', 'en/', 'zh/']) {
    for (const name of ['', 'index.html', 'P2PLiveIndex.html', 'P2PLiveHost.html', 'host', 'P2PLiveAudience.html',
      'audience']) {
      const answer = await request.get(files.url + folder + name);
      expect(answer.ok(), folder + name).toBe(true);
      expect(await answer.text()).toContain('type="module"');
    }
    await index.goto(`${folder}P2PLiveIndex.html`);
    await opened(index);
    await expect(index.locator('html')).toHaveAttribute('lang', folder === 'zh/' ? 'zh' : 'en');
    await expect(index.getByTestId('network-name')).toHaveValue('of-this-site');
  }
  expect((await request.get(`${files.url}nothing.html`)).status()).toBe(404);

  // A room, from the form to the link that is shared.
  await index.goto('zh/');
  await index.getByTestId('create-room').click();
  await index.getByTestId('room-title').fill('100% & more');
  await index.getByTestId('confirm-create').click();
  await expect(index).toHaveURL(new RegExp(`${FOLDER}zh/P2PLiveHost.html\\?`));
  const room = await opened(index);
  await index.getByTestId('stream-source').click();
  await index.getByTestId('source-pattern').click();
  const link = await index.getByTestId('share-link').inputValue();
  expect(link).toBe(`${files.url}P2PLiveAudience.html?id=${room}`);
  const relay = await newVisitor();
  await relay.goto(link);
  await waitForMovingVideo(relay);
  // As old pages write it, below the folder of a language.
  const viewer = await newVisitor();
  await viewer.goto(address('en/P2PLiveAudience.html', { id: room, name: 'Ann B', themeIndex: '1' }));
  await waitForMovingVideo(viewer);
  await say(viewer, 'from a static site');
  await expect.poll(async () => (await chat(index)).map((message) => message.text))
    .toEqual([expect.stringContaining('from a static site')]);
  // The list, on the same site.
  const guest = await newVisitor();
  await guest.goto('');
  await expect(guest.getByTestId('room-card-title')).toHaveText('100% & more');
  await guest.reload();
  await opened(guest);
  await files.stop();
  await peerServer.stop();
});

test('one file, opened from disk', async ({ newPeer }, info) => {
  const peerServer = await startPeerServer();
  const where = { peerHost: 'localhost', peerPort: peerServer.port, peerPath: '/myapp', peerSecure: 'false' };
  const { href } = pathToFileURL(singleFile);
  const index = await newPeer();
  const asked = [];
  index.on('request', (request) => asked.push(request.url()));
  await index.goto(address(href, where));
  await opened(index);
  expect(asked.filter((url) => !/^(data|blob):/.test(url)), 'other files').toEqual([asked[0]]);
  await index.getByTestId('create-room').click();
  await index.getByTestId('room-title').fill('From disk & more');
  await index.getByTestId('confirm-create').click();
  await expect(index).toHaveURL(/p2p-live\.html\?page=P2PLiveHost\.html&/);
  const room = await opened(index);
  await index.getByTestId('stream-source').click();
  await index.getByTestId('source-pattern').click();
  const link = await index.getByTestId('share-link').inputValue();
  expect(link).toMatch(/^file:.*p2p-live\.html\?page=P2PLiveAudience\.html&id=/);
  const viewer = await newPeer();
  await viewer.goto(link);
  await waitForMovingVideo(viewer);

  // Somebody else has a copy with other settings, which lies elsewhere.
  const copy = info.outputPath('copy.html');
  const config = { ...where, peerSecure: false, pages: 'https://live.example/here/' };
  const text = await readFile(singleFile, 'utf8');
  await writeFile(copy, text.replace('id="config">{}', `id="config">${JSON.stringify(config)}`));
  const other = await newPeer();
  await other.goto(`${pathToFileURL(copy).href}?page=zh/`);
  await expect(other.getByTestId('create-room')).toContainText('房间');
  await other.getByTestId('room-id-input').fill(link);
  await other.getByTestId('go-to-room').click();
  await waitForMovingVideo(other);
  await expect(other.getByTestId('share-link'))
    .toHaveValue(`https://live.example/here/P2PLiveAudience.html?id=${room}`);
  await say(other, 'from a copy');
  await expect.poll(async () => (await chat(viewer)).map((message) => message.text))
    .toEqual([expect.stringContaining('from a copy')]);
  await peerServer.stop();
});

test('on the public server, rooms under every spelling of the original network', async () => {
  test.skip(onPeerServer, 'it makes no certificate for itself');
  const server = await startServer({ flags: ['--self-signed'], scheme: 'https' });
  const files = await startFileServer();
  const instead = (given) => [
    ...given, '--ignore-certificate-errors', `--host-resolver-rules=MAP 0.peerjs.com:443 127.0.0.1:${server.port}`,
  ];
  await withBrowser(instead, async (browser) => {
    const newPage = async () => (await browser.newContext({ baseURL: files.url })).newPage();
    for (const [title, network] of [['Old', 'P2P-Live-Web-default-Id'], ['Older', 'P2P-Live-Web-Default-Id']]) {
      await oldRoot(await newPage(), server.url, network);
      await oldHost(await newPage(), server.url, { title, network });
    }
    const index = await newPage();
    await index.goto('');
    const name = index.getByTestId('network-name');
    const titles = async () =>
      (await index.getByTestId('room-card-title').allTextContents()).toSorted();
    await expect(name).toHaveValue('P2P-Live-Web-Default-ID');
    await expect.poll(titles).toEqual(['Old', 'Older']);
    // Also for whoever comes back from another network.
    for (const [network, found] of [['elsewhere', []], ['P2P-Live-Web-Default-ID', ['Old', 'Older']]]) {
      await name.fill(network);
      await index.getByTestId('join-network').click();
      await expect.poll(titles).toEqual(found);
    }
  });
  await files.stop();
  await server.stop();
});
