// A conference of six: how soon all of them see that one joins or leaves, or that the host ends it.
// With microphones only: no machine of few cores codes six cameras for five others each.
import { setTimeout as sleep } from 'node:timers/promises';
import { audience, expect as plain, host } from '../lib/fixtures.mjs';
import { keepConnections } from '../lib/connections.mjs';
import { percentile } from '../lib/clock.mjs';

const expect = plain.configure({ timeout: 60_000 });
const MEMBERS = 6;
const BAR = 1_000;

export default async function conference({ browser, url }) {
  const pages = [];
  for (let peer = 0; peer < MEMBERS; peer += 1) {
    const context = await browser.newContext({ baseURL: url, viewport: { width: 480, height: 640 } });
    const page = await context.newPage();
    await page.addInitScript(keepConnections);
    await page.addInitScript(withoutCamera);
    pages.push(page);
  }
  const [hostPage, ...viewers] = pages;
  const people = [await host(hostPage, { title: 'Six', maxChildren: 2 })];
  for (const [at, page] of viewers.entries()) {
    people.push(await audience(page, people[0], { name: `Viewer ${at + 1}`, maxChildren: 2 }));
  }
  await hostPage.getByTestId('conference-open').click();
  for (const page of pages) {
    await expect(page.getByTestId('conference-join')).toBeVisible();
    await page.evaluate(noteMembers);
  }

  /** Clicks, and returns after how many milliseconds the last page has the list that follows. */
  const seenByAll = async (page, control, members) => {
    const list = [...members].sort().join(' ');
    const clicked = await page.getByTestId(control).first().evaluate((button) => {
      const at = performance.timeOrigin + performance.now();
      button.click();
      return at;
    });
    const times = await Promise.all(pages.map((one) => one.evaluate(listAfter, { list, clicked })));
    return Math.round(Math.max(...times) - clicked);
  };

  /** Waits until each of these has one connection to each other, so that no step pays for the one before. */
  const linked = async (members) => {
    for (const page of members) {
      await expect.poll(() => page.evaluate(calls), 'connections').toBe(members.length - 1);
    }
    await sleep(1_000);
  };

  const joining = [];
  for (const [at, page] of pages.entries()) {
    joining.push(await seenByAll(page, 'conference-join', people.slice(0, at + 1)));
    await linked(pages.slice(0, at + 1));
  }
  const [leaving, returning] = [[], []];
  for (const [at, page] of pages.entries()) {
    leaving.push(await seenByAll(page, 'conference-leave', people.filter((peer) => peer !== people[at])));
    await linked(pages.filter((other) => other !== page));
    returning.push(await seenByAll(page, 'conference-join', people));
    await linked(pages);
  }
  const ending = [await seenByAll(hostPage, 'conference-end', [])];

  const row = (what, times) => ({
    what,
    times: times.length,
    'p50 ms': percentile(times, 0.5),
    'longest ms': Math.max(...times),
    'bar ms': BAR,
    met: Math.max(...times) <= BAR ? 'yes' : 'no',
  });
  return {
    title: `from a click to the list of the last of ${MEMBERS} members at two depths and more; one connection a pair`,
    rows: [row('join', joining), row('leave', leaving), row('come back', returning), row('host ends', ending)],
  };
}

/** Runs before a page's scripts: there is a microphone and no camera. */
function withoutCamera() {
  const devices = navigator.mediaDevices;
  const open = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (wanted) => {
    if (wanted.video) throw new DOMException('', 'NotFoundError');
    return open(wanted);
  };
}

/** Runs in a page: notes in `window.members` who was listed when. */
function noteMembers() {
  window.members = [];
  const note = () => {
    const tiles = [...document.querySelectorAll('[data-testid="conference-tile"]')];
    const list = tiles.map((tile) => tile.dataset.peer).sort().join(' ');
    if (window.members.at(-1)?.list !== list) {
      window.members.push({ list, at: performance.timeOrigin + performance.now() });
    }
  };
  new MutationObserver(note).observe(document.body, { childList: true, subtree: true, attributes: true });
  note();
}

/** Runs in a page: when it had that list for the first time after the click. */
async function listAfter({ list, clicked }) {
  for (let tries = 0; tries < 600; tries += 1) {
    const found = window.members.find((one) => one.list === list && one.at >= clicked);
    if (found) return found.at;
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
  throw new Error(`never the list ${list}`);
}

/** Runs in a page: how many connections of a conference it has; they send and receive over lines of their own. */
function calls() {
  const sounds = (connection) =>
    connection.getTransceivers().filter((it) => it.receiver.track.kind === 'audio').length;
  return window.connections.filter((it) => it.connectionState === 'connected' && sounds(it) === 2).length;
}
