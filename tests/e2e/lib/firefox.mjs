// Firefox, which Playwright drives only in a build of its own: Puppeteer drives the system's.
import { once } from 'node:events';
import puppeteer from 'puppeteer-core';

const executablePath = process.env.FIREFOX || '/usr/bin/firefox-esr';

const extraPrefsFirefox = {
  // A synthetic camera, microphone and screen, and nobody to ask.
  'media.navigator.streams.fake': true,
  'media.navigator.permission.disabled': true,
  'media.autoplay.default': 0,
  'media.autoplay.blocking_policy': 0,
  // Local addresses by number, and the loopback among them: a container has nothing else.
  'media.peerconnection.ice.loopback': true,
  'media.peerconnection.ice.obfuscate_host_addresses': false,
  'intl.accept_languages': 'en-GB',
};

/**
 * Starts a Firefox with one empty page, whose addresses are relative to `url`.
 * @returns {Promise<{page: import('puppeteer-core').Page, errors: string[], close: Function, kill: Function}>}
 *   `errors` are those that nothing on the page caught; `kill` ends it without a good-bye
 */
export async function launchFirefox(url) {
  const browser = await puppeteer.launch({
    browser: 'firefox', executablePath, extraPrefsFirefox, headless: true,
    // No screen, wherever this runs.
    env: { ...process.env, DISPLAY: '', WAYLAND_DISPLAY: '' },
    defaultViewport: { width: 1280, height: 720 },
  });
  const [page] = await browser.pages();
  const go = page.goto.bind(page);
  page.goto = (path, options) => go(new URL(path, url).href, options);
  page.setDefaultTimeout(60_000);
  const errors = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  const child = browser.process();
  const gone = once(child, 'exit');
  return {
    page,
    errors,
    close: () => browser.close(),
    kill: async () => {
      child.kill('SIGKILL');
      await gone;
    },
  };
}
