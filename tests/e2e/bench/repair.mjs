// A relay goes: how long its viewers see no new picture. Host, two relays, four viewers; and with one
// viewer, for in the larger room it is mostly the machine that is short of time.
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium, expect } from '@playwright/test';
import { args, executablePath } from '../lib/chromium.mjs';
import { clip } from '../lib/clip.mjs';
import { percentile } from '../lib/clock.mjs';
import { keepConnections } from '../lib/connections.mjs';
import { audience, host, treeInfo, waitForMovingVideo } from '../lib/fixtures.mjs';

const ROUNDS = Number(process.env.REPAIR_ROUNDS ?? 20);
/** For the rooms that are there to compare with. */
const FEW = Math.ceil(ROUNDS / 4);
/** The low quality (20 pictures per second) of a small film in small pages: what is measured is the
 * repair, not how many pages a machine without a graphics card can paint and encode for. With
 * fewer pictures, two that are missing would be more than the bar of a closed page. */
const QUALITY = '2';
const viewport = { width: 480, height: 360 };
/** Between two joins: compiling the app for a page holds all the others up for a moment. */
const SETTLE = 1_500;
/** A tree that has not changed for so long is measured. */
const CALM = 4_000;
/** How long is looked for the longest gap, before and after the relay goes. */
const BEFORE = 3_000;
const AFTER = 6_000;
/** A move has two links that carry pictures for so long at the most. */
const OVERLAP = 5_000;

/**
 * The ways to go, with what is asked of the gaps. Who is killed has a browser `apart`, so that
 * nobody else's renderer is hit. Who closes a page does so in the browser that all share: systems
 * divide the processor by browser before they do by thread, so that a page apart which waits for
 * its children to move would have as much of it as all the others together.
 */
const WAYS = [
  { way: 'killed (SIGKILL)', go: killRenderer, apart: true, count: 4, bars: { 'p50 ms': 700, 'p95 ms': 1_500 } },
  { way: 'page closed', go: closePage, count: 4, bars: { 'p95 ms': 150 } },
  { way: 'killed, one viewer', go: killRenderer, apart: true, count: 1, rounds: FEW, bars: { 'p50 ms': 700, 'p95 ms': 1_500 } },
  { way: 'page closed, one viewer', go: closePage, count: 1, rounds: FEW, bars: { 'p95 ms': 150 } },
];

export default async function repair({ browser: filming, url }) {
  const film = await clip(filming);
  const rows = [];
  for (const { way, go, apart, count, bars, rounds = ROUNDS } of WAYS) {
    const total = { quiet: [], gaps: [], lost: 0, doubles: 0, cold: 0 };
    for (let number = 0; number < rounds; number += 1) {
      const found = await round({ url, film, go, apart, count });
      total.quiet.push(...found.quiet);
      total.gaps.push(...found.gaps);
      for (const name of ['lost', 'doubles', 'cold']) total[name] += found[name];
    }
    const row = { relay: way, rounds, viewers: total.gaps.length };
    const met = (name) => (name in bars ? `≤ ${bars[name]} ${row[name] <= bars[name] ? 'ok' : 'MISSED'}` : '');
    row['p50 ms'] = percentile(total.gaps, 0.5);
    row['bar p50'] = met('p50 ms');
    row['p95 ms'] = percentile(total.gaps, 0.95);
    row['bar p95'] = met('p95 ms');
    Object.assign(row, {
      'max ms': Math.max(...total.gaps),
      'undisturbed p95 ms': percentile(total.quiet, 0.95),
      'without warm spare': total.cold,
      lost: total.lost,
      'double links': total.doubles,
    });
    rows.push(row);
  }
  const title = 'the longest gap without a new picture at the viewers of a relay that goes';
  return { title, rows };
}

/** Builds a room, lets a relay go, and looks at those below it. */
async function round({ url, film, go, apart, count }) {
  const browsers = [];
  const launch = async () => {
    const browser = await chromium.launch({ executablePath, args });
    browsers.push(browser);
    return browser;
  };
  const shared = await launch();
  const newPage = async (browser = shared) => {
    const context = await browser.newContext({ baseURL: url, viewport });
    const page = await context.newPage();
    await page.addInitScript(keepConnections);
    return page;
  };
  try {
    const hostPage = await newPage();
    const room = await host(hostPage, { title: 'Repair', maxChildren: 2 });
    await hostPage.getByTestId('stream-source').click();
    await hostPage.getByTestId('quality').selectOption(QUALITY);
    await hostPage.getByTestId('source-file').setInputFiles(film);
    const join = async (page, maxChildren) => {
      const id = await audience(page, room, { maxChildren });
      await waitForMovingVideo(page);
      await sleep(SETTLE);
      return id;
    };
    const relays = [];
    while (relays.length < 2) {
      const page = await newPage(apart ? await launch() : shared);
      relays.push({ page, id: await join(page, 2) });
    }
    const viewers = [];
    while (viewers.length < count) {
      const page = await newPage();
      await join(page, 1);
      viewers.push(page);
    }
    const parents = await calmTree(viewers);
    const relay = relays.find(({ id }) => parents.includes(id));
    expect(relay, 'a relay with viewers').toBeDefined();
    const below = viewers.filter((_, at) => parents[at] === relay.id);

    let cold = 0;
    for (const page of below) cold += await hasSpare(page) ? 0 : 1;
    for (const page of below) await watchFrames(page);
    await sleep(BEFORE);
    const gone = Date.now();
    await go(relay.page);
    await sleep(AFTER);

    const [quiet, gaps] = [[], []];
    for (const page of below) {
      const frames = await page.evaluate(() => window.frames);
      quiet.push(longestGap(frames.filter((at) => at < gone)));
      gaps.push(longestGap([...frames, gone + AFTER], gone));
    }
    let [lost, doubles] = [0, 0];
    for (const page of viewers) {
      let carriers = await carrying(page);
      // Whoever moves on gets pictures from both parents until the new one's go on.
      const moved = Date.now() + OVERLAP;
      while (carriers > 1 && Date.now() < moved) carriers = await carrying(page);
      lost += carriers === 0 || (await treeInfo(page)).parent === '' ? 1 : 0;
      doubles += Math.max(carriers - 1, 0);
    }
    return { quiet, gaps, lost, doubles, cold };
  } finally {
    await Promise.all(browsers.map((browser) => browser.close()));
  }
}

/** Waits until all viewers have kept their parents for a while, and returns these. */
async function calmTree(viewers) {
  const parents = async () => {
    const found = [];
    for (const page of viewers) found.push((await treeInfo(page)).parent);
    return found;
  };
  let [last, since] = [await parents(), Date.now()];
  while (Date.now() - since < CALM) {
    await sleep(500);
    const now = await parents();
    if (now.join() !== last.join()) [last, since] = [now, Date.now()];
  }
  return last;
}

/** Closes a page as its tab does. */
function closePage(page) {
  return page.close({ runBeforeUnload: true });
}

/** Kills the process that runs a page, as the system would that has no memory left. */
async function killRenderer(page) {
  const session = await page.context().browser().newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  for (const { type, id } of processInfo) {
    if (type === 'renderer') process.kill(id, 'SIGKILL');
  }
}

/** Waits a while for a second connection, the one to the spare. */
async function hasSpare(page) {
  const connected = () => page.evaluate(() =>
    window.connections.filter((link) => link.connectionState === 'connected').length);
  return expect.poll(connected, { timeout: 10_000 }).toBeGreaterThan(1).then(() => true, () => false);
}

/** Notes when each picture is shown from now on. */
function watchFrames(page) {
  return page.getByTestId('player').evaluate((player) => {
    window.frames = [];
    const frame = (now) => {
      window.frames.push(performance.timeOrigin + now);
      player.requestVideoFrameCallback(frame);
    };
    player.requestVideoFrameCallback(frame);
  });
}

/** How many of a page's connections bring pictures. */
function carrying(page) {
  return page.evaluate(async () => {
    const received = async (link) => {
      const entries = [...(await link.getStats()).values()];
      return entries
        .filter((entry) => entry.type === 'inbound-rtp' && entry.kind === 'video')
        .reduce((sum, entry) => sum + entry.packetsReceived, 0);
    };
    const links = window.connections.filter((link) => link.connectionState !== 'closed');
    const before = await Promise.all(links.map(received));
    await new Promise((resolve) => { setTimeout(resolve, 1_000); });
    const after = await Promise.all(links.map(received));
    return after.filter((packets, at) => packets > before[at]).length;
  });
}

/** The longest time between two moments, as far as it ends after `from`. */
function longestGap(moments, from = 0) {
  let longest = 0;
  for (let at = 1; at < moments.length; at += 1) {
    if (moments[at] > from) longest = Math.max(longest, moments[at] - moments[at - 1]);
  }
  return Math.round(longest);
}
