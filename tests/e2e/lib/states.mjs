// Every page in every state that people see: what the accessibility test walks through and what
// `cargo xtask screenshots` takes pictures of.
import { expect as plain } from '@playwright/test';
import {
  address, audience, host, openPanel, say, treeInfo, waitForMovingVideo,
} from './fixtures.mjs';
import { ask, oldAudience, oldHost } from './old.mjs';

const expect = plain.configure({ timeout: 60_000 });

/** Light and dark, wide and narrow. */
export const looks = ['light', 'dark'].flatMap((colorScheme) => [
  { name: `wide-${colorScheme}`, colorScheme, viewport: { width: 1280, height: 800 } },
  { name: `narrow-${colorScheme}`, colorScheme, viewport: { width: 390, height: 844 } },
]);

/** A phone on its side, for the states that use all of the screen. */
const sideways = { name: 'sideways-dark', colorScheme: 'dark', viewport: { width: 844, height: 390 } };

/** In which ways `cargo xtask screenshots` looks at a state. */
export const looksAt = (state) => state.endsWith('-live') ? [...looks, sideways] : looks;

const COVER = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 9"><rect width="16" height="9" fill="#274b7a"/>'
  + '<circle cx="12" cy="3" r="1.5" fill="#ffd37a"/><path d="M0 9l5-5 4 4 3-2 4 3z" fill="#0f2740"/></svg>',
)}`;

/**
 * Opens rooms, with people who talk, for the states to be about.
 * @param {() => Promise<import('@playwright/test').Page>} newPage a page in a context of its own
 */
export async function stageRooms(newPage, network) {
  const rooms = [
    { title: 'Evening concert from the garden', summary: 'Strings and a little rain.', source: 'pattern', coverURL: COVER, name: 'Mara' },
    { title: 'Reading group', summary: 'Chapter four, and tea.' },
    { title: 'Programar desde cero', summary: 'Hoy: variables y bucles.' },
  ];
  const ids = [];
  for (const { name, ...room } of rooms) {
    const page = await newPage();
    if (name) {
      await page.addInitScript((name) => {
        localStorage.setItem('p2p-live/1/name', JSON.stringify(name));
      }, name);
    }
    const id = await host(page, { ...room, rootId: network });
    // The best would keep a machine without a graphics card from everything else.
    if (room.source) await page.getByTestId('quality').selectOption('3');
    if (name) await say(page, 'Welcome! We start in a minute: https://example.org/programme');
    ids.push(id);
  }
  const guest = await newPage();
  await audience(guest, ids[0], { name: 'Jun' });
  await say(guest, 'Good evening from Osaka');
  return ids;
}

async function lobby(page, network) {
  await page.addInitScript((network) => {
    localStorage.setItem('p2p-live/1/network', JSON.stringify(network));
  }, network);
  await page.goto('');
}

async function full(page, { network, rooms }) {
  await lobby(page, network);
  await expect(page.getByTestId('room-card')).toHaveCount(rooms.length);
}

/** Where the app is. */
async function site(page) {
  await page.goto('');
  return page.url();
}

async function watch(page, { rooms }) {
  await audience(page, rooms[0], { name: 'Lea' });
  await waitForMovingVideo(page);
  await expect(page.getByTestId('chat-message').first()).toBeVisible();
}

/** A room with an open conference, and a viewer in it, beside the given page. */
async function conference(page) {
  const other = await page.context().newPage();
  const room = await host(other, { title: 'Planning', summary: 'Who brings what' });
  await other.getByTestId('conference-open').click();
  await other.getByTestId('conference-join').click();
  const viewer = await page.context().newPage();
  await audience(viewer, room, { name: 'Jun' });
  await viewer.getByTestId('conference-join').click();
  await expect(viewer.getByTestId('conference-tile')).toHaveCount(2);
  return room;
}

/** Name and preparation of each state. */
export const states = [
  ['index-empty', async (page) => {
    await lobby(page, `empty-${Date.now()}`);
    await expect(page.getByTestId('no-rooms')).toBeVisible();
  }],
  ['index-full', full],
  ['index-details', async (page, stage) => {
    await full(page, stage);
    await page.locator(`[data-room-id="${stage.rooms[0]}"]`).click();
    await page.getByTestId('room-details').getByTestId('show-qr').click();
    await expect(page.getByTestId('room-details').getByTestId('qr-code')).toBeVisible();
  }],
  ['index-create', async (page, stage) => {
    await full(page, stage);
    await page.getByTestId('create-room').click();
    await expect(page.getByTestId('create-dialog')).toBeVisible();
  }],
  ['index-failing', async (page) => {
    await page.goto(address('', { peerHost: 'localhost', peerPort: 1, peerSecure: 'false' }));
    await expect(page.getByTestId('problem')).toBeVisible();
  }],
  ['settings', async (page, stage) => {
    await full(page, stage);
    await page.getByTestId('open-settings').click();
    await expect(page.getByTestId('settings-dialog')).toBeVisible();
  }],
  ['settings-failing', async (page) => {
    await page.addInitScript(() => {
      Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };
    });
    await page.goto('');
    await page.getByTestId('open-settings').click();
    await expect(page.getByTestId('storage-blocked')).toBeVisible();
    await page.getByTestId('ice-servers').fill('stun:127.0.0.1:9\nhttp://example.org');
    await page.getByTestId('test-ice').click();
    await expect(page.getByTestId('ice-results')).toContainText('does not answer');
    await page.getByTestId('server-host').fill('not a host');
    await page.getByTestId('apply-server').click();
    await expect(page.getByTestId('settings-dialog').locator('.error')).not.toBeEmpty();
  }],
  ['exchange', async (page) => {
    await page.goto('exchange.html');
    await page.getByTestId('exchange-start').click();
    await expect(page.getByTestId('stop-source')).toBeVisible();
  }],
  ['exchange-texts', async (page) => {
    const other = await page.context().newPage();
    await other.goto('exchange.html');
    await expect(other.getByTestId('status')).toHaveAttribute('data-state', 'open');
    const id = await other.getByTestId('my-id').textContent();
    await page.goto(address('exchange.html', { id: id.trim() }));
    await page.getByTestId('exchange-connect').click();
    await expect(page.getByTestId('exchange-state')).toHaveAttribute('data-state', 'open');
    await page.getByTestId('exchange-input').fill('Can you see it?');
    await page.getByTestId('exchange-send').click();
    await expect(page.getByTestId('exchange-message')).toBeVisible();
  }],
  ['host-off-air', async (page) => {
    await host(page, { title: 'Not yet on air' });
    await page.getByTestId('stream-source').click();
    await expect(page.getByTestId('source-pattern')).toBeVisible();
    await openPanel(page, 'publish-panel');
  }],
  ['host-live', async (page) => {
    await host(page, { title: 'On air', summary: 'With the test picture', source: 'pattern' });
    await say(page, 'Is anybody there?');
    await expect(page.getByTestId('chat-message')).toBeVisible();
    await openPanel(page, 'people-panel');
    await expect(page.getByTestId('manage')).toBeVisible();
  }],
  ['host-failing', async (page) => {
    await host(page, { title: 'Out of reach' });
    await page.getByTestId('stream-source').click();
    await page.getByTestId('source-address').fill('http://localhost:1/whep');
    await page.getByTestId('source-url').click();
    await expect(page.getByTestId('problem')).toHaveAttribute('data-problem', 'no-stream-server');
  }],
  ['host-person', async (page) => {
    await host(page, { title: 'On air' });
    await say(page, 'Is anybody there?');
    await page.getByTestId('chat-manage').click();
    await expect(page.getByTestId('delete-message')).toBeVisible();
  }],
  ['host-keep', async (page) => {
    await host(page, { title: 'Weekly', summary: 'The same link every Sunday' });
    await openPanel(page, 'keep-panel');
    await page.getByTestId('keep-room').check();
    const file = { name: 'a.json', mimeType: 'application/json', buffer: Buffer.from('{}') };
    await page.getByTestId('import-key').setInputFiles(file);
    await expect(page.getByTestId('key-note')).not.toBeEmpty();
  }],
  ['host-kept-other', async (page) => {
    const first = await page.context().newPage();
    await host(first, { title: 'Weekly' });
    await openPanel(first, 'keep-panel');
    await first.getByTestId('keep-room').check();
    await host(page, { title: 'Another' });
    await openPanel(page, 'keep-panel');
    await expect(page.getByTestId('kept-other')).toBeVisible();
  }],
  ['host-export', async (page) => {
    await host(page, { title: 'Weekly' });
    await openPanel(page, 'keep-panel');
    await page.getByTestId('export-key').click();
    await expect(page.getByTestId('confirmation')).toBeVisible();
  }],
  ['chat-unproven', async (page) => {
    const room = await host(page, { title: 'Old and new' });
    const old = await page.context().newPage();
    await oldAudience(old, new URL('/', page.url()).href, room, { name: 'Olga' });
    await ask(old, 'chat("Hello from an older page")');
    await say(page, 'Hello from a newer one');
    await expect(page.getByTestId('chat-message')).toHaveCount(2);
    await expect(page.getByTestId('chat-message').getByTestId('unproven')).toBeVisible();
  }],
  ['chat-image', async (page) => {
    await host(page, { title: 'Pictures' });
    const file = { name: 'a.png', mimeType: 'image/png', buffer: await page.screenshot() };
    await page.getByTestId('chat-file').setInputFiles(file);
    await expect(page.getByTestId('chat-preview').locator('img')).toBeVisible();
    await say(page, 'Look');
    await expect(page.getByTestId('chat-image')).toBeVisible();
    await page.getByTestId('chat-file').setInputFiles(file);
    await expect(page.getByTestId('chat-preview').locator('img')).toBeVisible();
  }],
  ['host-game', async (page) => {
    await host(page, { title: 'Five in a row', kind: 'game' });
    await page.getByTestId('game-join').click();
    await expect(page.getByTestId('game-player')).toHaveCount(1);
  }],
  ['host-game-energy', async (page) => {
    await host(page, { title: 'Five in a row', kind: 'game' });
    await page.getByTestId('game-join').click();
    await page.getByTestId('game-mode').selectOption('energy');
    await expect(page.getByTestId('game-energy-most')).toBeVisible();
  }],
  ['audience-game', async (page) => {
    await page.goto('');
    const hosting = await page.context().newPage();
    const room = await host(hosting, { title: 'Five in a row', kind: 'game' });
    await audience(page, room, { name: 'Lea' });
    for (const player of [hosting, page]) {
      await player.getByTestId('game-join').click();
      await player.getByTestId('game-ready').click();
    }
    await hosting.getByTestId('game-start').click();
    for (const [player, number] of [[hosting, 45], [page, 46], [hosting, 56], [page, 35]]) {
      const cell = player.locator(`[data-testid="game-cell"][data-cell="${number}"]`);
      await cell.click();
      await expect(cell).toHaveAttribute('data-owner', /./);
    }
  }],
  ['host-game-refused', async (page) => {
    const room = await host(page, { title: 'Five in a row', kind: 'game' });
    await page.getByTestId('game-mode').selectOption('energy');
    const other = await page.context().newPage();
    await audience(other, room, { name: 'Lea' });
    for (const player of [page, other]) {
      await player.getByTestId('game-join').click();
      await player.getByTestId('game-ready').click();
    }
    await page.getByTestId('game-start').click();
    const cell = page.locator('[data-testid="game-cell"][data-cell="45"]');
    // As soon as there is the energy for it, and then it is taken.
    await expect(async () => {
      await cell.click();
      expect(await cell.getAttribute('data-owner')).toBe('1');
    }).toPass();
    await cell.click();
    await expect(page.getByTestId('game-refusal')).not.toBeEmpty();
  }],
  ['audience-live', watch],
  ['audience-menu', async (page, stage) => {
    await watch(page, stage);
    const menu = page.getByTestId('room-menu');
    if (await menu.isVisible()) await menu.click();
    await expect(page.getByTestId('refresh-media')).toBeVisible();
  }],
  ['audience-id', async (page, stage) => {
    await watch(page, stage);
    await page.getByTestId('show-id').click();
    await expect(page.getByTestId('copy-id')).toBeVisible();
  }],
  ['audience-verified', async (page, stage) => {
    await watch(page, stage);
    await page.getByTestId('host-proof').locator('summary').click();
  }],
  ['audience-unproven', async (page) => {
    const old = await page.context().newPage();
    const room = await oldHost(old, await site(page), { title: 'An older page' });
    await audience(page, room, { name: 'Lea' });
    await page.getByTestId('host-proof').locator('summary').click();
  }],
  ['audience-stats', async (page, stage) => {
    await watch(page, stage);
    await page.getByTestId('show-stats').click();
    await expect(page.getByTestId('stats').locator('path').first()).toHaveAttribute('d', /L/);
  }],
  ['audience-help', async (page, stage) => {
    await watch(page, stage);
    await page.getByTestId('shortcuts').click();
    await expect(page.getByTestId('shortcuts-dialog')).toBeVisible();
  }],
  ['audience-waiting', async (page, { rooms }) => {
    await audience(page, rooms[1]);
  }],
  ['audience-tabs', async (page, stage) => {
    await watch(page, stage);
    await page.locator('a.brand').click();
    await page.getByTestId('room-id-input').fill(stage.rooms[2]);
    await page.getByTestId('go-to-room').click();
    await expect(page.getByTestId('tab')).toHaveCount(2);
    await expect(page.getByTestId('chat-input').filter({ visible: true })).toBeVisible();
  }],
  ['audience-own-source', async (page) => {
    const hosting = await page.context().newPage();
    const room = await host(hosting, { title: 'Open stage', maxChildren: 1 });
    await hosting.getByTestId('allow-sources').check();
    const relay = await page.context().newPage();
    const id = await audience(relay, room, { name: 'Jun' });
    await audience(page, room, { name: 'Lea' });
    await expect.poll(async () => (await treeInfo(page)).parent).toBe(id);
    await relay.getByTestId('own-source').click();
    await relay.getByTestId('source-pattern').click();
    await waitForMovingVideo(page);
    await expect(page.getByTestId('source-owner')).toBeVisible();
    await page.getByTestId('own-source').click();
  }],
  ['host-conference', async (page) => {
    const room = await host(page, { title: 'Planning', summary: 'Who brings what' });
    await page.getByTestId('conference-open').click();
    await page.getByTestId('conference-join').click();
    for (const name of ['Jun', 'Lea']) {
      const viewer = await page.context().newPage();
      await audience(viewer, room, { name });
      await viewer.getByTestId('conference-join').click();
    }
    await expect(page.getByTestId('conference-tile')).toHaveCount(3);
    await page.getByTestId('conference-silence').last().click();
    await expect(page.getByTestId('conference')).toContainText('muted by the host');
  }],
  ['audience-conference', async (page) => {
    const room = await conference(page);
    await audience(page, room, { name: 'Lea' });
    await expect(page.getByTestId('conference-tile')).toHaveCount(2);
  }],
  ['audience-conference-failing', async (page) => {
    const room = await conference(page);
    await page.addInitScript(() => {
      navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotAllowedError'); };
    });
    await audience(page, room, { name: 'Lea' });
    await page.getByTestId('conference-join').click();
    await expect(page.getByTestId('conference-tile')).toHaveCount(3);
    await expect(page.getByTestId('conference').locator('.error')).toBeVisible();
  }],
  ['audience-voice', async (page) => {
    const other = await page.context().newPage();
    const room = await host(other, { title: 'Match day', source: 'pattern' });
    await other.getByTestId('voice-join').click();
    await audience(page, room, { name: 'Lea' });
    await waitForMovingVideo(page);
    await page.getByTestId('voice-join').click();
    await page.getByTestId('voice-mode').selectOption('push');
    await expect(page.getByTestId('voice-member')).toHaveCount(2);
  }],
  ['loading', async (page) => {
    await page.route('**/*.wasm', () => {});
    await page.goto('', { waitUntil: 'commit' });
    await expect(page.locator('#boot p')).not.toBeEmpty();
  }],
  ['load-failed', async (page) => {
    await page.route('**/*.wasm', (route) => route.abort());
    await page.goto('');
    await expect(page.locator('#boot-error')).toBeVisible();
  }],
  ['audience-failing', async (page) => {
    await page.goto(address('P2PLiveAudience.html', { id: 'nobody-has-this-id' }));
    await expect(page.getByTestId('problem')).toBeVisible();
  }],
];
