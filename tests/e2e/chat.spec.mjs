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
    for (let number = 1; number <= count; number += 1) {
      input.value = `message ${number}`;
      // A click would have the browser lay the page out each time.
      input.form.dispatchEvent(new SubmitEvent('submit', { cancelable: true }));
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
  const left = () => list.evaluate((list) => list.scrollHeight - list.scrollTop - list.clientHeight);
  await expect.poll(left).toBeLessThan(2);
  // Whoever is at the end stays there, whatever changes its size.
  await viewer.getByTestId('chat-input').fill('several\nlines\nin\nthe\nfield');
  await expect.poll(left).toBeLessThan(2);
  await viewer.setViewportSize({ width: 1280, height: 500 });
  await expect.poll(left).toBeLessThan(2);
  await list.locator('.message').first().evaluate((line) => { line.style.height = '300px'; });
  await expect.poll(left).toBeLessThan(2);
  await list.evaluate((list) => { list.scrollTop = 0; });
  await expect(viewer.getByTestId('chat-latest')).toBeHidden();
  await viewer.waitForTimeout(200);
  await say(hostPage, 'something new');
  await expect(viewer.getByTestId('chat-latest')).toBeVisible();
  await say(hostPage, 'something newer');
  await expect(viewer.getByTestId('chat-message')).toHaveCount(62);
  expect(await list.evaluate((list) => list.scrollTop)).toBe(0);
  const order = await list.locator('.chat-lines > *').evaluateAll((lines) =>
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

test('ten thousand messages scroll smoothly, and the page stays small', async ({ newPeer }) => {
  const page = await newPeer();
  await host(page, { title: 'Flood' });
  await flood(page, 10_050);
  const lines = page.locator('.chat-lines > *');
  await expect(lines.last()).toContainText('message 10050');
  // As fast as the page can without scrolling, then as a reader scrolls.
  const frames = (distance) => page.getByRole('log').evaluate(async (list, distance) => {
    const gaps = [];
    let most = 0;
    let before = performance.now();
    for (let frame = 0; frame < 121; frame += 1) {
      list.scrollTop -= distance;
      await new Promise(requestAnimationFrame);
      gaps.push(performance.now() - before);
      before = performance.now();
      most = Math.max(most, list.firstElementChild.childElementCount);
    }
    return { median: gaps.sort((a, b) => a - b)[60], most };
  }, distance);
  const idle = await frames(0);
  const scrolling = await frames(400);
  expect(scrolling.median, 'milliseconds between two frames').toBeLessThan(idle.median * 1.5 + 4);
  expect(scrolling.most, 'lines on the page').toBeLessThanOrEqual(300);
  // From the oldest that is kept to the latest.
  await page.getByRole('log').press('Home');
  await expect(lines.first()).toContainText(/message 51$/);
  expect(await lines.count()).toBeLessThanOrEqual(300);
  await page.getByRole('log').press('End');
  await expect(lines.last()).toBeInViewport();
  await expect(lines.last()).toContainText('message 10050');
});

test('what is typed and sent leaves nothing behind in the page', async ({ newPeer }) => {
  const page = await newPeer();
  await host(page, { title: 'Typing' });
  await flood(page, 200);
  const browser = await page.context().newCDPSession(page);
  await browser.send('Performance.enable');
  const type = async (count) => {
    for (let number = 0; number < count; number += 1) await say(page, `typed ${number}`);
    await expect(page.getByTestId('chat-message').last()).toContainText(`typed ${count - 1}`);
  };
  /** What the browser keeps, whether it is in the page or not. */
  const nodes = async () => {
    for (let round = 0; round < 2; round += 1) await browser.send('HeapProfiler.collectGarbage');
    const { metrics } = await browser.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'Nodes').value;
  };
  await type(60);
  const before = await nodes();
  await type(60);
  expect(await nodes() - before, 'nodes for sixty messages').toBeLessThan(40);
});

/** A picture of that size, noisy so that it is large as a file. */
async function noise(page, width, height) {
  const base64 = await page.evaluate(async ({ width, height }) => {
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d');
    const image = context.createImageData(width, height);
    for (let at = 0; at < image.data.length; at += 65_536) {
      crypto.getRandomValues(image.data.subarray(at, at + 65_536));
    }
    context.putImageData(image, 0, 0);
    const blob = await canvas.convertToBlob({ type: 'image/png' });
    const bytes = new Uint8Array(await blob.arrayBuffer());
    let text = '';
    for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
    return btoa(text);
  }, { width, height });
  return { name: 'noise.png', mimeType: 'image/png', buffer: Buffer.from(base64, 'base64') };
}

/** Gives an element a file as if it were pasted or dropped there. */
function hand(page, handle, kind, { mimeType, buffer }) {
  return page.getByTestId(handle).evaluate((element, { kind, mimeType, base64 }) => {
    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    const data = new DataTransfer();
    data.items.add(new File([bytes], 'file', { type: mimeType }));
    const init = { bubbles: true, cancelable: true };
    element.dispatchEvent(kind === 'paste'
      ? new ClipboardEvent('paste', { ...init, clipboardData: data })
      : new DragEvent('drop', { ...init, dataTransfer: data }));
  }, { kind, mimeType, base64: buffer.toString('base64') });
}

test('images and avatars: chosen, pasted, dropped, taken back, sent, enlarged', async ({ newPeer }) => {
  const hostPage = await newPeer();
  await hostPage.addInitScript(() => {
    const create = URL.createObjectURL;
    window.blobs = {};
    URL.createObjectURL = (blob) => {
      const address = create.call(URL, blob);
      window.blobs[address] = blob;
      return address;
    };
  });
  const room = await host(hostPage, { title: 'Pictures' });
  const viewer = await newPeer();
  await audience(viewer, room, { name: 'Ann' });
  const large = await noise(viewer, 2_000, 1_500);
  expect(large.buffer.length).toBeGreaterThan(2 ** 20);
  const preview = viewer.getByTestId('chat-preview').locator('img');

  await viewer.getByTestId('chat-file').setInputFiles(large);
  await expect(preview).toBeVisible();
  await viewer.getByTestId('image-remove').click();
  await expect(preview).toHaveCount(0);
  // What only calls itself an image is none.
  const svg = { mimeType: 'image/png', buffer: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>') };
  await hand(viewer, 'chat-input', 'paste', svg);
  await expect(viewer.getByTestId('toast')).toContainText('cannot read');
  await hand(viewer, 'chat-input', 'paste', await noise(viewer, 40, 20));
  await expect(preview).toBeVisible();
  await hand(viewer, 'chat-clear', 'drop', large);
  await expect.poll(() => preview.evaluate((image) => image.naturalWidth)).toBeGreaterThan(100);

  // An avatar is chosen once and stands beside the name from then on.
  await viewer.getByTestId('open-settings').click();
  await viewer.getByTestId('avatar-file').setInputFiles(await noise(viewer, 300, 200));
  await expect(viewer.getByTestId('avatar')).toBeVisible();
  await viewer.keyboard.press('Escape');
  const kept = await viewer.evaluate(() => JSON.parse(localStorage.getItem('p2p-live/1/avatar')));
  expect(kept.length, 'small enough to be sent to everyone').toBeLessThan(16_000);

  await say(viewer, 'look at this');
  await expect(preview).toHaveCount(0);
  const message = hostPage.getByTestId('chat-message');
  await expect(message).toContainText('look at this');
  const image = message.getByTestId('chat-image').locator('img');
  await expect(image).toHaveAttribute('src', /^blob:/);
  const size = await image.evaluate(async (image) => {
    await image.decode();
    const file = window.blobs[image.src];
    return { bytes: file.size, type: file.type, width: image.naturalWidth, avatar: image.closest('.message').querySelector('img.avatar').naturalWidth };
  });
  expect(size).toMatchObject({ type: 'image/webp', avatar: 64 });
  expect(size.bytes).toBeLessThanOrEqual(2 ** 20);
  expect(size.width).toBeGreaterThan(300);

  // Larger by a click or by keyboard, and back.
  await message.getByTestId('chat-image').press('Enter');
  const dialog = hostPage.getByTestId('image-dialog');
  await expect(dialog.locator('img')).toBeVisible();
  await hostPage.keyboard.press('Escape');
  await expect(dialog).toBeHidden();

  // Whoever comes later sees it, too; an image needs no words.
  await hand(hostPage, 'chat-input', 'paste', await noise(hostPage, 60, 60));
  await expect(hostPage.getByTestId('chat-preview').locator('img')).toBeVisible();
  await hostPage.getByTestId('chat-send').click();
  const late = await newPeer();
  await audience(late, room);
  await expect(late.getByTestId('chat-image').locator('img')).toHaveCount(2);
  await expect(late.locator('img.avatar')).toHaveCount(1);
});
