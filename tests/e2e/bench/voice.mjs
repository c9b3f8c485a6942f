// The voice channel: how long a click takes from one person's microphone to another's ear.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { audience, expect, host } from '../lib/fixtures.mjs';
import { withBrowser } from '../lib/chromium.mjs';
import { percentile } from '../lib/clock.mjs';

const RATE = 48_000;
/** No voice takes as long as until the next click. */
const PERIOD_SECONDS = 0.9;
const CLICKS = 40;
const BAR = 150;

export default async function voice({ url }) {
  const folder = await mkdtemp(path.join(tmpdir(), 'p2p-live-voice-'));
  const file = path.join(folder, 'clicks.wav');
  await writeFile(file, clickTrack());
  const microphone = `--use-file-for-fake-audio-capture=${file}`;
  try {
    return await withBrowser((args) => [...args, microphone], (browser) => measure(browser, url));
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function measure(browser, url) {
  const newPage = async () => {
    const context = await browser.newContext({ baseURL: url });
    const page = await context.newPage();
    await page.addInitScript(keepMicrophone);
    return page;
  };
  const [speaker, listener] = [await newPage(), await newPage()];
  const room = await host(speaker, { title: 'Voice' });
  await audience(listener, room);
  for (const page of [speaker, listener]) await page.getByTestId('voice-join').click();
  const row = listener.locator(`[data-testid="voice-member"][data-peer="${room}"]`);
  await expect(row).toHaveAttribute('data-speaking', 'true', { timeout: 30_000 });
  await sleep(5_000);

  await speaker.evaluate(noteClicks, 'own');
  await listener.evaluate(noteClicks, room);
  await sleep(CLICKS * PERIOD_SECONDS * 1_000);
  const [spoken, heard] = [await speaker.evaluate(() => window.clicks), await listener.evaluate(() => window.clicks)];
  const delays = spoken
    .map((at) => heard.find((then) => then > at && then < at + PERIOD_SECONDS * 1_000) - at)
    .filter((delay) => !Number.isNaN(delay));
  if (delays.length < CLICKS / 2) throw new Error(`only ${delays.length} of ${spoken.length} clicks were heard`);
  const p50 = Math.round(percentile(delays, 0.5));
  return {
    title: 'a click from the microphone of one page to the ear at another, without sound hardware',
    rows: [{
      clicks: delays.length,
      'p50 ms': p50,
      'p95 ms': Math.round(percentile(delays, 0.95)),
      'bar ms': BAR,
      met: p50 <= BAR ? 'yes' : 'no',
    }],
  };
}

/** Runs before a page's scripts: keeps the microphone that they open, as it is without processing. */
function keepMicrophone() {
  const devices = navigator.mediaDevices;
  const open = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (wanted) => {
    const stream = await open(wanted);
    window.microphone = stream.getAudioTracks()[0];
    return stream;
  };
}

/** Runs in a page: notes in `window.clicks` when each click begins in the sound of that person. */
async function noteClicks(peer) {
  const audio = document.querySelector(`[data-testid="voice-member"][data-peer="${peer}"] audio`);
  const track = peer === 'own' ? window.microphone : audio.srcObject.getAudioTracks()[0];
  window.clicks = [];
  const reader = new MediaStreamTrackProcessor({ track }).readable.getReader();
  let quietSince = 0;
  const read = async () => {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const arrived = performance.timeOrigin + performance.now();
      const samples = new Float32Array(value.numberOfFrames);
      value.copyTo(samples, { planeIndex: 0, format: 'f32-planar' });
      const first = samples.findIndex((sample) => Math.abs(sample) > 0.05);
      if (first >= 0) {
        // The piece is complete when its last sample is there.
        const at = arrived - ((samples.length - first) / value.sampleRate) * 1_000;
        if (at - quietSince > 300) window.clicks.push(at);
        quietSince = at;
      }
      value.close();
    }
  };
  read();
}

/** A WAV file with a click, ten milliseconds of a tone, at the end of silence. */
function clickTrack() {
  const length = Math.round(RATE * PERIOD_SECONDS);
  const data = Buffer.alloc(length * 2);
  for (let at = 0; at < RATE / 100; at += 1) {
    const sample = Math.sin((2 * Math.PI * 1_000 * at) / RATE) * 0.8;
    data.writeInt16LE(Math.round(sample * 32_767), (length - RATE / 100 + at) * 2);
  }
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + data.length, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(RATE, 24);
  header.writeUInt32LE(RATE * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(data.length, 40);
  return Buffer.concat([header, data]);
}
