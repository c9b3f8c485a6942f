// From the click on auto-join to the first decoded frame, and what the time went into.
import { expect } from '@playwright/test';
import { address, host } from '../lib/fixtures.mjs';

const JOINS = 10;

export default async function join({ browser, url }) {
  const network = `bench-${Date.now()}`;
  const contexts = [];
  const newPage = async () => {
    const context = await browser.newContext({ baseURL: url });
    contexts.push(context);
    return context.newPage();
  };
  const lobby = await newPage();
  await lobby.goto('');
  await lobby.getByTestId('network-name').fill(network);
  await lobby.getByTestId('join-network').click();
  const room = await host(await newPage(), {
    title: 'Bench', rootId: network, source: 'pattern', maxChildren: 2,
  });

  const joins = [];
  for (let number = 0; number < JOINS; number += 1) {
    const page = await newPage();
    await page.addInitScript(measure);
    await page.goto(address(''));
    await page.getByTestId('network-name').fill(network);
    await page.getByTestId('join-network').click();
    await page.locator(`[data-testid=room-card][data-room-id="${room}"]`).click();
    await page.getByTestId('auto-join').click();
    const marks = await page.waitForFunction(() => {
      const marks = JSON.parse(sessionStorage.bench ?? '{}');
      return 'frame' in marks && marks;
    });
    joins.push(await marks.jsonValue());
    // The tree stays as it is for the next viewer.
    await page.context().close();
    await expect(lobby.getByTestId('room-card')).toHaveCount(1);
  }
  await Promise.all(contexts.map((context) => context.close()));

  const part = (name, from, to) => {
    const times = joins
      .map((marks) => (marks[to] ?? marks[from]) - marks[from])
      .sort((a, b) => a - b);
    const at = (share) => Math.round(times[Math.min(times.length - 1, Math.floor(share * times.length))]);
    return { part: name, 'median ms': at(0.5), 'p95 ms': at(0.95), 'max ms': at(1) };
  };
  return {
    title: `${JOINS} joins on one machine, from the click on auto-join`,
    rows: [
      part('signalling open', 'click', 'signalling'),
      part('then first link (ICE, DTLS)', 'signalling', 'link'),
      part('then first decoded frame', 'link', 'frame'),
      part('click to first frame', 'click', 'frame'),
    ],
  };
}

/** Runs in the page before its scripts: notes when things happen for the first time. */
function measure() {
  const mark = (name) => {
    const marks = JSON.parse(sessionStorage.bench ?? '{}');
    marks[name] ??= performance.timeOrigin + performance.now();
    sessionStorage.bench = JSON.stringify(marks);
  };
  addEventListener('click', (event) => {
    if (!event.target.closest('[data-testid=auto-join]')) return;
    sessionStorage.bench = '{}';
    mark('click');
  }, true);
  window.WebSocket = class extends WebSocket {
    constructor(...options) {
      super(...options);
      this.addEventListener('message', (event) => {
        if (String(event.data).includes('"OPEN"')) mark('signalling');
      });
    }
  };
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...options) {
      super(...options);
      this.addEventListener('connectionstatechange', () => {
        if (this.connectionState === 'connected') mark('link');
      });
    }
  };
  const watched = new WeakSet();
  setInterval(() => {
    const player = document.querySelector('video[data-testid=player]');
    if (!player || watched.has(player)) return;
    watched.add(player);
    player.requestVideoFrameCallback(() => mark('frame'));
  }, 5);
}
