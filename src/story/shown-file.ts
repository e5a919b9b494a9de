/** Files that a thread shows, from what the run keeps of them. */
import { chartShape, describeChart } from '../charts/chart.ts';
import { drawChart } from '../charts/draw-chart.ts';
import type { ShownFile } from '../chat/adapter.ts';
import type { Said } from '../runs/run-state.ts';

export function textFile(name: string, text: string, mediaType = 'text/plain'): ShownFile {
  return { name, mediaType, bytes: () => Promise.resolve(Buffer.from(text, 'utf8')) };
}

export function shownFile({ sort, name: given, content }: NonNullable<Said['file']>): ShownFile {
  const name = fileName(given);
  switch (sort) {
    case 'csv':
      return textFile(name, content, 'text/csv');
    case 'chart': {
      const chart = chartShape.parse(JSON.parse(content));
      return { name, mediaType: 'image/png', alt: describeChart(chart), bytes: () => drawChart(chart) };
    }
    default:
      return sort satisfies never;
  }
}

/** One that every platform and every disk takes. Of what the ledger kept: a mangled secret would look like none. */
function fileName(name: string): string {
  const short = name.replaceAll(/[^A-Za-z0-9._-]+/gu, '-').replace(/^[.-]+/u, '');
  return short === '' ? 'file' : short.slice(-80);
}
