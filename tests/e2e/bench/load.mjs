// From the navigation to what people see: first paint, and the app with its list of rooms.
import { percentile } from '../lib/clock.mjs';

const LOADS = 15;

export default async function load({ browser, url }) {
  const rows = [];
  for (const [page, cached] of [['', false], ['', true], ['P2PLiveHost.html?title=Bench', false]]) {
    const measured = [];
    let context = await browser.newContext({ baseURL: url });
    for (let number = 0; number < LOADS + 1; number += 1) {
      if (!cached) {
        await context.close();
        context = await browser.newContext({ baseURL: url });
      }
      const tab = await context.newPage();
      await tab.addInitScript(() => {
        new MutationObserver((_, observer) => {
          if (!document.querySelector('main h1')) return;
          observer.disconnect();
          // Ready is when it is painted, too.
          requestAnimationFrame(() => setTimeout(() => { window.ready = performance.now(); }));
        }).observe(document, { childList: true, subtree: true });
      });
      await tab.goto(page);
      await tab.waitForFunction(() => window.ready !== undefined);
      const times = await tab.evaluate(() => ({
        paint: performance.getEntriesByName('first-paint')[0]?.startTime ?? window.ready,
        ready: window.ready,
        bytes: performance.getEntriesByType('resource')
          .reduce((sum, entry) => sum + entry.transferSize, 0),
      }));
      await tab.close();
      // The first load of all starts the browser's own machinery, too.
      if (number > 0) measured.push(times);
    }
    await context.close();
    const at = (key, share) => Math.round(percentile(measured.map((times) => times[key]), share));
    rows.push({
      page: page === '' ? 'index' : 'host',
      cache: cached ? 'warm' : 'cold',
      'first paint ms': at('paint', 0.5),
      'p95 ms': at('paint', 0.95),
      'app ready ms': at('ready', 0.5),
      'ready p95 ms': at('ready', 0.95),
      'transferred kB': Math.round(at('bytes', 0.5) / 1_000),
    });
  }
  return { title: `${LOADS} loads each, from localhost`, rows };
}
