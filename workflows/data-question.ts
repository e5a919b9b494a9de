import { z } from 'zod';
import { defineWorkflow } from '../src/workflow-kit.ts';
import type { Showing } from '../src/workflow-kit.ts';

const shownRows = 15;
/** More of them cannot be told apart in a picture. */
const mostBars = 20;
const mostMoments = 40;

/**
 * Answers a question from the database: the model reads the schema and writes one SELECT, which runs on a connection
 * that cannot write. What comes back is a table, a picture where it helps, and a file with all rows. Numbers come from the rows, never from
 * the model.
 */
export default defineWorkflow({
  name: 'data-question',
  title: 'Ask the database',
  input: z.object({
    question: z.string().optional().describe('What do you want to know?'),
    sql: z.string().optional().describe('A SELECT of your own, instead of a question'),
  }),
  start: {
    ...{ command: true, words: readWords },
    mention: [
      ...['ask the database', 'query the database', 'data question', 'chart', 'plot', 'table of'],
      ...['… per …', '… by …', 'how many … per …', 'how much … per …', 'what is … per …'],
    ],
  },
  async run(ctx, { question, sql }) {
    let statement = sql ?? (await writeStatement('statement', {}));
    if (statement === undefined) return;
    let found = await ctx.tool('query', 'database/query', { sql: statement });
    if (!found.isDone && sql === undefined) {
      const better = await writeStatement('second-statement', { tried: statement, refused: found.text });
      if (better === undefined) return;
      statement = better;
      found = await ctx.tool('second-query', 'database/query', { sql: statement });
    }
    if (!found.isDone) {
      await ctx.say(['The database refuses that:', block(found.text), block(statement, 'sql')].join('\n'));
      return;
    }
    const { count, columns, rows } = readTable(found.text);
    if (rows.length === 0) {
      await ctx.say(['Nothing is found.', block(statement, 'sql')].join('\n'), 'table');
      return;
    }
    const shown = rows.length > shownRows ? `, the first ${String(shownRows)} below` : '';
    const parts = [
      `**${count}**${shown}`,
      ...markdownTable(columns, rows.slice(0, shownRows)),
      'Asked of the database:',
      block(statement, 'sql'),
      'All rows are in the file.',
    ];
    await ctx.show('table', {
      text: parts.join('\n'),
      file: { kind: 'csv', name: 'rows.csv', columns, rows: rows.map(blanks) },
    });
    const chart = chartOf(columns, rows, question);
    if (chart !== undefined)
      await ctx.show('chart', { text: 'As a picture:', file: { kind: 'chart', name: 'rows.png', chart } });

    /** A model that answers in words only has said all that there is to say. */
    async function writeStatement(key: string, before: object): Promise<string | undefined> {
      const answer = await ctx.agent(key, {
        instructions:
          'You answer a question from a database. Read its schema first. Then answer with one SELECT in a ```sql fence and nothing else: it is run for you, read-only. When the question cannot be answered from these tables, say so in one sentence.',
        input: { question, ...before },
        tools: ['database/schema'],
      });
      const fenced = /```sql\s([\s\S]+?)```/u.exec(answer.text)?.[1]?.trim();
      if (fenced === undefined) await ctx.say(answer.text, `${key}-words`);
      return fenced;
    }
  },
});

/** Plain openings ask the database by name. «Overdue per customer» does it only by what it counts, and by what. */
function readWords(text: string, opening: string): object | undefined {
  const isPlain = opening === '' || /^(?:ask|query|data)\b/iu.test(opening);
  return isPlain || (counted.test(text) && /\b(?:per|by|each)\s+/iu.test(text)) ? {} : undefined;
}

const counted =
  /^\W*(?:(?:how many|how much|what is|of|the|our|all|a|new|paid|number|amount|sum|total|count)\s+)*(?:overdue|open|unpaid|outstanding|invoices?|tickets?|revenue|sales|turnover|income|payments?|refunds?|customers?)\b.*?\b(?:per|by|each)\s+(?:customer|client|month|year|country|city|status|priority|currency)\b/iu;

interface Table {
  readonly count: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The tool's answer: the count, the columns, the rows, and perhaps a remark. */
function readTable(text: string): Table {
  const [count = '', head = '', ...lines] = text.split('\n');
  const columns = head.split(' | ');
  const rows = lines.map((line) => line.split(' | ')).filter((cells) => cells.length === columns.length);
  return { count, columns, rows: columns.length === 1 ? rows.slice(0, Number.parseInt(count, 10)) : rows };
}

function markdownTable(columns: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return ['', line(columns), line(columns.map(() => '---')), ...rows.map(line), ''];
}

type Chart = Extract<Showing['file'], { kind: 'chart' }>['chart'];

interface Plotted {
  readonly labels: readonly string[];
  readonly series: readonly { readonly name: string; readonly values: readonly number[] }[];
}

/**
 * A picture helps when the rows are a name or a time and numbers: bars for names, columns or a line for time. Time runs
 * from left to right, however the rows are sorted; of many names the first ones are drawn.
 */
function chartOf(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  question: string | undefined,
): Chart | undefined {
  const isTime = rows.every(([cell = '']) => /^\d{4}(?:-\d{2}(?:-\d{2})?)?$/u.test(cell));
  const sorted = isTime ? rows.toSorted(([left = ''], [right = '']) => (left < right ? -1 : 1)) : rows;
  const plotted = plainly(columns, sorted) ?? byKind(columns, sorted);
  if (plotted === undefined || plotted.labels.length < 2) return undefined;
  const { labels } = plotted;
  const series = visible(plotted.series);
  if (isTime && labels.length > mostMoments) return undefined;
  const shown = labels.slice(0, isTime ? mostMoments : mostBars);
  const left = labels.length - shown.length;
  const title = question ?? `${series.map(({ name }) => name).join(', ')} by ${columns[0] ?? 'row'}`;
  const which = left === 0 ? '' : `, the first ${String(shown.length)} of ${String(labels.length)}`;
  return {
    kind: isTime ? (shown.length > 12 ? 'line' : 'columns') : 'bars',
    title: `${title.slice(0, 200 - which.length)}${which}`,
    labels: shown.map((label) => label.slice(0, 200)),
    series: series.map(({ name, values }) => ({
      name: name.slice(0, 200),
      values: values.slice(0, shown.length),
    })),
  };
}

/** A name or a time, and up to three numbers. */
function plainly([, ...names]: readonly string[], rows: readonly (readonly string[])[]): Plotted | undefined {
  const series = names.map((name, index) => ({
    name,
    values: rows.map((cells) => asNumber(cells[index + 1])),
  }));
  const isFit = series.every(({ values }) => values.every((value) => Number.isFinite(value)));
  if (!isFit || names.length === 0 || names.length > 3) return undefined;
  return { labels: rows.map(([cell = '']) => cell), series };
}

/** A name or a time, then of which kind, then a number: a series for each kind, `month | currency | received`. */
function byKind([, , name]: readonly string[], rows: readonly (readonly string[])[]): Plotted | undefined {
  const kinds = [...new Set(rows.map(([, kind = '']) => kind))];
  const numbers = new Map(
    rows.map(([label = '', kind = '', cell]) => [`${label} | ${kind}`, asNumber(cell)]),
  );
  const isFit =
    numbers.size === rows.length && [...numbers.values()].every((value) => Number.isFinite(value));
  if (name === undefined || !isFit || kinds.length > 4) return undefined;
  const labels = [...new Set(rows.map(([label = '']) => label))];
  return {
    labels,
    series: kinds.map((kind) => ({
      name: `${name} ${kind}`,
      values: labels.map((label) => numbers.get(`${label} | ${kind}`) ?? 0),
    })),
  };
}

/** Beside thousands nobody sees ones: they stand in the table. */
function visible(series: Plotted['series']): Plotted['series'] {
  const heights = series.map(({ values }) => Math.max(...values.map((value) => Math.abs(value))));
  const most = Math.max(...heights);
  return series.filter((_, index) => (heights[index] ?? 0) * 100 >= most);
}

function asNumber(cell = ''): number {
  return cell.trim() === '' ? Number.NaN : Number(cell);
}

/** A spreadsheet has empty cells, not the word. */
function blanks(cells: readonly string[]): readonly string[] {
  return cells.map((cell) => (cell === 'NULL' ? '' : cell));
}

function block(text: string, language = ''): string {
  return ['```' + language, text.replaceAll('```', "'''"), '```'].join('\n');
}
