/** Pages as pictures, by a real Chromium. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { shrinkPng } from './shrink-png.ts';

/** By the name of the picture: a page of HTML. */
export type Pages = Readonly<Record<string, string>>;

export interface Picture {
  readonly name: string;
  readonly bytes: number;
}

/** Writes `<name>.png` for each page, as tall as what stands on it. */
export async function takePictures(folder: string, pages: Pages): Promise<readonly Picture[]> {
  mkdirSync(folder, { recursive: true });
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-lcd-text'],
  });
  const taken: Picture[] = [];
  try {
    const page = await browser.newPage({ viewport: { width: 720, height: 80 }, deviceScaleFactor: 1.5 });
    for (const [name, text] of Object.entries(pages)) {
      await page.setContent(masked(text));
      await page.evaluate('document.fonts.ready');
      const bytes = shrinkPng(await page.screenshot({ fullPage: true }));
      writeFileSync(join(folder, `${name}.png`), bytes);
      taken.push({ name, bytes: bytes.length });
    }
  } finally {
    await browser.close();
  }
  return taken;
}

/** Digests differ from run to run; in a picture one stands for all. */
function masked(text: string): string {
  return text.replace(/\b[0-9a-f]{4} [0-9a-f]{4} [0-9a-f]{4}\b/gu, '9f2c 41d0 77ab');
}
