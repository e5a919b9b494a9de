/**
 * Charts as PNG, with fonts that ship with the product: a machine without any draws the same picture.
 *
 * What draws them is loaded with the first one. Latin, Greek, Cyrillic and Vietnamese are drawn; names in other
 * scripts are numbered in the picture, and its words (`describeChart`) and the table beside it have them.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { canonicalJson } from '../core/canonical-json.ts';
import { sha256 } from '../core/hash.ts';
import type { Chart } from './chart.ts';
import { chartSvg } from './chart-svg.ts';

/** Sharp on a screen of double density. */
const zoom = 2;
const keptPictures = 32;
const weights = [400, 600] as const;

/** The font's files by what they hold: one is read only when its letters are there, for reading one takes a while. */
const scripts: readonly (readonly [string, RegExp])[] = [
  ['latin', /^/u],
  ['latin-ext', /[\u0100-\u02FF\u1E00-\u1E9F\u20A0-\u20AB\u20AD-\u20C0]/u],
  ['vietnamese', /[\u0102\u0103\u0110\u0111\u01A0\u01A1\u01AF\u01B0\u1EA0-\u1EF9]/u],
  ['greek', /[\u0370-\u03FF]/u],
  ['cyrillic', /[\u0400-\u045F\u0490\u0491\u04B0\u04B1]/u],
];

type Draw = (svg: string, fontBuffers: Buffer[]) => Buffer;

let loading: Promise<Draw> | undefined;
/** The latest, so that every look at a thread does not draw them again. */
const drawn = new Map<string, Buffer>();

export async function drawChart(chart: Chart): Promise<Buffer> {
  const key = sha256(canonicalJson(chart));
  const known = drawn.get(key);
  if (known !== undefined) return known;
  loading ??= load().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  const draw = await loading;
  const svg = chartSvg(chart);
  const png = draw(svg, await fontsFor(svg));
  drawn.set(key, png);
  const [oldest] = drawn.keys();
  if (drawn.size > keptPictures && oldest !== undefined) drawn.delete(oldest);
  return png;
}

const { resolve } = createRequire(import.meta.url);
const fonts = new Map<string, Promise<Buffer>>();

function fontsFor(svg: string): Promise<Buffer[]> {
  const needed = scripts.filter(([, letters]) => letters.test(svg)).map(([script]) => script);
  return Promise.all(needed.flatMap((script) => weights.map((weight) => font(script, weight))));
}

function font(script: string, weight: number): Promise<Buffer> {
  const name = `@fontsource/inter/files/inter-${script}-${String(weight)}-normal.woff2`;
  const file = fonts.get(name) ?? readFile(resolve(name));
  fonts.set(name, file);
  return file;
}

async function load(): Promise<Draw> {
  const { Resvg, initWasm } = await import('@resvg/resvg-wasm');
  await initWasm(await readFile(resolve('@resvg/resvg-wasm/index_bg.wasm')));
  return (svg, fontBuffers) => {
    const picture = new Resvg(svg, {
      fitTo: { mode: 'zoom', value: zoom },
      font: { fontBuffers, defaultFontFamily: 'Inter', sansSerifFamily: 'Inter' },
    });
    try {
      const image = picture.render();
      try {
        return Buffer.from(image.asPng());
      } finally {
        image.free();
      }
    } finally {
      picture.free();
    }
  };
}
