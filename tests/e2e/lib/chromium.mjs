// How the system's Chromium is started: without a screen, with a synthetic camera, microphone and
// screen, and with every page rendering at full speed however many there are.
import { chromium } from '@playwright/test';

export const executablePath = process.env.CHROMIUM || '/usr/bin/chromium';

export const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // The fake UI grants screens, too: a 1280x720 picture that moves.
  // Few pictures per second: every hop of every test encodes them again on the same machine.
  '--use-fake-device-for-media-stream=fps=10',
  '--use-fake-ui-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
  // Local addresses by number: nothing answers multicast DNS in a container.
  '--disable-features=WebRtcHideLocalIpsWithMdns',
  '--disable-background-timer-throttling',
  '--disable-renderer-backgrounding',
  '--disable-backgrounding-occluded-windows',
];

/** A browser of its own, with other switches, for one test; returns what `run` does. */
export async function withBrowser(changed, run) {
  const browser = await chromium.launch({ executablePath, args: changed(args) });
  try {
    return await run(browser);
  } finally {
    await browser.close();
  }
}
