/**
 * A chart in letters that the fonts hold. Pure.
 *
 * Fonts of every script would be many times the size of the product. So a name with other letters is drawn as the
 * number of its row, and a line below says where the name stands, in place of a row of empty boxes.
 */
import type { Chart } from './chart.ts';

/** Latin, Greek, Cyrillic and Vietnamese, with the signs that go with them. */
const drawable =
  /^[\u0020-\u02FF\u0304\u0308\u0329\u0370-\u03FF\u0400-\u045F\u0490\u0491\u04B0\u04B1\u1E00-\u1EFF\u2000-\u206F\u20A0-\u20C0\u2116\u2122\u2191\u2193\u2212\u2215]*$/u;
const others = new RegExp(drawable.source.replace('^[', '[^').replace(']*$', ']+'), 'gu');

export interface DrawableChart {
  readonly chart: Chart;
  /** What is said below about names that are not there. */
  readonly note?: string;
}

export function drawableChart(chart: Chart): DrawableChart {
  const title = isDrawable(chart.title) ? composed(chart.title) : withoutOthers(chart.title);
  const labels = chart.labels.map((label, index) =>
    isDrawable(label) ? composed(label) : `row ${String(index + 1)}`,
  );
  const series = chart.series.map((entry, index) => ({
    ...entry,
    name: isDrawable(entry.name) ? composed(entry.name) : `series ${String(index + 1)}`,
  }));
  const { unit, ...rest } = chart;
  const texts = [chart.title, ...chart.labels, ...chart.series.map(({ name }) => name), unit ?? ''];
  return {
    chart: { ...rest, title, labels, series, ...(unit !== undefined && isDrawable(unit) && { unit }) },
    ...(!texts.every(isDrawable) && {
      note: 'Words in other scripts are not drawn here: the text with this picture has them.',
    }),
  };
}

function isDrawable(text: string): boolean {
  return drawable.test(composed(text));
}

/** Letters and their accents as one, as the fonts have them. */
function composed(text: string): string {
  return text.toWellFormed().replaceAll(/\s+/gu, ' ').normalize('NFC');
}

function withoutOthers(title: string): string {
  const left = composed(title).replaceAll(others, '…');
  return /[\p{L}\p{N}]/u.test(left) ? left : 'Chart';
}
