import { describe, expect, it } from '@jest/globals';
import { chartShape, describeChart } from '../../../src/charts/chart.ts';
import type { Chart } from '../../../src/charts/chart.ts';
import { chartSvg } from '../../../src/charts/chart-svg.ts';
import { drawChart } from '../../../src/charts/draw-chart.ts';

const tickets: Chart = {
  kind: 'bars',
  title: 'Tickets <script>&"',
  labels: ['open', 'closed', 'a very long name that no picture has the room to write whole'],
  series: [{ name: 'n', values: [12, -4, 0] }],
};

describe('given a chart', () => {
  it('then its words hold every number', () => {
    expect(describeChart({ ...tickets, unit: 'USD' })).toBe(
      'Tickets <script>&": open 12 USD, closed -4 USD, a very long name that no picture has the room to write whole 0 USD',
    );
  });

  it('then words in it are no markup, and what is too long is cut', () => {
    const svg = chartSvg(tickets);

    expect(svg).toContain('Tickets &lt;script&gt;&amp;&quot;');
    expect(svg).toContain('a very long name that no pictur…');
    expect(svg).not.toContain('NaN');
  });

  it('when names are in letters that the fonts do not hold, then rows are numbered, and it says where the names are', () => {
    const chart: Chart = {
      ...tickets,
      title: '売上 by customer',
      labels: ['株式会社', 'Mu\u0308ller, 12 ₹', 'Привет'],
    };

    const svg = chartSvg(chart);

    for (const shown of ['… by customer', 'row 1', 'Müller, 12 ₹', 'Привет', 'Words in other scripts'])
      expect(svg).toContain(shown);
    expect(svg).not.toMatch(/[売株]/u);
    expect(chartSvg({ ...chart, title: '売上' })).toContain('>Chart<');
    expect(describeChart(chart)).toContain('売上 by customer: 株式会社 12');
    expect(chartSvg(tickets)).not.toContain('other scripts');
  });

  it.each(['bars', 'columns', 'line'] as const)(
    'when it is drawn as %s, then it is a PNG, the same each time',
    async (kind) => {
      const png = await drawChart({ ...tickets, kind });

      expect(png.subarray(0, 4)).toEqual(Buffer.from([0x89, 0x50, 0x4e, 0x47]));
      expect(await drawChart({ ...tickets, kind })).toBe(png);
    },
  );

  it.each([
    ['a value is missing', { ...tickets, series: [{ name: 'n', values: [1, 2] }] }],
    ['a value is no number', { ...tickets, series: [{ name: 'n', values: [1, 2, Number.NaN] }] }],
    ['there is nothing', { ...tickets, labels: [], series: [{ name: 'n', values: [] }] }],
  ])('when %s, then it is none', (_why, chart) => {
    expect(chartShape.safeParse(chart).success).toBe(false);
  });

  it('when all values are zero, then there is an axis all the same', () => {
    const empty: Chart = { ...tickets, kind: 'columns', series: [{ name: 'n', values: [0, 0, 0] }] };
    expect(chartSvg(empty)).not.toMatch(/NaN|Infinity/u);
  });
});
