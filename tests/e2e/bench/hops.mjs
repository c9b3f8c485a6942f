// A chain of four hops: what is left of the picture at each of them.
import { setTimeout as sleep } from 'node:timers/promises';
import { audience, host, treeInfo, waitForMovingVideo } from '../lib/fixtures.mjs';
import { lumaOf, percentile, psnr, record, recorded, stopRecording } from '../lib/clock.mjs';

const HOPS = 4;
const SETTLE = 8_000;
const MEASURE = 15_000;
const COMPARED = 12;

export default async function hops({ browser, url }) {
  const pages = [];
  const newPage = async () => {
    const context = await browser.newContext({ baseURL: url });
    const page = await context.newPage();
    pages.push(page);
    return page;
  };
  const room = await host(await newPage(), { title: 'Hops', maxChildren: 1, source: 'pattern' });
  for (let hop = 1; hop <= HOPS; hop += 1) {
    const page = await newPage();
    await audience(page, room, { maxChildren: 1 });
    await waitForMovingVideo(page);
  }
  await sleep(SETTLE);
  for (const page of pages) await record(page);
  await sleep(MEASURE);
  const all = [];
  for (const page of pages) all.push(await recorded(page));
  const kept = [];
  for (const page of pages) kept.push(await stopRecording(page));

  const rows = [];
  for (const [hop, page] of pages.entries()) {
    const frames = all[hop];
    const read = frames.filter((frame) => frame.time !== null);
    const latency = read.map((frame) => frame.shown - frame.time);
    const shared = kept[hop].times.filter((time) => kept[0].times.includes(time)).slice(-COMPARED);
    const quality = [];
    for (const time of shared) {
      quality.push(psnr(await lumaOf(pages[0], time), await lumaOf(page, time)));
    }
    const seconds = (frames.at(-1).shown - frames[0].shown) / 1_000;
    rows.push({
      hop,
      depth: (await treeInfo(page)).depth,
      'latency p50 ms': Math.round(percentile(latency, 0.5)),
      'latency p95 ms': Math.round(percentile(latency, 0.95)),
      'frames per s': Number((frames.length / seconds).toFixed(1)),
      'clock read %': Math.round((100 * read.length) / frames.length),
      'width px': frames.at(-1).width,
      'PSNR dB': hop === 0 || quality.length === 0 ? '' : Number(percentile(quality, 0.5).toFixed(1)),
    });
  }
  await Promise.all(pages.map((page) => page.context().close()));
  return { title: `the test picture along ${HOPS} hops, ${MEASURE / 1_000} s`, rows };
}
