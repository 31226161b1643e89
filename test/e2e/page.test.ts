/**
 * The live page in Chromium, beside SIPp → Kamailio → callfate: calls appear as they end, are searched, opened and
 * read by keyboard alone, in light and dark, on a desk and on a phone. Pictures are left in .cache/page.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InnerBrowser } from './rig/browser.ts';
import { kamailioIn } from './rig/kamailio.ts';
import { CONFIGURATION, ROOT } from './rig/namespace.ts';
import { poll } from './rig/poll.ts';
import { placeCalls } from './rig/sipp.ts';
import { callfateWith, Stack } from './rig/stack.ts';
import { canRun, showLogsOnFailure } from './rig/suite.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';

const PROXY = '127.0.0.1:5060';
const HOME = 'http://127.0.0.1:9606/';
const PICTURES = join(ROOT, '.cache/page');
/** HTML, style and scripts together, as sent before any compression. */
const WEIGHT_MAX = 100_000;
const HOSTILE = '<script>alert(1)</script>';
const TOKEN = 'e2e-page-token';
/** Calls that the page asks for at a time. */
const PAGE_CALLS = 50;
const WAIT_MS = 15_000;
/** WCAG 2.2, 1.4.3. */
const CONTRAST_MIN = 4.5;

// What runs in the page is text: the types of a browser are none of the rest of the tests.

const FOCUSED = `(() => {
  const one = document.activeElement;
  const { outlineStyle, outlineWidth } = getComputedStyle(one);
  const isSeen = outlineStyle !== 'none' && outlineWidth !== '0px';
  return { text: one.textContent.trim(), id: one.id, isSeen };
})()`;

const LOADED = `[
  ...performance.getEntriesByType('navigation'),
  ...performance.getEntriesByType('resource'),
].map((entry) => ({ url: entry.name, bytes: entry.decodedBodySize }))`;

/** How far the page is wider than the window. */
const OVERFLOW = `document.documentElement.scrollWidth - document.documentElement.clientWidth`;

/** Texts whose contrast to what is behind them is below `least`. */
const POOR_CONTRAST = `(least) => {
  const channels = (color) => (color.match(/[\\d.]+/g) ?? []).map(Number);
  const luminance = (color) => {
    const [r, g, b] = channels(color).map((c) =>
      c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let one = element; one !== null; one = one.parentElement) {
      const color = getComputedStyle(one).backgroundColor;
      if ((channels(color)[3] ?? 1) > 0.99) return color;
    }
    return 'rgb(255, 255, 255)';
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const poor = new Set();
  let looked = 0;
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const text = walker.currentNode.textContent.trim();
    if (text === '' || element.closest('.unseen, dialog, noscript, option') !== null) continue;
    if (element.getClientRects().length === 0) continue;
    looked++;
    const [a, b] = [luminance(getComputedStyle(element).color), luminance(behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (!(ratio >= least)) poor.add(element.tagName + '.' + element.className + ' ' + ratio.toFixed(2) + ' ' + text);
  }
  return looked < 10 ? ['nothing to look at'] : [...poor];
}`;

const COUNT_KEPT = `async (q) => {
  const answer = await fetch('/v1/calls?limit=100&q=' + q);
  return (await answer.json()).calls.length;
}`;

const scenario = (name: string): Scenario => {
  const found = SCENARIOS.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no scenario ${name}`);
  return found;
};

describe.runIf(canRun('the live page', ['chromium']))('the live page', () => {
  let stack: Stack;
  let browser: InnerBrowser;

  beforeAll(async () => {
    mkdirSync(PICTURES, { recursive: true });
    stack = await Stack.open('page', {
      callfate: 'callfate.yml',
      pbx: (directory) => kamailioIn(directory, { hep: true }),
    });
    browser = await InnerBrowser.open(stack.namespace);
    await browser.page.goto(HOME);
  });
  afterAll(async () => {
    await browser?.close();
    await stack?.close();
  });

  const place = (name: string, count: number, more: { name?: string; callId?: string } = {}) =>
    placeCalls(stack.namespace, { ...scenario(name), target: PROXY, count, ...more });
  const status = () => browser.page.locator('#status');
  const row = (text: string) => browser.page.locator('tbody tr', { hasText: text });
  const shown = (locator: ReturnType<typeof row>) =>
    locator.first().waitFor({ state: 'visible', timeout: WAIT_MS });
  /** Waits until so many calls are found by this. */
  const keeps = (q: string, count: number) =>
    expect
      .poll(() => browser.page.evaluate(`(${COUNT_KEPT})('${q}')`), { timeout: WAIT_MS })
      .toBe(count);
  const picture = async (name: string) => {
    await browser.page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
  };
  const heading = async (text: string) => {
    await browser.page
      .locator('h1', { hasText: text })
      .waitFor({ state: 'visible', timeout: WAIT_MS });
  };

  test('shows calls as they end, and what they sum up to', async (context) => {
    showLogsOnFailure(context, stack, 'page');
    const { page } = browser;
    await expect.poll(() => status().textContent(), { timeout: WAIT_MS }).toBe('live');
    expect(await page.locator('tbody tr').count()).toBe(0);
    await place('refused-503', 2);
    await place('bye-q850-38', 2);
    await shown(row('bye-q850-38-2'));
    expect(await row('refused-503').count()).toBe(2);
    const reasons = page.getByRole('region', { name: 'Faults by reason' });
    await shown(reasons.locator('tr', { hasText: 'no circuit available' }));
    const peers = page.getByRole('region', { name: 'Calls and faults by peer' });
    await shown(peers.locator('tr', { hasText: 'carrier-a' }));
    await picture('now-light');
  });

  test('stands still while it is paused', async () => {
    const { page } = browser;
    await page.getByRole('button', { name: 'Pause' }).click();
    await place('refused-486', 1);
    const go = page.getByRole('button', { name: 'Go on (1 new)' });
    await go.waitFor({ timeout: WAIT_MS });
    expect(await row('refused-486-1').count()).toBe(0);
    await go.click();
    await shown(row('refused-486-1'));
  });

  test('looks again for the same words, and explains the same code again', async () => {
    const { page } = browser;
    await page.getByRole('searchbox').fill('refused-480');
    await page.keyboard.press('Enter');
    await shown(page.locator('#results', { hasText: 'None of the' }));
    await place('refused-480', 1);
    await keeps('refused-480', 1);
    await page.getByRole('button', { name: 'Find' }).click();
    await shown(row('refused-480-1'));
    await page.goto(`${HOME}#/explain?q=486`);
    await shown(page.locator('.match'));
    const answer = page.waitForResponse(/v1\/explain\?q=486$/, { timeout: WAIT_MS });
    await page.getByRole('button', { name: 'Explain' }).click();
    expect((await answer).ok()).toBe(true);
  });

  test('finds a call and says how it ended, why, and which message decided', async () => {
    const { page } = browser;
    await page.getByRole('searchbox').fill('refused-503-1');
    await page.getByRole('button', { name: 'Find' }).click();
    await shown(row('refused-503-1'));
    expect(await page.locator('tbody tr').count()).toBe(1);
    await page.locator('tbody a').first().click();
    await heading('failed: no circuit available');
    expect(page.url()).toMatch(/#\/call\/[0-9a-f]{16}$/);
    const main = page.locator('main');
    for (const words of ['the carrier', 'The trunk is full', 'NORMAL_CIRCUIT_CONGESTION']) {
      await shown(main.locator('dd, td', { hasText: words }));
    }
    const decided = page.locator('.ladder li.decided');
    expect(await decided.count()).toBe(1);
    expect(await decided.textContent()).toContain('503 Service Unavailable');
    expect(await decided.textContent()).toContain('Decided: q850 34');
    expect(await page.locator('.ladder li').count()).toBeGreaterThan(6);
    await picture('call-light');
  });

  test('by its own address, for a dashboard that links to it', async () => {
    const { page } = browser;
    const address = page.url();
    await page.goto('about:blank');
    await page.goto(address);
    await heading('failed: no circuit available');
    await page.goto(`${HOME}#/call/0000000000000000`);
    await shown(page.locator('.error', { hasText: 'no call that is kept has this id' }));
  });

  test('is walked by keyboard alone', async () => {
    const { page } = browser;
    await page.goto('about:blank');
    await page.goto(HOME);
    await heading('Calls now');
    const focused = () => page.evaluate<{ text: string; id: string; isSeen: boolean }>(FOCUSED);
    const tabTo = (isIt: (one: Awaited<ReturnType<typeof focused>>) => boolean) =>
      poll(
        async () => {
          await page.keyboard.press('Tab');
          const one = await focused();
          expect(one).toMatchObject({ isSeen: true });
          return isIt(one) ? one : undefined;
        },
        WAIT_MS,
        () => 'Tab never came there',
      );
    await page.keyboard.press('Tab');
    expect((await focused()).text).toBe('Skip to the content');
    await tabTo(({ id }) => id === 'search-box');
    await page.keyboard.type('user_busy');
    await page.keyboard.press('Enter');
    await shown(row('refused-486-1'));
    expect(await page.evaluate('document.activeElement.tagName')).toBe('H1');
    await tabTo(({ text }) => /^\d\d:\d\d:\d\d/.test(text));
    await page.keyboard.press('Enter');
    await heading('busy: user busy');
    expect(await page.title()).toBe('busy: user busy - callfate');
  });

  test('explains a code', async () => {
    const { page } = browser;
    await page.getByRole('link', { name: 'Explain' }).click();
    await page.getByLabel('Code').fill('480 q850:34');
    await page.keyboard.press('Enter');
    await shown(page.locator('.match dd', { hasText: 'The trunk is full' }));
    await page.getByLabel('Code').fill('no-such-code');
    await page.keyboard.press('Enter');
    await shown(page.locator('.error', { hasText: 'is not known' }));
  });

  test('shows hostile text as text', async () => {
    const { page } = browser;
    await page.goto(`${HOME}#/`);
    await place('refused-404', 1, { name: 'hostile', callId: HOSTILE });
    await shown(row(`${HOSTILE}-1`));
    await page.getByRole('searchbox').fill(HOSTILE);
    await page.keyboard.press('Enter');
    await page.locator('tbody a').first().click();
    await heading('invalid number');
    await shown(page.locator('dd', { hasText: `${HOSTILE}-1` }));
    expect(await page.locator('main script').count()).toBe(0);
  });

  test('can be read in light and dark, on a desk and on a phone', async () => {
    const { page } = browser;
    for (const [scheme, width] of [
      ['light', 1280],
      ['dark', 1280],
      ['light', 360],
      ['dark', 360],
    ] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      await page.setViewportSize({ width, height: 800 });
      for (const [name, hash] of [
        ['now', '#/'],
        ['search', '#/search'],
        ['health', '#/health'],
        ['explain', '#/explain?q=503'],
      ] as const) {
        await page.goto(`${HOME}${hash}`);
        await page.locator('main td, main dd').first().waitFor({ timeout: WAIT_MS });
        expect(await page.evaluate(OVERFLOW), name).toBe(0);
        expect(
          await page.evaluate(`(${POOR_CONTRAST})(${CONTRAST_MIN})`),
          `${name} ${scheme}`,
        ).toEqual([]);
        await picture(`${name}-${scheme}-${width}`);
      }
    }
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  test('is light, and asks nobody else', async () => {
    const { page } = browser;
    await page.goto('about:blank');
    await page.goto(HOME);
    await shown(row('refused-486-1'));
    const loaded = await page.evaluate<{ url: string; bytes: number }[]>(LOADED);
    const own = loaded.filter(({ url }) => !url.includes('/v1/'));
    expect(own.length).toBeGreaterThan(5);
    expect(own.filter(({ url }) => !url.startsWith(HOME))).toEqual([]);
    expect(own.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(WEIGHT_MAX);
  });

  test('asks for the token and keeps it for the tab', async () => {
    const { page } = browser;
    const { directory } = stack.namespace;
    const file = join(directory, 'token.yml');
    const url = 'http://127.0.0.1:9607/';
    const off = 'websocket: {enabled: false}\nhep: {udp: {enabled: false}}\n';
    writeFileSync(file, `http: {port: 9607, token: ${TOKEN}}\n${off}`);
    const spec = callfateWith(file, 'callfate-token');
    await stack.namespace.start({ ...spec, ready: [{ kind: 'http', url: `${url}readyz` }] });
    await page.goto(url);
    const box = page.locator('#token-box');
    await box.waitFor({ state: 'visible', timeout: WAIT_MS });
    await page.keyboard.press('Escape');
    await box.fill('not-the-token');
    await page.keyboard.press('Enter');
    const error = (words: string) =>
      page.locator('#token-error', { hasText: words }).waitFor({ timeout: WAIT_MS });
    await error('not the token');
    await box.fill('секрет');
    await page.keyboard.press('Enter');
    await error('visible ASCII');
    await box.fill(TOKEN);
    await page.keyboard.press('Enter');
    await expect.poll(() => status().textContent(), { timeout: WAIT_MS }).toBe('live');
    await page.reload();
    await expect.poll(() => status().textContent(), { timeout: WAIT_MS }).toBe('live');
    expect(await page.locator('dialog[open]').count()).toBe(0);
  });

  test('says when callfate is gone, and goes on when it is back', async () => {
    const { page } = browser;
    const { namespace } = stack;
    await page.goto(HOME);
    await expect.poll(() => status().textContent(), { timeout: WAIT_MS }).toBe('live');
    expect(await page.locator('#banner').isVisible()).toBe(false);
    await namespace.stop('callfate');
    const banner = page.locator('#banner', { hasText: 'callfate may be blind' });
    await banner.waitFor({ state: 'visible', timeout: WAIT_MS });
    await picture('blind');
    await namespace.start(callfateWith('callfate.yml', 'callfate-again'));
    await expect.poll(() => status().textContent(), { timeout: WAIT_MS }).toBe('live');
    await page.locator('#banner').waitFor({ state: 'hidden', timeout: WAIT_MS });
    await place('refused-480', 1, { name: 'after' });
    await shown(row('after-1'));
  });

  test('keeps what was found when the rest is not kept any more', async () => {
    const { page } = browser;
    const { namespace } = stack;
    await namespace.stop('callfate-again');
    const file = join(namespace.directory, 'few.yml');
    const text = readFileSync(join(CONFIGURATION, 'callfate.yml'), 'utf8');
    writeFileSync(file, `${text}recent: {maxCalls: ${PAGE_CALLS + 2}}\n`);
    await namespace.start(callfateWith(file, 'callfate-few'));
    await place('refused-486', PAGE_CALLS + 2, { name: 'many' });
    await keeps('many-', PAGE_CALLS + 2);
    await page.goto(`${HOME}#/search?q=many-`);
    const more = page.locator('#more');
    await more.waitFor({ timeout: WAIT_MS });
    // Once, although it is asked twice.
    await more.dblclick();
    await expect.poll(() => row('many-').count(), { timeout: WAIT_MS }).toBe(PAGE_CALLS + 2);
    await more.waitFor({ state: 'detached', timeout: WAIT_MS });
    expect(await row('many-').count()).toBe(PAGE_CALLS + 2);
    await page.reload();
    await more.waitFor({ timeout: WAIT_MS });
    await place('refused-480', 2, { name: 'newer' });
    await keeps('newer-', 2);
    await more.click();
    await shown(page.locator('#results', { hasText: 'The rest is not kept any more.' }));
    expect(await row('many-').count()).toBe(PAGE_CALLS);
    expect(await more.count()).toBe(0);
  });

  test('broke none of its own rules', () => {
    expect(browser.faults).toEqual([]);
  });
});
