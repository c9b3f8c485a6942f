// Several rooms open at once in one window.
import { audience, expect, host, opened, test, waitForMovingVideo } from './lib/fixtures.mjs';

test('rooms stay open side by side, and closing one ends it', async ({ newPeer }) => {
  const other = await newPeer();
  const otherRoom = await host(other, { title: 'Other', source: 'pattern' });
  const page = await newPeer();
  const room = await host(page, { title: 'Mine', source: 'pattern' });
  const viewer = await newPeer();
  await audience(viewer, room);
  await waitForMovingVideo(viewer);

  await page.locator('a.brand').click();
  await expect(page.getByTestId('page').filter({ visible: true })).toHaveCount(1);
  await page.getByTestId('room-id-input').fill(otherRoom);
  await page.getByTestId('go-to-room').click();
  const tabs = page.getByTestId('tab');
  await expect(tabs).toHaveText([/Mine/, /Other/]);
  await expect(page.getByTestId('tab-live').filter({ visible: true })).toHaveCount(2);
  const shown = page.getByTestId('page').filter({ visible: true });
  await expect(shown).toHaveCount(1);
  const watched = page.getByLabel('Stream', { exact: true });
  const heard = () => watched.evaluate((video) => video.videoWidth > 0 && !video.muted);
  await expect.poll(heard).toBe(true);
  await expect(page).toHaveTitle(/^Other/);
  await waitForMovingVideo(viewer);

  await page.goBack();
  await expect(page.getByTestId('room-id-input')).toBeVisible();
  await expect.poll(heard, 'nothing is heard of what is not shown').toBe(false);
  await page.goForward();
  await expect(tabs.nth(1)).toHaveAttribute('aria-current', 'page');
  await expect.poll(heard).toBe(true);

  await tabs.first().press('Enter');
  await expect(page).toHaveTitle(/^Mine/);
  await expect(shown.locator('h1')).toHaveText('Mine');
  await expect(page).toHaveURL(/P2PLiveHost/);
  await expect.poll(heard).toBe(false);
  await page.reload();
  await expect(tabs).toHaveText([/Mine/, /Other/]);
  expect(await opened(page)).toBe(room);
  await page.getByRole('button', { name: /^Close Mine/ }).click();
  await expect(tabs).toHaveText([/Other/]);
  await expect(page).toHaveURL(new RegExp(otherRoom));
  await expect.poll(heard).toBe(true);
  await expect(viewer.getByTestId('problem')).toHaveAttribute('data-problem', 'room-ended');
  await tabs.press('Delete');
  await expect(page.getByTestId('tabs')).toBeHidden();
  await expect(page.getByTestId('room-id-input')).toBeVisible();
});

test('no id is there twice, and each leads to what is on its own page', async ({ newPeer }) => {
  const page = await newPeer();
  await host(page, { title: 'First' });
  for (const title of ['Second', 'Third']) {
    await page.locator('a.brand').click();
    await page.getByTestId('create-room').click();
    await page.getByTestId('room-title').filter({ visible: true }).fill(title);
    await page.getByTestId('confirm-create').click();
    await expect(page.getByTestId('tab').last()).toContainText(title);
    await expect(page.getByTestId('chat-input').filter({ visible: true })).toBeVisible();
  }
  await page.locator('a.brand').click();
  await expect(page.getByTestId('network-name')).toBeVisible();
  await page.getByTestId('open-settings').click();
  await expect(page.getByTestId('settings-name')).toBeVisible();
  const { ids, astray } = await page.evaluate(() => {
    const names = ['list', 'aria-controls', 'aria-describedby', 'aria-labelledby', 'for'];
    const astray = names.flatMap((name) => [...document.querySelectorAll(`[${name}]`)]
      .filter((from) => {
        const to = document.getElementById(from.getAttribute(name));
        return !to || to.closest('.page') !== from.closest('.page');
      })
      .map((from) => `${name}=${from.getAttribute(name)}`));
    return { ids: [...document.querySelectorAll('[id]')].map(({ id }) => id), astray };
  });
  expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
  expect(ids.filter((id) => id.startsWith('networks'))).toHaveLength(4);
  expect(astray).toEqual([]);
});

test('two rooms with the same details are two rooms, also after a reload', async ({ newPeer }) => {
  const page = await newPeer();
  const ids = [];
  await page.goto('');
  for (const count of [1, 2]) {
    await page.getByTestId('create-room').click();
    await page.getByTestId('room-title').filter({ visible: true }).fill('Twin');
    await page.getByTestId('confirm-create').click();
    await expect(page.getByTestId('page').filter({ visible: true }).locator('h1')).toHaveText('Twin');
    await expect(page.getByTestId('tab')).toHaveCount(count);
    ids.push(await opened(page));
    await page.locator('a.brand').click();
  }
  expect(ids[1]).not.toBe(ids[0]);
  const shown = async (at) => {
    await page.getByTestId('tab').nth(at).press('Enter');
    await expect(page.getByTestId('tab').nth(at)).toHaveAttribute('aria-current', 'page');
    return opened(page);
  };
  expect([await shown(0), await shown(1)]).toEqual(ids);
  await page.reload();
  await expect(page.getByTestId('tab')).toHaveCount(2);
  await expect.poll(() => shown(0)).toBe(ids[0]);
  await expect.poll(() => shown(1)).toBe(ids[1]);
});
