// A game in a room: players at two depths, a late watcher, a reload, and somebody who cheats.
import { attribute, audience, expect, host, opened, test, treeInfo } from './lib/fixtures.mjs';
import { hostile } from './lib/hostile.mjs';

const cell = (page, number) => page.locator(`[data-testid="game-cell"][data-cell="${number}"]`);

/** Whose stone lies in a cell, on every page. */
const everywhere = (pages, number, owner) => Promise.all(
  pages.map((page) => expect(cell(page, number)).toHaveAttribute('data-owner', owner)),
);

const turn = (pages, number) => Promise.all(
  pages.map((page) => expect(page.getByTestId('game-turn')).toHaveText(number)),
);

async function sit(page) {
  await page.getByTestId('game-join').click();
  await page.getByTestId('game-ready').click();
  await expect(page.getByTestId('game-ready')).toHaveAttribute('aria-pressed', 'true');
}

test('five in a row, at any depth of a room', async ({ newPeer, baseURL }) => {
  test.setTimeout(300_000);
  const hostPage = await newPeer();
  const room = await host(hostPage, { title: 'Five', kind: 'game', maxChildren: 2 });
  const ann = await newPeer();
  const annId = await audience(ann, room, { name: 'Ann', maxChildren: 2 });
  // Below Ann.
  const [bob, cat] = [await newPeer({ viewport: { width: 390, height: 844 }, hasTouch: true }), await newPeer()];
  const bobId = await audience(bob, annId, { name: 'Bob', maxChildren: 0 });
  await audience(cat, annId, { name: 'Cat', maxChildren: 0 });
  expect((await treeInfo(bob)).depth).toBe(2);
  const pages = [hostPage, ann, bob, cat];

  await test.step('players take seats, and the host starts', async () => {
    await hostPage.getByTestId('game-size').fill('30');
    await expect(hostPage.getByTestId('game-start')).toBeDisabled();
    for (const page of [ann, bob, cat]) await sit(page);
    for (const page of pages) await expect(page.getByTestId('game-player')).toHaveCount(3);
    await expect(cat.locator('[data-testid="game-player"][data-player="2"]')).toHaveAttribute('data-peer', bobId);
    await hostPage.getByTestId('game-start').click();
    await turn(pages, '1');
    await expect(hostPage.getByTestId('game-cell')).toHaveCount(900);
  });

  await test.step('by mouse, by touch and by keyboard', async () => {
    await cell(ann, 1).click();
    await everywhere(pages, 1, '1');
    await turn(pages, '2');
    // A cell of a board of 30 is large enough for a finger, and the page does not grow.
    const box = await cell(bob, 31).boundingBox();
    expect(box.width).toBeGreaterThanOrEqual(29);
    expect(await bob.evaluate(() =>
      document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(0);
    await cell(bob, 31).tap();
    await everywhere(pages, 31, '2');
    await cell(cat, 1).focus();
    for (const key of ['ArrowDown', 'ArrowDown', 'Enter']) await cat.keyboard.press(key);
    await everywhere(pages, 61, '3');
  });

  await test.step('nobody moves for anyone else', async () => {
    await turn(pages, '1');
    await cell(bob, 2).tap();
    const mallory = await hostile(await newPeer(), baseURL);
    await mallory.evaluate((room) => window.hostile.join(room), room);
    await mallory.evaluate(([author, cell]) => window.hostile.moveAs(author, cell), [annId, 2]);
    await cell(ann, 3).click();
    await everywhere(pages, 3, '1');
    await everywhere(pages, 2, '');
    await mallory.context().close();
  });

  await test.step('a player that reloads keeps the seat', async () => {
    await turn(pages, '2');
    await bob.reload();
    await opened(bob);
    await expect(cell(bob, 61)).toHaveAttribute('data-owner', '3');
    await expect(bob.getByTestId('game-turn')).toHaveText('2');
    await cell(bob, 32).tap();
    await everywhere(pages, 32, '2');
    await hostPage.reload();
    await opened(hostPage);
    await everywhere([hostPage], 32, '2');
    await turn(pages, '3');
    await expect(hostPage.getByTestId('member-count')).toHaveText('4');
    await cell(cat, 62).click();
    await everywhere(pages, 62, '3');
  });

  await test.step('a move is taken back when all agree', async () => {
    await cat.getByTestId('game-undo').click();
    for (const page of [ann, bob]) await page.getByTestId('game-undo-agree').click();
    await everywhere(pages, 62, '');
    await turn(pages, '3');
    await cell(cat, 62).click();
  });

  await test.step('a late watcher sees the board, and everyone the result', async () => {
    const late = await newPeer();
    await audience(late, room, { name: 'Late' });
    await everywhere([...pages, late], 62, '3');
    await expect(late.getByTestId('game-join')).toBeHidden();
    const line = [[ann, 4], [bob, 33], [cat, 63], [ann, 5], [bob, 34], [cat, 64], [ann, 6], [bob, 35]];
    for (const [page, number] of line) {
      await cell(page, number).click();
      await expect(cell(page, number)).toHaveAttribute('data-owner', /[123]/);
    }
    for (const page of [...pages, late]) {
      const result = page.getByTestId('game-result');
      await expect(result).toHaveText(page === bob ? 'You have won!' : 'Bob has won.');
    }
    expect(await attribute(late, 'tree-info', 'data-parent')).not.toBe('');
    await hostPage.getByTestId('game-again').click();
    for (const page of [...pages, late]) await expect(page.getByTestId('game-result')).toHaveCount(0);
    await expect(late.getByTestId('game-join')).toBeVisible();
  });
});
