// On a phone: the picture and the chat at once, whichever way it is held; what is seldom needed is
// behind a tap, and links go through the phone's own share sheet.
import { audience, expect, host, opened, test } from './lib/fixtures.mjs';

const upright = { width: 390, height: 844 };
const onItsSide = { width: 844, height: 390 };

/** Where on the screen what has that handle is. */
const box = (page, handle) => page.getByTestId(handle).boundingBox();

/** A share sheet that keeps what it is given. */
const shareSheet = () => {
  Navigator.prototype.share = async (data) => { window.shared = data; };
};

test('a viewer on a phone', async ({ newPeer }) => {
  const room = await host(await newPeer(), { title: 'An evening with a title of some length' });
  const page = await newPeer({ viewport: upright, hasTouch: true });
  await page.addInitScript(shareSheet);
  const own = await audience(page, room);

  await test.step('upright, the chat is below the picture and its field on the screen', async () => {
    const [picture, field] = [await box(page, 'player'), await box(page, 'chat-input')];
    expect(picture.width).toBe(upright.width);
    expect(picture.y).toBeLessThan(80);
    expect(field.y).toBeGreaterThan(picture.y + picture.height);
    expect(field.y + field.height).toBeLessThanOrEqual(upright.height);
  });

  await test.step('on its side, the chat is beside the picture', async () => {
    await page.setViewportSize(onItsSide);
    const [picture, field] = [await box(page, 'player'), await box(page, 'chat-input')];
    expect(picture.width).toBeGreaterThan(onItsSide.width / 2);
    expect(field.x).toBeGreaterThan(picture.x + picture.width);
    for (const { y, height } of [picture, field]) expect(y + height).toBeLessThanOrEqual(onItsSide.height);
    await expect(page.getByTestId('reconnect'), 'there is room for what the menu has').toBeVisible();
    await page.setViewportSize(upright);
  });

  await test.step('what is seldom needed is in a menu', async () => {
    const [menu, refresh] = [page.getByTestId('room-menu'), page.getByTestId('refresh-media')];
    await expect(refresh).toBeHidden();
    await menu.tap();
    await expect(page.getByTestId('reconnect')).toBeInViewport();
    await refresh.tap();
    await expect(refresh, 'a choice closes the menu').toBeHidden();
    await menu.press('Enter');
    await page.keyboard.press('Tab');
    await expect(refresh, 'it is the next by keyboard').toBeFocused();
    await page.keyboard.press('Escape');
    await expect(refresh).toBeHidden();
    await expect(menu).toBeFocused();
  });

  await test.step('the link goes through the share sheet', async () => {
    await page.getByTestId('share').tap();
    const shared = await page.evaluate(() => window.shared);
    expect(shared.title).toBe('An evening with a title of some length');
    expect(shared.url).toBe(await page.getByTestId('share-link').inputValue());
  });

  await test.step('the own id is behind a tap, and in the page all the time', async () => {
    const id = page.getByTestId('my-id');
    await expect(id).toHaveText(own);
    expect(await id.evaluate((id) => id.innerText)).toBe(own);
    expect((await id.locator('..').boundingBox()).width).toBeLessThanOrEqual(1);
    await page.getByTestId('show-id').tap();
    expect((await id.boundingBox()).width).toBeGreaterThan(200);
    await expect(id).toBeInViewport({ ratio: 1 });
    await page.keyboard.press('Escape');
    await expect(page.getByTestId('copy-id')).toBeHidden();
  });
});

test('without a share sheet the link is copied', async ({ newPeer }) => {
  const page = await newPeer({ permissions: ['clipboard-read', 'clipboard-write'] });
  await host(page, { title: 'Desk' });
  await page.getByTestId('share').click();
  await expect(page.getByTestId('toast')).toHaveText('Link copied');
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toBe(await page.getByTestId('share-link').inputValue());
});

test('a host on a phone meets the sources first, and panels are as they were left', async ({ newPeer }) => {
  const page = await newPeer({ viewport: upright, hasTouch: true });
  await host(page, { title: 'On the way' });
  const source = await box(page, 'stream-source');
  expect(source.y + source.height).toBeLessThanOrEqual(upright.height);
  for (const handle of ['chat-input', 'share-link', 'people-panel', 'publish-panel']) {
    expect((await box(page, handle)).y, handle).toBeGreaterThan(source.y);
  }
  const isOpen = (handle) => page.getByTestId(handle).evaluate((panel) => panel.open);
  await page.getByTestId('publish-panel').locator('summary').tap();
  await expect(page.getByTestId('publish-address')).toBeVisible();
  await page.reload();
  await opened(page);
  expect([await isOpen('publish-panel'), await isOpen('people-panel')]).toEqual([true, false]);
});
