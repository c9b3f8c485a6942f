// The chat as its readers see it: what is new, what is old, and how much of it there may be.
import { audience, chat, expect, host, say, test } from './lib/fixtures.mjs';

async function pair(newPeer) {
  const hostPage = await newPeer();
  const room = await host(hostPage, { title: 'Chat' });
  const viewer = await newPeer();
  await audience(viewer, room, { name: 'Ann' });
  return { hostPage, viewer, room };
}

/** Says many things at once, as fast as the page takes them. */
function flood(page, count) {
  return page.evaluate(async (count) => {
    const input = document.querySelector('[data-testid=chat-input]');
    const button = document.querySelector('[data-testid=chat-send]');
    for (let number = 1; number <= count; number += 1) {
      input.value = `message ${number}`;
      button.click();
      if (number % 50 === 0) await new Promise((resolve) => { setTimeout(resolve); });
    }
  }, count);
}

test('the room says when somebody is in it, and when the stream starts and stops', async ({ newPeer }) => {
  const { hostPage, viewer } = await pair(newPeer);
  const notes = viewer.getByTestId('chat-note');
  await expect(notes).toHaveText(['You are in the room']);
  await hostPage.getByTestId('stream-source').click();
  await hostPage.getByTestId('source-pattern').click();
  await expect(notes.last()).toHaveText('The stream has started');
  await hostPage.getByTestId('stop-source').click();
  await expect(notes.last()).toHaveText('The stream has stopped');
});

test('who reads back is left alone and sees where the new begins', async ({ newPeer }) => {
  const { hostPage, viewer } = await pair(newPeer);
  await flood(hostPage, 60);
  await expect(viewer.getByTestId('chat-message')).toHaveCount(60);
  const list = viewer.getByRole('log');
  await expect.poll(() => list.evaluate((list) =>
    list.scrollHeight - list.scrollTop - list.clientHeight)).toBeLessThan(50);
  await list.evaluate((list) => { list.scrollTop = 0; });
  await expect(viewer.getByTestId('chat-latest')).toBeHidden();
  await viewer.waitForTimeout(200);
  await say(hostPage, 'something new');
  await expect(viewer.getByTestId('chat-latest')).toBeVisible();
  await say(hostPage, 'something newer');
  await expect(viewer.getByTestId('chat-message')).toHaveCount(62);
  expect(await list.evaluate((list) => list.scrollTop)).toBe(0);
  const order = await list.locator('> *').evaluateAll((lines) =>
    lines.slice(-3).map((line) => line.dataset.testid));
  expect(order).toEqual(['chat-new', 'chat-message', 'chat-message']);
  await viewer.getByTestId('chat-latest').click();
  await expect(viewer.getByText('something newer')).toBeInViewport();
  await expect(viewer.getByTestId('chat-latest')).toBeHidden();
});

test('a name has one colour everywhere', async ({ newPeer }) => {
  const { hostPage, viewer } = await pair(newPeer);
  await say(viewer, 'mine');
  const hue = (page) => page.getByTestId('chat-message').locator('b').getAttribute('data-hue');
  await expect(hostPage.getByTestId('chat-message')).toHaveCount(1);
  expect(await hue(hostPage)).toBe(await hue(viewer));
  await expect(hostPage.getByTestId('chat-message').locator('time')).toHaveText(/^\d\d:\d\d$/);
});

test('cleared for me is there for the others', async ({ newPeer }) => {
  const { hostPage, viewer } = await pair(newPeer);
  await say(hostPage, 'one');
  await expect(viewer.getByTestId('chat-message')).toHaveCount(1);
  await viewer.getByTestId('chat-clear').click();
  await expect(viewer.getByTestId('chat-message')).toHaveCount(0);
  await say(hostPage, 'two');
  await expect(viewer.getByTestId('chat-message')).toHaveCount(1);
  expect((await chat(hostPage)).length).toBe(2);
});

// The page does not answer for half a minute after so many at once; why is still to be found.
test.fixme('ten thousand messages scroll, and no more are kept', async ({ newPeer }) => {
  const page = await newPeer();
  await host(page, { title: 'Flood' });
  await flood(page, 10_050);
  const lines = page.getByRole('log').locator('> *');
  await expect.poll(() => lines.count()).toBe(10_000);
  await expect(lines.last()).toContainText('message 10050');
  const gaps = await page.getByRole('log').evaluate(async (list) => {
    const gaps = [];
    let before = performance.now();
    for (let frame = 0; frame < 90; frame += 1) {
      list.scrollTop -= 400;
      await new Promise(requestAnimationFrame);
      gaps.push(performance.now() - before);
      before = performance.now();
    }
    return gaps.sort((a, b) => a - b);
  });
  expect(gaps[45], 'milliseconds between two frames').toBeLessThan(25);
});
