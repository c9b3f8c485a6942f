// Opens pages on which the real PeerJS runs, alone or as one of the old pages.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect } from './fixtures.mjs';

const file = (path) => fileURLToPath(new URL(path, import.meta.url));

/** PeerJS by version; the old pages bundle 1.5.4 and 1.5.2. 1.4.7 is the last before the
 * wire changed: it says what browser it runs in, puts JSON into text, and calls without a data
 * channel. */
const peerjs = {
  '1.5.5': file('../node_modules/peerjs/dist/peerjs.min.js'),
  '1.5.4': file('../node_modules/peerjs-1.5.4/dist/peerjs.min.js'),
  '1.5.2': file('../node_modules/peerjs-1.5.2/dist/peerjs.min.js'),
  '1.4.7': file('../node_modules/peerjs-1.4.7/dist/peerjs.min.js'),
};

/** Options for `new Peer` with the server of this URL. */
export function options(url) {
  const { hostname: host, port } = new URL(url);
  return { host, port: Number(port), path: '/', config: { iceServers: [] }, debug: 1 };
}

/** Makes a page one with PeerJS on it, and nothing of ours. */
export async function withPeerJs(page, url, version = '1.5.4') {
  const scripts = await Promise.all([
    readFile(peerjs[version], 'utf8'), readFile(file('old-page.js'), 'utf8'),
  ]);
  // A real answer of the server, for a page made up here may not talk to the local network.
  await page.goto(new URL('config.json', url).href);
  for (const script of scripts) await page.evaluate(script);
}

async function start(page, url, kind, { id = '', version, ...rest }) {
  await withPeerJs(page, url, version);
  return page.evaluate(async ([kind, id, options, rest]) => {
    const peer = await window.oldPages.openPeer(id, options);
    window.old = new window.oldPages[kind](peer, rest.name ?? 'undefined_Name', rest);
    return peer.id;
  }, [kind, id, options(url), rest]);
}

/** An old host's page; its id is returned. `live` starts a stream at once. */
export async function oldHost(page, url, { live = false, title = 'T', summary = 'S', ...rest } = {}) {
  const id = await start(page, url, 'OldHost', { title, summary, ...rest });
  if (live) await goLive(page);
  return id;
}

export const goLive = (page) => page.evaluate(() => window.old.goLive(window.oldPages.picture()));

/** An old audience page that joins a room through any of its peers; `serialization` is PeerJS's. */
export async function oldAudience(page, url, target, { serialization, ...rest } = {}) {
  const id = await start(page, url, 'OldAudience', rest);
  const options = serialization && { serialization };
  await page.evaluate(([target, options]) => window.old.join(target, options), [target, options]);
  await expect.poll(() => page.evaluate(() => window.old.map?.[1])).toBe(1);
  return id;
}

/** An old index page that holds the network's name. */
export const oldRoot = (page, url, network) => start(page, url, 'OldRoot', { id: network });

/** An old index page that looks at the rooms of a network. */
export async function oldGuest(page, url, network) {
  const id = await start(page, url, 'OldGuest', {});
  await page.evaluate((network) => window.old.browse(network), network);
  return id;
}

/** An old exchange page; its id is returned. */
export const oldExchange = (page, url, options = {}) => start(page, url, 'OldExchange', options);

/** Something of the old page, as plain data. */
export const ask = (page, expression) => page.evaluate(`window.old.${expression}`);

/** Waits until the old page's video shows a picture that changes. */
export async function waitForPicture(page) {
  await expect.poll(() => page.evaluate(async () => {
    const { video } = window.old;
    const look = () => {
      const canvas = new OffscreenCanvas(32, 24);
      const context = canvas.getContext('2d');
      if (!video.videoWidth) return null;
      context.drawImage(video, 0, 0, 32, 24);
      return context.getImageData(0, 0, 32, 24).data.join();
    };
    const before = look();
    await new Promise((resolve) => { setTimeout(resolve, 400); });
    return before !== null && look() !== before;
  }), { timeout: 60_000 }).toBe(true);
}

/** The titles or ids of what an old guest is shown, by place in the map. */
export const rooms = (page, slot) => page.evaluate((slot) => window.old.rooms?.map((r) => r[slot]), slot);
