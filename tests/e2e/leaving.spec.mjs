// Whoever streams is asked before the stream ends.
import { audience, expect, host, startSource, test, waitForMovingVideo } from './lib/fixtures.mjs';

test('a live room is closed by its button or the Delete key only after a question', async ({ newPeer }) => {
  const page = await newPeer();
  const room = await host(page, { title: 'Mine', source: 'pattern' });
  const viewer = await newPeer();
  await audience(viewer, room);
  await waitForMovingVideo(viewer);
  const question = page.getByTestId('confirmation');

  await page.getByTestId('close-tab').click();
  await expect(question).toBeVisible();
  await expect(question).toContainText('Mine');
  await page.getByTestId('confirm-no').click();
  await expect(question).toBeHidden();
  await expect(page.getByTestId('tab')).toHaveCount(1);

  await page.getByTestId('tab').press('Delete');
  await expect(question).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(question).toBeHidden();
  await waitForMovingVideo(viewer);

  await page.getByTestId('tab').press('Delete');
  await page.getByTestId('confirm-yes').click();
  await expect(page.getByTestId('tab')).toHaveCount(0);
  await expect(viewer.getByTestId('problem')).toHaveAttribute('data-problem', 'room-ended');
});

test('a room without a stream is closed at once', async ({ newPeer }) => {
  const page = await newPeer();
  await host(page, { title: 'Quiet' });
  await page.getByTestId('close-tab').click();
  await expect(page.getByTestId('tab')).toHaveCount(0);
});

test('the browser asks before a page that streams is left', async ({ newPeer }) => {
  const page = await newPeer();
  await host(page, { title: 'Mine' });
  const asked = [];
  page.on('dialog', (dialog) => {
    asked.push(dialog.type());
    return dialog.accept();
  });
  await page.reload();
  expect(asked, 'nothing is lost yet').toEqual([]);
  await startSource(page, 'pattern');
  await page.reload();
  expect(asked).toEqual(['beforeunload']);
});

test('settings that need a reload ask first while one streams', async ({ newPeer }) => {
  const page = await newPeer();
  await host(page, { title: 'Mine', source: 'pattern' });
  const asked = [];
  page.on('dialog', (dialog) => {
    asked.push(dialog.type());
    return dialog.accept();
  });
  await page.getByTestId('open-settings').click();
  await page.getByTestId('apply-server').click();
  await page.getByTestId('confirm-no').click();
  await expect(page.getByTestId('confirmation')).toBeHidden();
  await waitForMovingVideo(page);

  await page.getByTestId('apply-server').click();
  const loaded = page.waitForEvent('load');
  await page.getByTestId('confirm-yes').click();
  await loaded;
  expect(asked, 'one question is enough').toEqual([]);
});
