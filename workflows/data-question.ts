import { z } from 'zod';
import { defineWorkflow } from '../src/workflow-kit.ts';

const shownRows = 15;
const shownCharacters = 2_500;

/**
 * Answers a question from the database: the model reads the schema and writes one SELECT, which runs on a connection
 * that cannot write. What comes back is a table, bars where they help, and CSV. Numbers come from the rows, never from
 * the model.
 */
export default defineWorkflow({
  name: 'data-question',
  title: 'Ask the database',
  input: z.object({
    question: z.string().optional().describe('What do you want to know?'),
    sql: z.string().optional().describe('A SELECT of your own, instead of a question'),
  }),
  start: { command: true, mention: 'ask the database' },
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
      ...bars(rows),
      'Asked of the database:',
      block(statement, 'sql'),
    ];
    await ctx.say(parts.join('\n'), 'table');
    await ctx.say(csv([columns, ...rows]), 'csv');

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

/** A bar for each row, when the rows are a name and one number each. */
function bars(rows: readonly (readonly string[])[]): readonly string[] {
  const named = rows.slice(0, 12).map((cells) => ({
    ...{ name: cells[0] ?? '', value: Number(cells[1]), isPair: cells.length === 2 && cells[1] !== '' },
  }));
  if (named.length < 2 || named.some(({ value, isPair }) => !isPair || !(value >= 0))) return [];
  const most = Math.max(...named.map(({ value }) => value), 1);
  const width = Math.max(...named.map(({ name }) => name.length));
  const lines = named.map(
    ({ name, value }) =>
      `${name.padEnd(width)} ${'█'.repeat(Math.round((value / most) * 24)).padEnd(24)} ${String(value)}`,
  );
  return [block(lines.join('\n'))];
}

/** As RFC 4180 has it; cut where a message ends, and said so. */
function csv(rows: readonly (readonly string[])[]): string {
  const lines = rows.map((cells) => cells.map(csvCell).join(','));
  let kept = 0;
  let length = 0;
  while (kept < lines.length && length + (lines[kept]?.length ?? 0) < shownCharacters) {
    length += (lines[kept]?.length ?? 0) + 1;
    kept += 1;
  }
  const left = lines.length - kept;
  const note = left === 0 ? '' : ` ${String(left)} more rows do not fit here: ask for fewer.`;
  return [`**CSV**${note}`, block(lines.slice(0, kept).join('\n'), 'csv')].join('\n');
}

function csvCell(cell: string): string {
  if (cell === 'NULL') return '';
  // A spreadsheet runs what begins like a formula.
  const safe = /^[=+@\t]|^-(?![\d.])/u.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/u.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function block(text: string, language = ''): string {
  return ['```' + language, text.replaceAll('```', "'''"), '```'].join('\n');
}
