/** The step that shows a file: rows as CSV, or a picture of numbers. Recorded once, with the words above it. */
import { chartShape } from '../charts/chart.ts';
import type { Chart } from '../charts/chart.ts';
import { AppError } from '../core/errors.ts';
import { runEvent } from '../runs/run-events.ts';
import type { ShownFileSort } from '../runs/run-state.ts';
import type { StepScope } from './step-scope.ts';

export interface Showing {
  /** Markdown, above the file. */
  readonly text: string;
  readonly file:
    | {
        readonly kind: 'csv';
        /** `open-tickets.csv`. */
        readonly name: string;
        readonly columns: readonly string[];
        readonly rows: readonly (readonly string[])[];
      }
    | {
        readonly kind: 'chart';
        /** `open-tickets.png`. */
        readonly name: string;
        readonly chart: Chart;
      };
}

/** More than this belongs into a report of its own, not into a thread and its ledger. */
const mostCharacters = 1_000_000;

export function showFile(scope: StepScope, key: string, { text, file }: Showing): void {
  scope.enter(key, 'show', {});
  if (scope.run.state().said.some((said) => said.key === key)) return;
  const { sort, content } = contentOf(key, file);
  if (content.length > mostCharacters)
    throw new AppError(
      'workflow.failed',
      `Step "${key}" would show a file of ${String(content.length)} characters; ${String(mostCharacters)} are the most. Fix: show fewer rows.`,
    );
  scope.note(
    (now) => now.said.some((said) => said.key === key),
    runEvent('file.shown', { key, sort }, { text, name: file.name, content }),
  );
}

function contentOf(key: string, file: Showing['file']): { sort: ShownFileSort; content: string } {
  switch (file.kind) {
    case 'csv':
      return { sort: 'csv', content: csvText([file.columns, ...file.rows]) };
    case 'chart': {
      const { success, data, error } = chartShape.safeParse(file.chart);
      if (!success)
        throw new AppError(
          'workflow.failed',
          `Step "${key}" shows a chart that cannot be drawn: ${error.issues.map(({ path, message }) => [...path.map(String), message].join(' ')).join('; ')}.`,
        );
      return { sort: 'chart', content: JSON.stringify(data) };
    }
    default:
      return file satisfies never;
  }
}

/** As RFC 4180 has it. */
export function csvText(rows: readonly (readonly string[])[]): string {
  return `${rows.map((cells) => cells.map(csvCell).join(',')).join('\r\n')}\r\n`;
}

function csvCell(cell: string): string {
  // A spreadsheet runs what begins like a formula.
  const safe = /^[=+@\t\r]|^-(?![\d.])/u.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/u.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
