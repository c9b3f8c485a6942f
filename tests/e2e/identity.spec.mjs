// Who a page is: keys that survive reloads, rooms that their hosts keep, and what a viewer is told.
import { readFile } from 'node:fs/promises';
import { audience, chat, expect, host, opened, openPanel, say, test } from './lib/fixtures.mjs';
import { ask, oldAudience, oldHost } from './lib/old.mjs';

/** Opens the panel about the key of a host's room. */
const openKeys = (page) => openPanel(page, 'keep-panel');

const confirm = (page) => page.getByTestId('confirm-yes').click();

/** What an audience page says about the host. */
const proof = (page) => page.getByTestId('host-proof');

test('a kept room has the same link when its host comes back', async ({ newPeer }) => {
  const first = await newPeer();
  const context = first.context();
  const room = await host(first, { title: 'Weekly', summary: 'Every Sunday' });
  await openKeys(first);
  await first.getByTestId('keep-room').check();
  await first.close();

  const again = await context.newPage();
  expect(await host(again)).toBe(room);
  await expect(again.locator('h1')).toHaveText('Weekly');
  await openKeys(again);
  await expect(again.getByTestId('keep-room')).toBeChecked();
  const viewer = await newPeer();
  const id = await audience(viewer, room);
  await expect(proof(viewer)).toHaveAttribute('data-proof', 'verified');
  await expect(proof(viewer).locator('summary')).toHaveText('Verified host');
  await proof(viewer).locator('summary').press('Enter');
  await expect(proof(viewer)).toContainText('names this host’s key');

  // A viewer is the same peer after a reload, and is heard.
  await say(viewer, 'before');
  await viewer.reload();
  expect(await opened(viewer)).toBe(id);
  await expect(viewer.getByTestId('tree-info')).toHaveAttribute('data-parent', room);
  await say(viewer, 'after');
  await expect.poll(async () => (await chat(again)).map(({ author }) => author)).toEqual([id, id]);
  const third = await newPeer();
  await audience(third, id);
  await expect(proof(third)).toHaveAttribute('data-proof', 'other');
  await proof(third).locator('summary').click();
  await expect(proof(third)).toContainText(room);

  // The room is open, so another page of this browser has one of its own.
  const second = await context.newPage();
  const other = await host(second, { title: 'Another' });
  expect(other).not.toBe(room);
  await openKeys(second);
  await expect(second.getByTestId('kept-other')).toContainText('Weekly');
  await second.getByTestId('open-kept').click();
  await confirm(second);
  await expect(second.getByTestId('toast')).toContainText('open on another page');
  expect(await opened(second)).toBe(other);

  // A new room leaves the kept one alone, which can be opened again.
  await again.getByTestId('new-room').click();
  await confirm(again);
  await expect(viewer.getByTestId('problem')).toHaveAttribute('data-problem', 'room-ended');
  await expect.poll(() => opened(again)).not.toBe(room);
  await expect(again.locator('h1')).toHaveText('Weekly');
  await second.getByTestId('open-kept').click();
  await confirm(second);
  await expect.poll(() => opened(second)).toBe(room);
  await expect(second.locator('h1')).toHaveText('Weekly');
  await second.reload();
  expect(await opened(second)).toBe(room);
});

test('an exported key makes the same room elsewhere', async ({ newPeer }) => {
  const first = await newPeer();
  const room = await host(first, { title: 'Portable' });
  await openKeys(first);
  await first.getByTestId('export-key').click();
  await expect(first.getByTestId('confirmation')).toContainText('Whoever has this file');
  const [file] = await Promise.all([first.waitForEvent('download'), confirm(first)]);
  expect(file.suggestedFilename()).toBe('p2p-live-room.json');
  const content = await readFile(await file.path(), 'utf8');
  expect(JSON.parse(content)).toMatchObject({ type: 'p2p-live-room-key', version: 1, id: room });

  const elsewhere = await newPeer();
  const before = await host(elsewhere, { title: 'Elsewhere' });
  await openKeys(elsewhere);
  const offer = (text) => elsewhere.getByTestId('import-key').setInputFiles({
    name: 'key.json', mimeType: 'application/json', buffer: Buffer.from(text),
  });
  for (const [text, why] of [
    ['{}', 'holds no key'],
    [content.replace(/"version": 1/, '"version": 2'), 'newer version'],
    [content.replace(room, before), 'damaged'],
    [content + ' '.repeat(5000), 'holds no key'],
  ]) {
    await offer(text);
    await expect(elsewhere.getByTestId('key-note')).toContainText(why);
  }
  // The room is still open in the other browser, which the server knows.
  await offer(content);
  await confirm(elsewhere);
  await expect(elsewhere.getByTestId('problem')).toHaveAttribute('data-problem', 'id-taken');
  await expect(elsewhere.getByTestId('problem')).toContainText('already open');
  await first.close();
  // The server keeps the id for the other browser for a while.
  await expect(async () => {
    await elsewhere.getByTestId('problem').getByRole('button').click({ timeout: 1_000 });
    await expect(elsewhere.getByTestId('status')).toHaveAttribute('data-state', 'open', { timeout: 1_500 });
  }).toPass();
  expect(await opened(elsewhere)).toBe(room);
  await expect(elsewhere.locator('h1')).toHaveText('Elsewhere');
  const viewer = await newPeer();
  await audience(viewer, room);
  await expect(proof(viewer)).toHaveAttribute('data-proof', 'verified');
});

test('a duplicated tab is somebody else', async ({ newPeer }) => {
  const page = await newPeer();
  const room = await host(page, { title: 'Mine' });
  // What a browser copies when a tab is duplicated.
  const copied = await page.evaluate(() => JSON.stringify(sessionStorage));
  const twin = await page.context().newPage();
  await twin.addInitScript((copied) => {
    if (sessionStorage.length > 0) return;
    for (const [key, value] of Object.entries(JSON.parse(copied))) sessionStorage.setItem(key, value);
  }, copied);
  await twin.goto(page.url());
  expect(await opened(twin)).not.toBe(room);
  expect(await opened(page)).toBe(room);
});

test('what older pages say is marked as unproven', async ({ newPeer, baseURL }) => {
  const hostPage = await newPeer();
  const room = await host(hostPage, { title: 'Mixed' });
  const old = await newPeer();
  await oldAudience(old, baseURL, room, { name: 'Olga' });
  const viewer = await newPeer();
  await audience(viewer, room, { name: 'Nina' });
  await say(viewer, 'with a key');
  await ask(old, 'chat("without one")');
  await expect.poll(async () => (await chat(hostPage)).length).toBe(2);
  const line = (text) => hostPage.getByTestId('chat-message').filter({ hasText: text });
  await expect(line('without one').getByTestId('unproven')).toHaveAttribute('title', /names no key/);
  await expect(line('with a key')).toBeVisible();
  await expect(line('with a key').getByTestId('unproven')).toHaveCount(0);

  const oldPage = await newPeer();
  const oldRoom = await oldHost(oldPage, baseURL, { title: 'Old' });
  const guest = await newPeer();
  await audience(guest, oldRoom);
  await expect(proof(guest)).toHaveAttribute('data-proof', 'unproven');
});
