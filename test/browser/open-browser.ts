/** A real Chromium with a profile of its own, and the pages that a person has open in it. */
import { chromium } from 'playwright-core';
import type { BrowserContext, Page } from 'playwright-core';
import { describe } from '@jest/globals';
import { aFolder, hasChromium, removeFolder } from '../builders/running-bot.ts';

const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface OpenPage {
  readonly page: Page;
  /** Programs that failed on this page. */
  readonly errors: readonly string[];
}

export interface OpenBrowser {
  /** A tab in which the person is signed in. */
  open(address: string, person?: string): Promise<OpenPage>;
  /** Every request that left for another host than the console's. */
  readonly foreign: readonly string[];
  close(): Promise<void>;
}

/** Like `describe`, on machines with Chromium; elsewhere one line says what is missing. */
export function describeInBrowser(name: string, tests: () => void): void {
  if (hasChromium()) {
    describe(name, tests);
    return;
  }
  process.stdout.write(`SKIPPED «${name}»: there is no /usr/bin/chromium; install the package chromium.\n`);
  describe.skip(name, tests);
}

export async function openBrowser(isOurs: (url: string) => boolean): Promise<OpenBrowser> {
  const profile = aFolder();
  const context: BrowserContext = await chromium.launchPersistentContext(profile, {
    executablePath: '/usr/bin/chromium',
    args: flags,
    viewport: { width: 1280, height: 860 },
  });
  context.setDefaultTimeout(15_000);
  const foreign: string[] = [];
  context.on('request', (request) => {
    // What a page made itself bears its own origin.
    if (!isOurs(request.url().replace(/^blob:/u, ''))) foreign.push(request.url());
  });
  return {
    foreign,
    async open(address, person = 'ana') {
      const page = await context.newPage();
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(error.message));
      // The first visit only: whoever the tab becomes later stays.
      await page.addInitScript(
        `if (sessionStorage.getItem('countersign.token') === null) sessionStorage.setItem('countersign.token', 'demo-${person}')`,
      );
      await page.goto(address);
      return { page, errors };
    },
    async close() {
      await context.close();
      removeFolder(profile);
    },
  };
}

/** What can be moved sideways: the page itself or a part of it, but for tables and code, which may. */
export async function sidewaysOf(page: Page): Promise<unknown> {
  return page.evaluate(`[document.documentElement, ...document.querySelectorAll('body, body *')]
    .filter((element) => element === document.documentElement || /auto|scroll/u.test(getComputedStyle(element).overflowX))
    .filter((element) => element.scrollWidth > element.clientWidth && !element.matches('.table-frame, .prose pre'))
    .map((element) => element.tagName + '.' + element.className)`);
}

/** Presses Tab until the wanted control has the focus; a control that Tab never reaches fails the test. */
export async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 150; presses += 1) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate('document.activeElement?.textContent?.trim()');
    if (focused === name) return;
  }
  throw new Error(`Tab never reached «${name}».`);
}

/**
 * Every shown text whose contrast with its ground is below what WCAG AA asks (4.5, or 3 for large letters),
 * as «ratio text». Disabled controls are exempt there and here.
 */
export async function findFaintText(page: Page): Promise<unknown> {
  return page.evaluate(`(() => {
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const paint = (colors) => {
      canvas.clearRect(0, 0, 1, 1);
      for (const color of colors) { canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1); }
      return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
    };
    const light = (rgb) => {
      const [r, g, b] = rgb.map((part) => part / 255).map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const faint = [];
    for (const element of document.querySelectorAll('body *')) {
      const own = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data).join('').trim();
      const style = getComputedStyle(element);
      const box = element.getBoundingClientRect();
      if (own === '' || box.width < 2 || style.visibility === 'hidden' || element.closest(':disabled, .for-ears, .skip') !== null) continue;
      const grounds = [];
      for (let at = element; at !== null; at = at.parentElement) grounds.unshift(getComputedStyle(at).backgroundColor);
      const ground = paint(['white', ...grounds]);
      const [bright, dark] = [light(paint(['white', ...grounds, style.color])), light(ground)].sort((a, b) => b - a);
      const ratio = (bright + 0.05) / (dark + 0.05);
      const size = parseFloat(style.fontSize);
      const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
      if (ratio < (isLarge ? 3 : 4.5)) faint.push(ratio.toFixed(2) + ' ' + own.slice(0, 40));
    }
    return [...new Set(faint)];
  })()`);
}
