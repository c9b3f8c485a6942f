// The real PeerJS on our server.
import { expect, test } from './lib/fixtures.mjs';
import { options, withPeerJs } from './lib/old.mjs';
import { startServer } from './lib/server.mjs';

const VERSION = '1.5.5';
/** The versions that old pages bundle; each plays the other side somewhere. */
const OLD = { version: '1.5.4' };
const OLDEST = { version: '1.5.2' };

/** A page with an open PeerJS peer as `window.peer`; what happens to it is in `window.events`. */
async function peer(newPeer, url, id = '', { version = VERSION, ...more } = {}) {
  const page = await newPeer();
  await withPeerJs(page, url, version);
  const own = await page.evaluate(async ([id, options]) => {
    window.peer = await window.oldPages.openPeer(id, options);
    window.events = [];
    for (const kind of ['disconnected', 'close', 'error', 'open']) {
      window.peer.on(kind, (what) => window.events.push(what?.type ?? kind));
    }
    window.links = [];
    window.peer.on('connection', (link) => {
      window.links.push(link);
      // An echo, so that every kind of data crosses in both directions.
      link.on('data', (data) => link.send(data));
      link.on('close', () => window.events.push('link closed'));
    });
    window.peer.on('call', (call) => {
      window.call = call;
      call.on('stream', (stream) => { window.stream = stream; });
      call.on('close', () => window.events.push('call closed'));
      call.answer(window.oldPages.picture());
    });
    return window.peer.id;
  }, [id, { ...options(url), ...more }]);
  return { page, id: own };
}

/** Dials, sends, and returns what came back. */
const echo = (page, to, serialization, make) => page.evaluate(async ([to, serialization, make]) => {
  const sent = new Function(`return ${make}`)();
  const link = window.peer.connect(to, { serialization, reliable: true, label: 'x', metadata: { a: 1 } });
  window.link = link;
  link.on('close', () => window.events.push('link closed'));
  await new Promise((resolve) => { link.on('open', resolve); });
  const back = new Promise((resolve) => { link.on('data', resolve); });
  link.send(sent);
  const bytes = (value) => new Uint8Array(value.buffer ?? value);
  const plain = (value) => (value instanceof ArrayBuffer || ArrayBuffer.isView(value)
    ? [value.byteLength, ...bytes(value).slice(-8)] : value);
  const got = await back;
  return [plain(sent), plain(got)];
}, [to, serialization, make]);

test('PeerJS sends binary, json and raw, and a megabyte both ways', async ({ newPeer, baseURL }) => {
  const [a, b] = [await peer(newPeer, baseURL), await peer(newPeer, baseURL, '', OLDEST)];
  const megabyte = '(() => { const b = new Uint8Array(1 << 20); b.forEach((_, i) => { b[i] = i * 7; }); return b.buffer; })()';
  for (const [serialization, make] of [
    ['binary', '({ text: "中文 <b>", list: [1, -40, 2.5, null, true], deep: { a: [{}] } })'],
    ['binary', megabyte],
    ['binary', '"x".repeat(1 << 20)'],
    ['json', '({ text: "中文", list: [1, 2] })'],
    ['raw', '"plain text"'],
    ['raw', 'new Uint8Array(100000).fill(7).buffer'],
  ]) {
    const [sent, got] = await echo(a.page, b.id, serialization, make);
    expect(got, `${serialization} ${make.slice(0, 40)}`).toEqual(sent);
  }
  const metadata = await b.page.evaluate(() => window.links[0].metadata);
  expect(metadata).toEqual({ a: 1 });
});

test('PeerJS calls, and both sides can end a link or a call', async ({ newPeer, baseURL }) => {
  const [a, b] = [await peer(newPeer, baseURL, '', OLDEST), await peer(newPeer, baseURL)];
  const call = () => a.page.evaluate((to) => new Promise((resolve) => {
    window.call = window.peer.call(to, window.oldPages.picture());
    window.call.on('close', () => window.events.push('call closed'));
    window.call.on('stream', (stream) => resolve(stream.getTracks().length));
  }), b.id);
  const closed = (page, what) => expect.poll(() => page.evaluate(() => window.events)).toContain(what);
  for (const [ends, other] of [[a, b], [b, a]]) {
    expect(await call()).toBeGreaterThan(0);
    await expect.poll(() => b.page.evaluate(() => window.stream?.active)).toBe(true);
    await echo(a.page, b.id, 'binary', '"hello"');
    await ends.page.evaluate(() => { window.events = []; });
    await other.page.evaluate(() => { window.events = []; });
    await ends.page.evaluate(() => { window.call.close(); });
    await closed(other.page, 'call closed');
    await ends.page.evaluate(() => { (window.links.at(-1) ?? window.link).close(); });
    await closed(other.page, 'link closed');
  }
});

test('PeerJS reconnects with its id', async ({ newPeer, baseURL }) => {
  const [a, b] = [await peer(newPeer, baseURL, '', OLD), await peer(newPeer, baseURL, '', OLDEST)];
  await b.page.evaluate(() => { window.peer.disconnect(); });
  await expect.poll(() => b.page.evaluate(() => window.events)).toContain('disconnected');
  await b.page.evaluate(() => { window.peer.reconnect(); });
  await expect.poll(() => b.page.evaluate(() => window.events)).toContain('open');
  expect(await b.page.evaluate(() => window.peer.id)).toBe(b.id);
  const [sent, got] = await echo(a.page, b.id, 'binary', '"again"');
  expect(got).toBe(sent);
});

test('PeerJS hears that an id is taken, and that a peer is unknown', async ({ newPeer, baseURL }) => {
  const a = await peer(newPeer, baseURL, `taken-${process.pid}`, OLDEST);
  const second = await newPeer();
  await withPeerJs(second, baseURL, VERSION);
  const error = await second.evaluate(([id, options]) => (
    window.oldPages.openPeer(id, options).then(() => 'open', (error) => error.type)
  ), [a.id, options(baseURL)]);
  expect(error).toBe('unavailable-id');
  await a.page.evaluate(() => { window.peer.connect('nobody-is-here'); });
  await expect.poll(() => a.page.evaluate(() => window.events)).toContain('peer-unavailable');
});

test('PeerJS stays longer than the alive time-out, and whoever sends no heartbeat does not', async ({ newPeer }) => {
  const server = await startServer({ flags: ['--alive_timeout', '7000'] });
  const beating = await peer(newPeer, server.url);
  const silent = await peer(newPeer, server.url, '', { pingInterval: 600_000 });
  await beating.page.waitForTimeout(16_000);
  expect(await beating.page.evaluate(() => window.events)).toEqual([]);
  expect(await silent.page.evaluate(() => window.events)).toContain('disconnected');
  await silent.page.evaluate(() => { window.peer.reconnect(); });
  await expect.poll(() => silent.page.evaluate(() => window.events)).toContain('open');
  expect(await silent.page.evaluate(() => window.peer.id)).toBe(silent.id);
  const other = await peer(newPeer, server.url);
  const [sent, got] = await echo(other.page, beating.id, 'binary', '"still there"');
  expect(got).toBe(sent);
  await server.stop();
});
