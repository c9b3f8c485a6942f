// Two people exchange streams and texts, with ours and with original pages.
import { address, at, attribute, expect, opened, test } from './lib/fixtures.mjs';
import { ask, oldExchange, waitForPicture } from './lib/old.mjs';

/** Opens an exchange page; its id is returned. */
async function exchange(page, { path = 'exchange.html', name, ...parameters } = {}) {
  if (name) {
    await page.addInitScript((name) => {
      localStorage.setItem('p2p-live/1/name', JSON.stringify(name));
    }, name);
  }
  await page.goto(address(path, parameters));
  return opened(page);
}

async function call(page, id) {
  await page.getByTestId('exchange-id').fill(id);
  await page.getByTestId('exchange-connect').click();
}

async function say(page, text) {
  await page.getByTestId('exchange-input').fill(text);
  await page.getByTestId('exchange-send').click();
}

const state = (page) => attribute(page, 'exchange-state', 'data-state');
const becomes = (page, wanted) => expect.poll(() => state(page), { timeout: 60_000 }).toBe(wanted);
const texts = (page) => page.locator(`${at('exchange-message')} .message-text`).allTextContents();

/** Waits until a video of the page shows a picture that changes. */
async function moves(page, handle) {
  const look = () => page.$eval(at(handle), (video) => {
    if (!video.videoWidth || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return null;
    const context = new OffscreenCanvas(32, 24).getContext('2d');
    context.drawImage(video, 0, 0, 32, 24);
    return context.getImageData(0, 0, 32, 24).data.join();
  });
  let before = null;
  await expect(async () => {
    const [now, previous] = [await look(), before];
    before = now;
    expect(now, `a picture in ${handle}`).not.toBeNull();
    expect(previous, 'an earlier one').not.toBeNull();
    expect(now === previous, 'the same picture').toBe(false);
  }).toPass({ timeout: 60_000, intervals: [250] });
}

test('two people swap streams and texts, a third is told that the line is busy', async ({ newPeer }) => {
  const [one, two, three] = [await newPeer(), await newPeer(), await newPeer()];
  await exchange(one, { name: 'Ada', path: 'others/exchange.html' });
  const id = await exchange(two, { name: 'Ben', path: 'exchange' });
  // Who is called has started already, who calls starts later.
  await two.getByTestId('exchange-start').click();
  await moves(two, 'exchange-local');
  await call(one, id);
  await becomes(one, 'open');
  await becomes(two, 'open');
  await moves(one, 'exchange-remote');
  await one.getByTestId('exchange-start').click();
  await moves(two, 'exchange-remote');
  await moves(one, 'exchange-local');

  await say(one, '<img src=x onerror="window.hacked = 1"> <b>hi</b>');
  await say(two, 'hello');
  for (const page of [one, two]) {
    await expect.poll(() => texts(page))
      .toEqual(['<img src=x onerror="window.hacked = 1"> <b>hi</b>', 'hello']);
    expect(await page.evaluate(() => window.hacked)).toBeUndefined();
  }
  await expect(one.getByTestId('exchange-message').nth(1)).toContainText('Ben');

  await exchange(three, { id });
  await three.getByTestId('exchange-connect').click();
  await expect(three.getByTestId('problem')).toHaveAttribute('data-problem', 'line-busy');
  expect(await state(one)).toBe('open');
  await moves(one, 'exchange-remote');

  // One stops, and starts something else; then both end.
  await two.getByTestId('stop-source').click();
  await expect.poll(() => one.$eval(at('exchange-remote'), (video) => video.srcObject)).toBeNull();
  await two.getByTestId('stream-source').click();
  await two.getByTestId('source-pattern').click();
  await moves(one, 'exchange-remote');
  await one.getByTestId('exchange-hang-up').click();
  await becomes(two, 'ended');
  await becomes(one, 'idle');
  await three.getByTestId('exchange-connect').click();
  await becomes(two, 'open');
  await moves(three, 'exchange-remote');
});

test('a page that is loaded again comes back, and one that is closed is given up', async ({ newPeer }) => {
  const [one, two] = [await newPeer(), await newPeer()];
  await exchange(one);
  const id = await exchange(two);
  await one.getByTestId('exchange-start').click();
  await call(one, id);
  await becomes(two, 'open');
  await moves(two, 'exchange-remote');
  await two.reload();
  await becomes(two, 'open');
  await moves(two, 'exchange-remote');
  expect(await opened(two)).toBe(id);
  await two.close();
  await becomes(one, 'reconnecting');
  await expect(one.getByTestId('problem'))
    .toHaveAttribute('data-problem', 'peer-unreachable', { timeout: 60_000 });
});

test('nobody is there', async ({ newPeer }) => {
  const page = await newPeer();
  await page.goto('');
  await page.getByTestId('open-exchange').click();
  await opened(page);
  await call(page, 'nobody-has-this-id');
  await expect(page.getByTestId('problem'))
    .toHaveAttribute('data-problem', 'peer-not-found', { timeout: 60_000 });
});

test('an old page calls ours, and a second one is told that the line is busy', async ({ newPeer, baseURL }) => {
  const [ours, old, third] = [await newPeer(), await newPeer(), await newPeer()];
  const id = await exchange(ours, { name: 'Ada' });
  await oldExchange(old, baseURL, { name: 'Ona', version: '1.5.2' });
  await old.evaluate((id) => window.old.connect(id, window.oldPages.picture()), id);
  await becomes(ours, 'open');
  await moves(ours, 'exchange-remote');
  // It has been called without a picture of ours, and shows it all the same.
  await ours.getByTestId('exchange-start').click();
  await waitForPicture(old);
  await ask(old, 'say("hello <i>there</i>")');
  await expect.poll(() => texts(ours)).toEqual(['hello <i>there</i>']);
  await say(ours, '1 < 2 & <b>bold</b>');
  await expect.poll(() => old.evaluate(() => window.old.log.textContent)).toBe('Ada: 1 < 2 & <b>bold</b>');

  await oldExchange(third, baseURL, { name: 'Pia' });
  await third.evaluate((id) => window.old.connect(id, window.oldPages.picture()), id);
  await expect.poll(() => ask(third, 'texts')).toEqual([['', 'The line is busy']]);
  await expect.poll(() => ask(third, 'closed')).toBe(true);
  await moves(ours, 'exchange-remote');
  await old.close();
  await becomes(ours, 'ended');
});

test('ours calls an old page, whose person starts later', async ({ newPeer, baseURL }) => {
  const [ours, old] = [await newPeer(), await newPeer()];
  await exchange(ours);
  const id = await oldExchange(old, baseURL, { name: 'Ona' });
  await ours.getByTestId('exchange-start').click();
  await call(ours, id);
  await becomes(ours, 'open');
  await say(ours, 'hello');
  await expect.poll(() => ask(old, 'texts.length')).toBe(1);
  await old.evaluate(() => window.old.start(window.oldPages.picture()));
  await waitForPicture(old);
  await moves(ours, 'exchange-remote');
  await ask(old, 'say("hi")');
  await expect.poll(() => texts(ours)).toEqual(['hello', 'hi']);
  await ours.getByTestId('exchange-hang-up').click();
  await expect.poll(() => ask(old, 'closed')).toBe(true);
});
