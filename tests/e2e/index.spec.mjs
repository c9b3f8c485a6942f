// The index page: networks, the list of rooms, and what happens when its root goes.
import { once } from 'node:events';
import { createServer } from 'node:http';
import {
  address, audience, expect, host, opened, openPanel, signalling, test, treeInfo, waitForMovingVideo,
} from './lib/fixtures.mjs';
import { oldGuest, oldRoot, rooms } from './lib/old.mjs';

let networks = 0;
/** A network of its own for each test. */
const network = () => `net-${process.pid}-${Date.now()}-${networks += 1}`;

async function lobby(page, name) {
  await page.goto('');
  await page.getByTestId('network-name').fill(name);
  await page.getByTestId('join-network').click();
  await opened(page);
}

/** Creates a room in the form, of a type if one is given; its id is returned. */
async function create(page, title, kind) {
  await page.getByTestId('create-room').click();
  await page.getByTestId('room-title').fill(title);
  if (kind) await page.getByTestId('room-kind').selectOption(kind);
  await page.getByTestId('confirm-create').click();
  return opened(page);
}

const card = (page, room) => page.locator(`[data-testid=room-card][data-room-id="${room}"]`);

test('a public room is listed with what its host says, a private one is not', signalling, async ({ newPeer }) => {
  const name = network();
  const index = await newPeer();
  await lobby(index, name);
  const room = await host(await newPeer(), { title: 'Public room', summary: 'About it', rootId: name });
  await host(await newPeer(), { title: 'Private room' });
  await expect(card(index, room)).toBeVisible();
  await expect(card(index, room).getByTestId('room-card-title')).toContainText('Public room');
  await expect(card(index, room).getByTestId('room-card-members')).toContainText('1');
  await expect(index.getByTestId('room-card')).toHaveCount(1);
  await audience(await newPeer(), room);
  await expect(card(index, room).getByTestId('room-card-members')).toContainText('2');
  const late = await newPeer();
  await lobby(late, name);
  await expect(card(late, room)).toBeVisible();
});

test('from the form to a room, from a card to the picture', async ({ newPeer }) => {
  const name = network();
  const owner = await newPeer();
  await lobby(owner, name);
  await owner.getByTestId('create-room').click();
  await owner.getByTestId('room-title').fill('Tea & #biscuits? 100 %');
  await owner.getByTestId('room-summary').fill('A summary');
  await owner.getByTestId('confirm-create').click();
  const room = await opened(owner);
  await owner.getByTestId('stream-source').click();
  await owner.getByTestId('source-pattern').click();

  const guest = await newPeer();
  await lobby(guest, name);
  await expect(card(guest, room)).toContainText('Tea & #biscuits? 100 %');
  await card(guest, room).click();
  await expect(guest.getByTestId('room-details')).toBeVisible();
  await expect(guest.getByTestId('room-details')).toContainText('A summary');
  await guest.getByTestId('auto-join').click();
  await waitForMovingVideo(guest);
  expect((await treeInfo(guest)).parent).toBe(room);
});

test('a private room can be joined by id, typed or as a pasted link', signalling, async ({ newPeer, baseURL }) => {
  const owner = await newPeer();
  await lobby(owner, network());
  await owner.getByTestId('create-room').click();
  await owner.getByTestId('room-title').fill('Hidden');
  await owner.getByTestId('room-private').check();
  await owner.getByTestId('confirm-create').click();
  const room = await opened(owner);
  const next = await owner.context().newPage();
  await next.goto('');
  await next.getByTestId('create-room').click();
  await expect(next.getByTestId('room-private'), 'remembered').toBeChecked();
  await next.close();
  for (const typed of [room, ` ${baseURL}P2PLiveAudience.html?id=${room}&name=x `]) {
    const guest = await newPeer();
    await lobby(guest, network());
    await guest.getByTestId('room-id-input').fill(typed);
    await guest.getByTestId('go-to-room').click();
    await expect(guest.getByTestId('tree-info')).toHaveAttribute('data-parent', room);
  }
});

test('when the index root closes its page, another takes over and the list is back', signalling, async ({ newPeer }) => {
  const name = network();
  const first = await newPeer();
  await lobby(first, name);
  expect(await opened(first)).toBe(name);
  const second = await newPeer();
  await lobby(second, name);
  const third = await newPeer();
  await lobby(third, name);
  const room = await host(await newPeer(), { title: 'Survivor', rootId: name });
  for (const page of [first, second, third]) await expect(card(page, room)).toBeVisible();

  await first.close({ runBeforeUnload: true });
  await expect.poll(async () => {
    const ids = await Promise.all([second, third].map((page) => page.getByTestId('my-id').textContent()));
    return ids.filter((id) => id.trim() === name).length;
  }).toBe(1);
  // A page that comes now hears of the room from its host, through the new root.
  const late = await newPeer();
  await lobby(late, name);
  await expect(card(late, room)).toBeVisible({ timeout: 5_000 });
  for (const page of [second, third]) await expect(card(page, room)).toBeVisible();
});

test('a room leaves the list with its host, and the filter finds by words', async ({ newPeer }) => {
  const name = network();
  const index = await newPeer();
  await lobby(index, name);
  const red = await newPeer();
  const redRoom = await host(red, { title: 'Red', rootId: name });
  const blueRoom = await host(await newPeer(), { title: 'Blue', rootId: name });
  await expect(index.getByTestId('room-card')).toHaveCount(2);
  await index.getByTestId('room-filter').fill('blu');
  await expect(index.getByTestId('room-card')).toHaveCount(1);
  await expect(card(index, blueRoom)).toBeVisible();
  await index.getByTestId('room-filter').fill('');
  await red.close({ runBeforeUnload: true });
  await expect(card(index, redRoom)).toHaveCount(0);
  await expect(card(index, blueRoom)).toBeVisible();
});

test('the lobby stays in the network while its page is in a room', async ({ newPeer }) => {
  const name = network();
  const root = await newPeer();
  await lobby(root, name);
  const room = await create(root, 'Same tab');
  const guest = await newPeer();
  await lobby(guest, name);
  await expect(card(guest, room)).toBeVisible();
  expect(await opened(guest), 'the name is still taken').not.toBe(name);
});

test('the type of a room is chosen, remembered, changed and looked for', async ({ newPeer }) => {
  const name = network();
  const owner = await newPeer();
  await lobby(owner, name);
  const band = await create(owner, 'Band', 'music');
  const other = await host(await newPeer(), { title: 'Other', rootId: name });
  const index = await newPeer();
  await lobby(index, name);
  await expect(card(index, band).getByTestId('room-card-kind')).toHaveText('Music');
  await index.getByTestId('room-kinds').selectOption('music');
  await expect(card(index, other)).toHaveCount(0);
  await expect(card(index, band)).toBeVisible();
  await openPanel(owner, 'edit-panel');
  await expect(owner.getByTestId('room-kind')).toHaveValue('music');
  await owner.getByTestId('room-kind').selectOption('talk');
  await owner.getByTestId('save-room').click();
  await expect(index.getByTestId('room-card')).toHaveCount(0);
  await index.getByTestId('room-kinds').selectOption('talk');
  await expect(card(index, band)).toBeVisible();
  await owner.goto('');
  await owner.getByTestId('create-room').click();
  await expect(owner.getByTestId('room-kind')).toHaveValue('talk');
});

test('a live room moves to a network of old pages, keeps to it and becomes private', async ({ newPeer, baseURL }) => {
  const [name, elsewhere] = [network(), network()];
  const index = await newPeer();
  await lobby(index, name);
  const owner = await newPeer();
  const room = await host(owner, { title: 'Nomad', rootId: name, source: 'pattern' });
  const viewer = await newPeer();
  await audience(viewer, room);
  await expect(card(index, room)).toBeVisible();
  await oldRoot(await newPeer(), baseURL, elsewhere);
  const guest = await newPeer();
  await oldGuest(guest, baseURL, elsewhere);

  await openPanel(owner, 'edit-panel');
  await expect(owner.getByTestId('room-network')).toHaveValue(name);
  await owner.getByTestId('room-network').fill('no/name');
  await owner.getByTestId('save-room').click();
  await expect(owner.getByTestId('room-network')).toHaveAttribute('aria-invalid', 'true');
  await owner.getByTestId('room-network').fill(elsewhere);
  await owner.getByTestId('save-room').click();
  await expect(card(index, room)).toHaveCount(0);
  await expect.poll(() => rooms(guest, 4)).toEqual(['Nomad']);
  await expect(owner.getByTestId('room-reach')).toContainText(elsewhere);

  await owner.reload();
  expect(await opened(owner)).toBe(room);
  await expect(owner.getByTestId('room-reach')).toContainText(elsewhere);
  await expect(owner.getByTestId('room-reach'), 'linked with its root').not.toContainText('Looking');
  await expect.poll(() => rooms(guest, 7)).toEqual([room]);
  await expect(card(index, room)).toHaveCount(0);
  await openPanel(owner, 'edit-panel');
  await owner.getByTestId('room-private').check();
  await owner.getByTestId('save-room').click();
  await expect.poll(() => rooms(guest, 4)).toEqual([]);
  await expect(viewer.getByTestId('tree-info')).toHaveAttribute('data-parent', room);
});

test('a cover from the device is shown, kept, shared and removed', async ({ newPeer }) => {
  const name = network();
  const index = await newPeer();
  await lobby(index, name);
  const owner = await newPeer();
  await lobby(owner, name);
  await owner.getByTestId('create-room').click();
  await owner.getByTestId('room-title').fill('Covered');
  const file = owner.getByTestId('room-cover-file');
  const preview = owner.getByTestId('room-cover-preview').locator('img');
  await file.setInputFiles({ name: 'a.svg', mimeType: 'image/svg+xml', buffer: Buffer.from('<svg onload="x()"/>') });
  await expect(owner.getByText('cannot read this file')).toBeVisible();
  await expect(preview).toHaveCount(0);
  await file.setInputFiles({ name: 'a.png', mimeType: 'image/png', buffer: await index.screenshot() });
  await expect(preview).toBeVisible();
  await expect(owner.getByTestId('room-cover-url')).toBeHidden();
  await owner.getByTestId('confirm-create').click();
  const room = await opened(owner);

  const shown = card(index, room).locator('.cover img');
  const width = () => shown.evaluate((image) => image.naturalWidth);
  await expect(shown).toHaveAttribute('src', /^blob:/);
  await expect.poll(width, 'scaled down').toBe(960);
  const viewer = await newPeer();
  await audience(viewer, room);
  await expect(viewer.getByTestId('player')).toHaveAttribute('poster', /^blob:/);

  await owner.reload();
  expect(await opened(owner)).toBe(room);
  await openPanel(owner, 'edit-panel');
  await expect(preview).toBeVisible();
  await expect.poll(width).toBe(960);
  const other = await owner.context().newPage();
  await other.goto('');
  await other.getByTestId('create-room').click();
  await expect(other.getByTestId('room-cover-preview').locator('img'), 'remembered').toBeVisible();
  await other.close();
  await owner.getByTestId('room-cover-remove').click();
  await expect(owner.getByTestId('room-cover-url')).toBeVisible();
  await owner.getByTestId('save-room').click();
  await expect(shown).toBeHidden();
  await expect(viewer.getByTestId('player')).toHaveAttribute('poster', '');
});

test('a cover from the device comes along where the browser loads the room anew', async ({ newPeer }) => {
  const owner = await newPeer();
  // As some do with pages from disk.
  await owner.addInitScript(() => {
    History.prototype.pushState = () => { throw new DOMException('no', 'SecurityError'); };
  });
  await lobby(owner, network());
  await owner.getByTestId('create-room').click();
  await owner.getByTestId('room-title').fill('Covered');
  const picture = { name: 'a.png', mimeType: 'image/png', buffer: await owner.screenshot() };
  await owner.getByTestId('room-cover-file').setInputFiles(picture);
  await expect(owner.getByTestId('room-cover-preview').locator('img')).toBeVisible();
  const loaded = owner.waitForEvent('load');
  await owner.getByTestId('confirm-create').click();
  await loaded;
  await expect(owner).toHaveURL(/P2PLiveHost/);
  await expect(owner.getByTestId('player')).toHaveAttribute('poster', /^blob:/);
});

test('pictures of other sites are asked for without a referrer, or left out', async ({ newPeer }) => {
  const asked = [];
  const site = createServer((request, response) => {
    asked.push([request.url, request.headers.referer]);
    response.writeHead(200, { 'Content-Type': 'image/svg+xml' })
      .end('<svg xmlns="http://www.w3.org/2000/svg" width="16" height="9"/>');
  }).listen(0, 'localhost');
  await once(site, 'listening');
  const coverURL = `http://localhost:${site.address().port}/cover.svg`;
  const name = network();
  const owner = await newPeer();
  const room = await host(owner, { title: 'Elsewhere', rootId: name, coverURL });
  const index = await newPeer();
  await lobby(index, name);
  await expect(card(index, room).locator('.cover img')).toHaveAttribute('src', coverURL);
  const viewer = await newPeer();
  await audience(viewer, room);
  await expect(viewer.getByTestId('player')).toHaveAttribute('poster', coverURL);
  await expect.poll(() => asked.length, 'the card, the posters of host and viewer').toBe(3);
  expect(asked).toEqual(asked.map(() => ['/cover.svg', undefined]));

  const careful = await newPeer();
  await careful.goto('');
  await careful.getByTestId('open-settings').click();
  await careful.getByTestId('remote-pictures').uncheck();
  await careful.keyboard.press('Escape');
  await lobby(careful, name);
  await expect(card(careful, room)).toBeVisible();
  await expect(card(careful, room).locator('.cover img')).toBeHidden();
  await audience(careful, room);
  await expect(careful.getByTestId('player')).toHaveAttribute('poster', '');
  expect(asked).toHaveLength(3);
  site.close();
  site.closeAllConnections();
});

test('the tree is shown in the details without ids, and joined by keys', async ({ newPeer }) => {
  const name = network();
  const room = await host(await newPeer(), { title: 'Tree', rootId: name, maxChildren: 1 });
  const index = await newPeer();
  await lobby(index, name);
  const chain = [room];
  for (const viewer of ['Ann', 'Bob']) {
    chain.push(await audience(await newPeer(), room, { name: viewer, maxChildren: 1 }));
  }
  await card(index, room).press('Enter');
  await index.getByTestId('room-details').getByTestId('show-map').press('Enter');
  await expect(index.getByTestId('map-peer')).toHaveCount(3);
  const about = index.getByTestId('map-about');
  for (const text of [room, 'Ann', 'Bob']) {
    await index.getByTestId('map-picture').press('ArrowDown');
    await expect(about).toContainText(text);
  }
  // Only members learn the ids of members.
  await expect(about).not.toContainText(chain[2]);
  await expect(index.getByTestId('join-under')).toBeHidden();
  for (const text of ['Ann', room]) {
    await index.getByTestId('map-picture').press('ArrowUp');
    await expect(about).toContainText(text);
  }
  await index.getByTestId('join-under').press('Enter');
  await expect(index.getByTestId('tree-info')).toHaveAttribute('data-parent', chain[2]);
  await expect(index.getByTestId('member-count')).toHaveText('4');
});

test('the language and the theme are chosen by address and by hand', async ({ newPeer }) => {
  const page = await newPeer();
  await page.goto(address('zh/P2PLiveIndex.html'));
  await expect(page.locator('html')).toHaveAttribute('lang', /^zh/);
  await page.getByTestId('language').selectOption('en');
  await expect(page.locator('html')).toHaveAttribute('lang', /^en/);
  await page.getByTestId('theme').selectOption('dark');
  const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const dark = await background();
  await page.getByTestId('theme').selectOption('light');
  expect(await background()).not.toBe(dark);
});
