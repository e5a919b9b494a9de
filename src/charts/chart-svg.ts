/**
 * A chart as SVG: plain marks on white, numbers written at the marks, no legend where there is one series. Pure.
 *
 * The font's widths are not known here, so room is left by a wide guess and long names are cut.
 */
import { numberText } from './chart.ts';
import type { Chart } from './chart.ts';
import { drawableChart } from './drawable-chart.ts';

const width = 760;
const edge = 24;
const titleHeight = 44;
const legendHeight = 26;
const rowHeight = 26;
const plotHeight = 240;
const axisHeight = 34;
const noteHeight = 24;
/** Of a letter, as a part of the font's size. */
const wideLetter = 0.58;
const fontSize = 13;
const mostNameLetters = 32;
/** Told apart by people who see few colours, too. */
const colours = ['#2f6fde', '#d9822b', '#2e9e6b', '#8a4fbf'] as const;
const ink = '#1d2330';
const faint = '#687087';
const rule = '#d8dce6';

export function chartSvg(asked: Chart): string {
  const { chart, note } = drawableChart(asked);
  const hasLegend = chart.series.length > 1;
  const top = titleHeight + (hasLegend ? legendHeight : 0);
  const { marks, height: plotted } = chart.kind === 'bars' ? bars(chart, top) : upright(chart, top);
  const height = plotted + (note === undefined ? 0 : noteHeight);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${n(width)}" height="${n(height)}" viewBox="0 0 ${n(width)} ${n(height)}" font-family="Inter" font-size="${n(fontSize)}">`,
    `<rect width="${n(width)}" height="${n(height)}" fill="#ffffff"/>`,
    text(edge, 29, cut(chart.title, 78), { size: 16, fill: ink, weight: 600 }),
    ...(hasLegend ? legend(chart) : []),
    ...marks,
    ...(note === undefined ? [] : [text(edge, plotted + 4, note, { fill: faint })]),
    '</svg>',
  ].join('\n');
}

interface Marks {
  readonly marks: readonly string[];
  readonly height: number;
}

/** Names on the left, a bar for each value, its number behind it. */
function bars(chart: Chart, top: number): Marks {
  const { labels, series } = chart;
  const names = labels.map((label) => cut(label, mostNameLetters));
  const nameWidth = widest(names);
  const numbers = series.map(({ values }) => values.map((value) => withUnit(value, chart)));
  const numberWidth = widest(numbers.flat());
  const scale = scaleOf(chart);
  const left = edge + nameWidth + 10 + (scale.least < 0 ? numberWidth + 6 : 0);
  const right = width - edge - numberWidth - 6;
  const x = (value: number): number =>
    left + ((value - scale.least) / (scale.most - scale.least)) * (right - left);
  const thick = series.length === 1 ? 16 : 12;
  const group = series.length * thick + (rowHeight - 16);
  const marks = [line(x(0), top, x(0), top + labels.length * group)];
  for (const [row, name] of names.entries()) {
    const y = top + row * group + (rowHeight - 16) / 2;
    marks.push(
      text(edge + nameWidth, y + (series.length * thick) / 2 + 5, name, { anchor: 'end', fill: ink }),
    );
    for (const [index, { values }] of series.entries()) {
      const value = values[row] ?? 0;
      const [from, to] = value < 0 ? [x(value), x(0)] : [x(0), x(value)];
      const at = y + index * thick;
      const end =
        value < 0 ? { x: from - 6, anchor: 'end' as const } : { x: to + 6, anchor: 'start' as const };
      marks.push(
        rect(from, at + 1, to - from, thick - 2, colourOf(index)),
        text(end.x, at + thick / 2 + 5, numbers[index]?.[row] ?? '', { anchor: end.anchor, fill: faint }),
      );
    }
  }
  return { marks, height: top + labels.length * group + edge };
}

/** Time from left to right: columns, or lines with a point at each value. */
function upright(chart: Chart, top: number): Marks {
  const { labels, series, kind } = chart;
  const scale = scaleOf(chart);
  const ticks = ticksOf(scale);
  const left = edge + widest(ticks.map((tick) => withUnit(tick, chart))) + 8;
  const right = width - edge;
  const above = top + 14;
  const y = (value: number): number =>
    above + plotHeight - ((value - scale.least) / (scale.most - scale.least)) * plotHeight;
  const slot = (right - left) / labels.length;
  const middle = (index: number): number => left + slot * (index + 0.5);
  const marks = ticks.flatMap((tick) => [
    line(left, y(tick), right, y(tick)),
    text(left - 8, y(tick) + 4, withUnit(tick, chart), { anchor: 'end', fill: faint }),
  ]);
  for (const [index, { values }] of series.entries())
    marks.push(
      ...(kind === 'line'
        ? lineMarks(
            values.map((value, at) => [middle(at), y(value)] as const),
            colourOf(index),
          )
        : values.map((value, at) => {
            const thick = Math.min(48, (slot * 0.7) / series.length);
            const from = middle(at) - (thick * series.length) / 2 + index * thick;
            return rect(
              from,
              Math.min(y(value), y(0)),
              thick - 1,
              Math.abs(y(value) - y(0)),
              colourOf(index),
            );
          })),
    );
  // The numbers themselves, where there is room for them.
  const [only] = series;
  if (series.length === 1 && only !== undefined && widest(only.values.map(numberText)) < slot)
    for (const [at, value] of only.values.entries())
      marks.push(
        text(middle(at), value < 0 ? y(value) + 16 : y(value) - 7, numberText(value), {
          anchor: 'middle',
          fill: ink,
        }),
      );
  const names = labels.map((label) => cut(label, 14));
  const every = Math.max(1, Math.ceil((widest(names) + 8) / slot));
  for (const [at, name] of names.entries())
    // The last one is now: it is always named, counting back from there.
    if ((names.length - 1 - at) % every === 0)
      marks.push(
        text(Math.min(middle(at), width - widest([name]) / 2 - 4), above + plotHeight + 20, name, {
          anchor: 'middle',
          fill: faint,
        }),
      );
  return { marks, height: above + plotHeight + axisHeight };
}

function lineMarks(points: readonly (readonly [number, number])[], colour: string): readonly string[] {
  const path = points.map(([x, y]) => `${n(x)},${n(y)}`).join(' ');
  return [
    `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2.5" stroke-linejoin="round"/>`,
    ...points.map(([x, y]) => `<circle cx="${n(x)}" cy="${n(y)}" r="3.5" fill="${colour}"/>`),
  ];
}

function legend({ series }: Chart): readonly string[] {
  let x = edge;
  return series.flatMap(({ name }, index) => {
    const shown = cut(name, 24);
    const parts = [
      rect(x, titleHeight, 12, 12, colourOf(index)),
      text(x + 18, titleHeight + 11, shown, { fill: faint }),
    ];
    x += 18 + widest([shown]) + 20;
    return parts;
  });
}

interface Scale {
  readonly least: number;
  readonly most: number;
  readonly step: number;
}

/** From zero, or below it, to a round number above the largest. */
function scaleOf({ series }: Chart): Scale {
  const values = series.flatMap((entry) => entry.values);
  const least = Math.min(0, ...values);
  const most = Math.max(0, ...values);
  const span = most - least || 1;
  const rough = span / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((times) => times * power).find((size) => size >= rough) ?? rough;
  return {
    step,
    least: Math.floor(least / step) * step,
    most: Math.max(Math.ceil(most / step) * step, least === 0 && most === 0 ? step : 0),
  };
}

function ticksOf({ least, most, step }: Scale): readonly number[] {
  const count = Math.round((most - least) / step);
  return Array.from({ length: count + 1 }, (_, index) => Number((least + index * step).toPrecision(12)));
}

function withUnit(value: number, { unit }: Chart): string {
  return unit === undefined ? numberText(value) : `${numberText(value)} ${unit}`;
}

function colourOf(index: number): string {
  return colours[index % colours.length] ?? ink;
}

function widest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map((entry) => Array.from(entry).length)) * fontSize * wideLetter;
}

function cut(words: string, most: number): string {
  const letters = Array.from(words.replaceAll(/\s+/gu, ' ').trim());
  return letters.length <= most ? letters.join('') : `${letters.slice(0, most - 1).join('')}…`;
}

function rect(x: number, y: number, w: number, h: number, fill: string): string {
  return `<rect x="${n(x)}" y="${n(y)}" width="${n(Math.max(w, 0.5))}" height="${n(Math.max(h, 0.5))}" rx="2" fill="${fill}"/>`;
}

function line(x1: number, y1: number, x2: number, y2: number): string {
  return `<line x1="${n(x1)}" y1="${n(y1)}" x2="${n(x2)}" y2="${n(y2)}" stroke="${rule}"/>`;
}

interface Lettering {
  readonly fill: string;
  readonly size?: number;
  readonly weight?: number;
  readonly anchor?: 'start' | 'middle' | 'end';
}

function text(
  x: number,
  y: number,
  words: string,
  { fill, size = fontSize, weight = 400, anchor = 'start' }: Lettering,
): string {
  return `<text x="${n(x)}" y="${n(y)}" fill="${fill}" font-size="${n(size)}" font-weight="${n(weight)}" text-anchor="${anchor}">${escaped(words)}</text>`;
}

/** What XML does not take at all is left out. */
function escaped(words: string): string {
  return words
    .toWellFormed()
    .replaceAll(/[^\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

function n(value: number): string {
  return String(Math.round(value * 100) / 100);
}
