// A host borrows the stream of another person, with ours and with original pages.
import {
  attribute, audience, expect, host, test, waitForMovingVideo,
} from './lib/fixtures.mjs';
import { ask, oldHost } from './lib/old.mjs';

const state = (page) => attribute(page, 'borrow-state', 'data-state');
const becomes = (page, wanted) => expect.poll(() => state(page), { timeout: 60_000 }).toBe(wanted);

async function borrow(page, id) {
  const panel = page.getByTestId('borrow-panel');
  if (!await panel.evaluate((panel) => panel.open)) await panel.locator('summary').click();
  await page.getByTestId('borrow-id').fill(id);
  await page.getByTestId('borrow-stream').click();
}

test('a borrowed stream: asked, refused, lent, shown to viewers, ended', async ({ newPeer, baseURL }) => {
  const [lender, borrower, viewer, old] =
    [await newPeer(), await newPeer(), await newPeer(), await newPeer()];
  const from = await host(lender, { title: 'Lender' });
  const room = await host(borrower, { title: 'Borrower' });
  // Five pages encode and decode on one machine.
  for (const page of [lender, borrower]) await page.getByTestId('quality').selectOption('3');
  await audience(viewer, room);

  await borrow(borrower, 'nobody-has-this-id');
  await becomes(borrower, 'not-found');
  await borrow(borrower, from);
  await becomes(borrower, 'not-streaming');

  await lender.getByTestId('stream-source').click();
  await lender.getByTestId('source-pattern').click();
  await waitForMovingVideo(lender);
  await borrow(borrower, from);
  await expect(lender.getByTestId('borrower')).toHaveAttribute('data-peer', room);
  await becomes(borrower, 'asking');
  await lender.getByTestId('lend-no').click();
  await becomes(borrower, 'refused');
  await borrow(borrower, from);
  await becomes(borrower, 'busy');

  // A member of the lender's room can be asked as well.
  const relay = await newPeer();
  const id = await audience(relay, from);
  await waitForMovingVideo(relay);
  await borrow(borrower, id);
  await relay.getByTestId('lend-yes').click();
  await becomes(borrower, 'lent');
  await waitForMovingVideo(borrower);
  await waitForMovingVideo(viewer);
  await lender.getByTestId('stop-source').click();
  await becomes(borrower, 'ended');
  const badge = viewer.locator('.room-head .badge');
  await expect(badge).toBeHidden();

  // From an old page, in place of an own source.
  await borrower.getByTestId('stream-source').click();
  await borrower.getByTestId('source-pattern').click();
  await waitForMovingVideo(viewer);
  const theirs = await oldHost(old, baseURL, { live: true });
  await borrow(borrower, theirs);
  await becomes(borrower, 'asking');
  await expect.poll(() => ask(old, 'borrower')).toBe(room);
  await ask(old, 'call(window.old.borrower, window.old.stream) && undefined');
  await becomes(borrower, 'lent');
  await expect(borrower.getByTestId('stop-source')).toBeHidden();
  await waitForMovingVideo(viewer);
  await borrower.getByTestId('borrow-stop').click();
  await expect(badge).toBeHidden();
});
