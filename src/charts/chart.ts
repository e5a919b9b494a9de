/** A picture of numbers, as data: what it shows is kept, and drawn when somebody looks. */
import { z } from 'zod';

/** More marks than this cannot be told apart on a phone. */
export const mostMarks = 40;
export const mostSeries = 4;

const label = z.string().max(200);

export const chartShape = z
  .strictObject({
    /** `bars` for names, one under the other; `columns` and `line` for time, from left to right. */
    kind: z.enum(['bars', 'columns', 'line']),
    title: label,
    /** Behind each number: `USD`. */
    unit: z.string().max(12).exactOptional(),
    labels: z.array(label).min(1).max(mostMarks),
    series: z
      .array(z.strictObject({ name: label, values: z.array(z.number()).min(1).max(mostMarks) }))
      .min(1)
      .max(mostSeries),
  })
  .refine(({ labels, series }) => series.every(({ values }) => values.length === labels.length), {
    message: 'each series needs one value for each label',
  });

export type Chart = z.infer<typeof chartShape>;

/** The same in words, for those who cannot see it: all of it, as far as a platform takes so many characters. */
export function describeChart({ title, labels, series, unit }: Chart): string {
  const behind = unit === undefined ? '' : ` ${unit}`;
  const parts = series.map(({ name, values }) => {
    const marks = labels.map((mark, index) => `${mark} ${numberText(values[index] ?? 0)}${behind}`);
    return series.length === 1 ? marks.join(', ') : `${name}: ${marks.join(', ')}`;
  });
  return `${title}: ${parts.join('; ')}`.slice(0, 1_000);
}

/** As people read it: no more than three decimals, thousands apart. */
export function numberText(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: 3 });
}
