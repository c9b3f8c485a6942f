// Everyone: no violation that axe-core knows of, everything by keyboard, and room for fingers.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { audience, expect, host, opened, test } from './lib/fixtures.mjs';
import { looks, stageRooms, states } from './lib/states.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** All that the same page in other colours may break. */
const COLOURS = ['color-contrast'];

/** What axe-core finds wrong, as lines that name the rule and the elements. */
async function violations(page, rules) {
  // As an expression: the page's policy lets no script in.
  if (!await page.evaluate(() => 'axe' in window)) await page.evaluate(axe);
  return page.evaluate(async (runOnly) => {
    const found = await window.axe.run(document, { runOnly, resultTypes: ['violations'] });
    return found.violations.map(({ id, nodes }) =>
      `${id}: ${nodes.map((node) => `${node.html.slice(0, 120)} ${node.any[0]?.message ?? ''}`).join(' | ')}`);
  }, rules);
}

/** What is too small for a finger: less than 44 pixels in one direction. */
function small(page) {
  return page.evaluate(() => {
    const all = document.querySelectorAll('button, select, input, textarea, summary, a.button, a.brand');
    return [...all].filter((element) => {
      const target = element.closest('label.check, label.tile, label.chooser') ?? element;
      const { width, height } = target.getBoundingClientRect();
      const shown = element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
      return shown && width > 0 && !element.matches('.skip') && (width < 43.5 || height < 43.5);
    }).map((element) => element.outerHTML.slice(0, 120));
  });
}

/** Colours and places are at once what they are going to be. */
function still(page) {
  return page.evaluate(() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync('*, ::before, ::after { transition: none !important; animation: none !important; }');
    document.adoptedStyleSheets = [sheet];
  });
}

test.describe.configure({ mode: 'parallel' });

// In two parts, so that one failure does not hide all others.
for (const part of [0, 1]) {
  test(`no violations on any page, wide and narrow, light and dark: part ${part + 1}`, async ({ newPeer }) => {
    test.setTimeout(1_200_000);
    const network = `a11y-${part}-${Date.now()}`;
    const stage = { network, rooms: await stageRooms(() => newPeer(), network) };
    for (const [state, prepare] of states.filter((_, at) => at % 2 === part)) {
      const page = await newPeer({ reducedMotion: 'reduce' });
      await prepare(page, stage);
      await still(page);
      // To bring a page into a state takes longer than to look at it.
      for (const { name, colorScheme, viewport } of looks) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize(viewport);
        await page.waitForTimeout(250);
        const what = `${state}, ${name}`;
        const rules = colorScheme === 'light' ? TAGS : COLOURS;
        expect.soft(await violations(page, rules), what).toEqual([]);
        if (viewport.width < 400) expect.soft(await small(page), `${what}: targets`).toEqual([]);
        const overflow = await page.evaluate(() =>
          document.documentElement.scrollWidth - document.documentElement.clientWidth);
        expect.soft(overflow, `${what}: nothing sticks out sideways`).toBeLessThanOrEqual(0);
      }
      await page.context().close();
    }
  });
}

/** Presses Tab until the element with that handle has the focus. */
async function tabTo(page, handle) {
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(() => {
      const element = document.activeElement;
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      return { handle: element.dataset.testid, outline: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 };
    });
    if (focused.handle === handle) {
      expect(focused.outline, `${handle} shows that it has the focus`).toBe(true);
      return;
    }
  }
  throw new Error(`${handle} cannot be reached by keyboard`);
}

test('hosting and watching by keyboard alone', async ({ newPeer }) => {
  const hostPage = await newPeer();
  await hostPage.goto('');
  await tabTo(hostPage, 'create-room');
  await hostPage.keyboard.press('Enter');
  await tabTo(hostPage, 'room-title');
  await hostPage.keyboard.type('By keyboard');
  await tabTo(hostPage, 'room-private');
  await hostPage.keyboard.press('Space');
  await tabTo(hostPage, 'confirm-create');
  await hostPage.keyboard.press('Enter');
  const room = await opened(hostPage);
  await tabTo(hostPage, 'stream-source');
  await hostPage.keyboard.press('Enter');
  await tabTo(hostPage, 'source-pattern');
  await hostPage.keyboard.press('Enter');
  await expect(hostPage.getByTestId('stop-source')).toBeVisible();

  const viewer = await newPeer();
  await viewer.goto('');
  await tabTo(viewer, 'room-id-input');
  await viewer.keyboard.type(room);
  await viewer.keyboard.press('Enter');
  await expect(viewer.getByTestId('tree-info')).toHaveAttribute('data-parent', room);
  await tabTo(viewer, 'theatre');
  await viewer.keyboard.press('Enter');
  await expect(viewer.locator('.player')).toHaveAttribute('data-theatre', 'true');
  await tabTo(viewer, 'chat-input');
  await viewer.keyboard.type('hello');
  await viewer.keyboard.press('Enter');
  await expect(hostPage.getByTestId('chat-message')).toContainText('hello');
});

test('at 200 % zoom and on a phone on its side nothing is lost', async ({ newPeer }) => {
  const room = await host(await newPeer(), { title: 'Zoom' });
  for (const viewport of [{ width: 640, height: 360 }, { width: 844, height: 390 }]) {
    const page = await newPeer({ viewport });
    await audience(page, room);
    for (const handle of ['chat-input', 'share-link', 'reconnect', 'full-screen']) {
      await page.getByTestId(handle).scrollIntoViewIfNeeded();
      await expect(page.getByTestId(handle)).toBeInViewport();
    }
    expect(await page.evaluate(() =>
      document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(0);
  }
});
