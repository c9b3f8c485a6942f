// A room as people use it: a host, viewers in a chain and in a fan, picture and chat.
import { clip } from './lib/clip.mjs';
import {
  address, audience, chat, expect, host, opened, say, signalling, startSource, test, treeInfo,
  waitForMovingVideo,
} from './lib/fixtures.mjs';
import { record, recorded } from './lib/clock.mjs';
import { keepConnections } from './lib/connections.mjs';

/** Reads the test picture's clock from frames that the page shows; the time must be now. */
async function expectLiveClock(page) {
  await record(page);
  await expect(async () => {
    const times = (await recorded(page)).map((frame) => frame.time).filter((time) => time !== null);
    expect(times.length).toBeGreaterThan(5);
    expect(new Set(times).size, 'pictures that differ').toBeGreaterThan(3);
    expect(Math.abs(Date.now() - times.at(-1)), 'age of the last picture').toBeLessThan(5_000);
  }).toPass({ timeout: 60_000 });
}

/** Waits until a page shows exactly these texts, in any order between authors. */
async function expectChat(page, texts) {
  await expect(async () => {
    const said = (await chat(page)).map((message) => message.text);
    for (const text of texts) {
      expect(said.filter((line) => line.includes(text)), text).toHaveLength(1);
    }
    expect(said).toHaveLength(texts.length);
  }).toPass();
}

test('a camera reaches three viewers in a chain, and everyone chats', async ({ newPeer }) => {
  const hostPage = await newPeer();
  const room = await host(hostPage, { title: 'Main job', maxChildren: 1, source: 'camera' });
  const viewers = [];
  for (let depth = 1; depth <= 3; depth += 1) {
    const page = await newPeer();
    const id = await audience(page, room, { name: `Viewer ${depth}`, maxChildren: 1 });
    await expect(page.getByTestId('tree-info')).toHaveAttribute('data-depth', String(depth));
    viewers.push({ page, id });
  }
  expect((await treeInfo(viewers[2].page)).parent).toBe(viewers[1].id);
  expect((await treeInfo(viewers[0].page)).children).toEqual([viewers[1].id]);
  expect((await treeInfo(hostPage)).children).toEqual([viewers[0].id]);
  for (const { page } of viewers) await waitForMovingVideo(page);

  const pages = [hostPage, ...viewers.map((viewer) => viewer.page)];
  for (const [index, page] of pages.entries()) await say(page, `first of ${index}`);
  for (const [index, page] of pages.entries()) await say(page, `second of ${index}`);
  const texts = pages.flatMap((_, index) => [`first of ${index}`, `second of ${index}`]);
  for (const page of pages) {
    await expectChat(page, texts);
    const order = (await chat(page)).map((message) => message.text);
    for (const [index] of pages.entries()) {
      const place = (text) => order.findIndex((line) => line.includes(text));
      expect(place(`first of ${index}`)).toBeLessThan(place(`second of ${index}`));
    }
    await expect(page.getByTestId('member-count')).toHaveText('4');
  }
  const [message] = await chat(viewers[2].page);
  expect(message.id).toBe(`${message.author}:1`);
});

test('the test picture is right at the end of a chain of four', async ({ newPeer }) => {
  const hostPage = await newPeer();
  const room = await host(hostPage, { title: 'Chain', maxChildren: 1, source: 'pattern' });
  let last;
  for (let depth = 1; depth <= 4; depth += 1) {
    last = await newPeer();
    // Any peer of the room is a way in; a chain forms either way.
    await audience(last, room, { maxChildren: 1 });
  }
  await expect(last.getByTestId('tree-info')).toHaveAttribute('data-depth', '4');
  await expect(last.getByTestId('tree-info')).toHaveAttribute('data-carrier', 'rtp');
  await expectLiveClock(last);
});

/** How many of a page's connections have brought pictures for a while, the closed ones included. A
 * standby is asked for some once, to see whether it has any. */
function watched(page) {
  return page.evaluate(async (few) => {
    let count = 0;
    for (const connection of window.connections) {
      const stats = [...(await connection.getStats()).values()];
      if (stats.some((entry) => entry.type === 'inbound-rtp' && entry.framesDecoded > few)) count += 1;
    }
    return count;
  }, 20);
}

test('a fan of four that came early sees the source when it starts, changes and stops', async ({ newPeer, browser }) => {
  const hostPage = await newPeer();
  const room = await host(hostPage, { title: 'Fan' });
  const viewers = [];
  for (let count = 0; count < 4; count += 1) {
    const page = await newPeer();
    await page.addInitScript(keepConnections);
    await audience(page, room);
    expect((await treeInfo(page)).depth).toBe(1);
    viewers.push(page);
  }
  await startSource(hostPage, 'pattern');
  for (const page of viewers) await expectLiveClock(page);
  await hostPage.getByTestId('stream-source').click();
  await hostPage.getByTestId('source-file').setInputFiles(await clip(browser));
  for (const page of viewers) {
    // The file carries no clock.
    await record(page);
    await expect.poll(async () => (await recorded(page)).slice(-3).map((frame) => frame.time), { timeout: 20_000 })
      .toEqual([null, null, null]);
  }
  await hostPage.getByTestId('stream-source').click();
  await hostPage.getByTestId('stop-source').click();
  for (const page of viewers) {
    await record(page);
    await page.waitForTimeout(1_000);
    expect((await recorded(page)).length, 'frames after the stop').toBeLessThan(8);
  }
  await startSource(hostPage, 'pattern');
  for (const page of viewers) await waitForMovingVideo(page);
  await hostPage.waitForTimeout(3_000);
  for (const page of viewers) {
    expect(await watched(page), 'one connection brings the picture all along').toBe(1);
  }
});

test('a screen is a source', async ({ newPeer }) => {
  const hostPage = await newPeer();
  const room = await host(hostPage, { title: 'Screen', source: 'screen' });
  const viewer = await newPeer();
  await audience(viewer, room);
  await waitForMovingVideo(viewer);
});

test('a media file is a source', async ({ newPeer, browser }) => {
  const hostPage = await newPeer();
  const room = await host(hostPage, { title: 'File' });
  const viewer = await newPeer();
  await audience(viewer, room);
  await hostPage.getByTestId('stream-source').click();
  await hostPage.getByTestId('source-file')
    .setInputFiles(await clip(browser));
  await waitForMovingVideo(viewer);
  // It is played again from the start when it ends.
  await viewer.waitForTimeout(3_000);
  await waitForMovingVideo(viewer);
});

test('a killed relay leaves nobody behind', signalling, async ({ newPeer }) => {
  const hostPage = await newPeer();
  const room = await host(hostPage, { title: 'Repair', maxChildren: 1, source: 'pattern' });
  const pages = [];
  const ids = [];
  for (let depth = 1; depth <= 3; depth += 1) {
    const page = await newPeer();
    ids.push(await audience(page, room, { maxChildren: 1 }));
    pages.push(page);
  }
  await expectLiveClock(pages[2]);
  const session = await pages[0].context().newCDPSession(pages[0]);
  session.send('Page.crash').catch(() => {});
  await expect(pages[1].getByTestId('tree-info')).toHaveAttribute('data-parent', room, { timeout: 60_000 });
  expect((await treeInfo(pages[2])).parent, 'the subtree comes along').toBe(ids[1]);
  await expectLiveClock(pages[2]);
  await say(pages[2], 'still here');
  await expectChat(hostPage, ['still here']);
  await expect(hostPage.getByTestId('member-count')).toHaveText('3');
});

test('a viewer that closes its page hands its child over', async ({ newPeer }) => {
  const hostPage = await newPeer();
  const room = await host(hostPage, { title: 'Leave', maxChildren: 1, source: 'pattern' });
  const relay = await newPeer();
  await audience(relay, room, { maxChildren: 1 });
  const leaf = await newPeer();
  await audience(leaf, room, { maxChildren: 1 });
  await expect(leaf.getByTestId('tree-info')).toHaveAttribute('data-depth', '2');
  await relay.close({ runBeforeUnload: true });
  await expect(leaf.getByTestId('tree-info')).toHaveAttribute('data-parent', room);
  await expectLiveClock(leaf);
});

test('refresh and reconnect keep the picture and leave one connection', async ({ newPeer }) => {
  const hostPage = await newPeer();
  const room = await host(hostPage, { title: 'Refresh', source: 'pattern' });
  const viewer = await newPeer();
  await viewer.addInitScript(keepConnections);
  await audience(viewer, room);
  for (let press = 0; press < 20; press += 1) {
    await viewer.getByTestId(press % 5 === 4 ? 'reconnect' : 'refresh-media').click();
  }
  await expectLiveClock(viewer);
  await expect.poll(() => viewer.evaluate(() =>
    window.connections.filter((link) => link.connectionState !== 'closed').length)).toBe(1);
  await expect.poll(async () => (await treeInfo(hostPage)).children.length).toBe(1);
});

test('sound arrives: muted first where the browser insists', async ({ newPeer }) => {
  const hostPage = await newPeer();
  const room = await host(hostPage, { title: 'Tone', source: 'pattern' });
  const viewer = await newPeer();
  await audience(viewer, room);
  await waitForMovingVideo(viewer);
  const loudness = () => viewer.getByTestId('player').evaluate(async (player) => {
    window.meter ??= (() => {
      const audio = new AudioContext();
      const analyser = audio.createAnalyser();
      audio.createMediaStreamSource(player.srcObject).connect(analyser);
      return analyser;
    })();
    const samples = new Float32Array(window.meter.fftSize);
    window.meter.getFloatTimeDomainData(samples);
    return Math.max(...samples.map(Math.abs));
  });
  await expect.poll(loudness).toBeGreaterThan(0.01);
});

test('a stream without sound costs nobody any, and sound that comes later is heard', async ({ newPeer, browser }) => {
  const hostPage = await newPeer();
  const room = await host(hostPage, { title: 'Silent film', maxChildren: 1 });
  await hostPage.getByTestId('stream-source').click();
  await hostPage.getByTestId('source-file').setInputFiles(await clip(browser));
  const viewers = [];
  for (let depth = 1; depth <= 2; depth += 1) {
    const page = await newPeer();
    await page.addInitScript(keepConnections);
    await audience(page, room, { maxChildren: 1 });
    await waitForMovingVideo(page);
    viewers.push(page);
  }
  const tracks = (page) => page.getByTestId('player')
    .evaluate((player) => player.srcObject.getTracks().map((track) => track.kind).sort().join());
  const packets = (page) => page.evaluate(async () => {
    const reports = await Promise.all(window.connections.map((link) => link.getStats()));
    const sounds = reports.flatMap((report) => [...report.values()])
      .filter((entry) => entry.kind === 'audio' && /^(in|out)bound-rtp$/.test(entry.type));
    return sounds.reduce((sum, entry) => sum + (entry.packetsReceived ?? entry.packetsSent), 0);
  });
  for (const page of viewers) {
    expect(await tracks(page)).toBe('video');
    expect(await packets(page)).toBe(0);
  }
  await startSource(hostPage, 'pattern');
  for (const page of viewers) {
    await expect.poll(() => tracks(page)).toBe('audio,video');
    await expect.poll(() => packets(page)).toBeGreaterThan(50);
    await waitForMovingVideo(page);
  }
});

test('names and room texts travel', signalling, async ({ newPeer }) => {
  const hostPage = await newPeer();
  const title = 'Tom & "Jerry" <b>#1</b> 100 %';
  const room = await host(hostPage, { title, summary: 'line one' });
  const viewer = await newPeer();
  await viewer.goto(address('P2PLiveAudience.html', { id: room, name: 'Ann <i>' }));
  await opened(viewer);
  await expect(viewer.getByTestId('room-heading')).toHaveText(title);
  await say(viewer, 'see https://example.org/?a=1&b=2 <script>');
  await expect(hostPage.getByTestId('chat-message')).toContainText('Ann <i>');
  const link = hostPage.getByTestId('chat-message').getByRole('link');
  await expect(link).toHaveAttribute('href', 'https://example.org/?a=1&b=2');
  await expect(link).toHaveAttribute('rel', /noopener/);
  const share = hostPage.getByTestId('share-link');
  const url = (await share.inputValue().catch(() => null)) ?? (await share.textContent());
  expect(new URL(url).searchParams.get('id')).toBe(room);
  const other = await newPeer();
  await other.goto(url);
  await expect(other.getByTestId('tree-info')).toHaveAttribute('data-parent', room);
});
