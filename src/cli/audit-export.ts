/** `countersign audit export`: commits as JSON lines that a stranger can verify, or events as CSV. */
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { AppError } from '../core/errors.ts';
import { asRunId, runOfStream, runStream } from '../core/ids.ts';
import type { Commit } from '../ledger/commit.ts';
import { exportLine } from '../ledger/export.ts';
import { keyStream, sealStream } from '../ledger/seal.ts';
import { outcomes, selectCommits } from '../ledger/select-commits.ts';
import type { Outcome, Selection } from '../ledger/select-commits.ts';
import { sourceOfStore } from '../ledger/verify-ledger.ts';
import { readSetup } from './command-setup.ts';
import type { Store } from './command-setup.ts';

export type ExportCommand = Readonly<
  Partial<
    Record<'format' | 'out' | 'run' | 'since' | 'until' | 'actor' | 'tool' | 'thread' | 'outcome', string>
  >
>;

export async function exportLedger(options: ExportCommand): Promise<void> {
  const { format = 'jsonl', out, run, thread } = options;
  if (format !== 'jsonl' && format !== 'csv')
    throw new AppError('config.invalid', '--format: give jsonl or csv.');
  const selection = parseSelection(options);
  const excerpt = describeSelection(options);
  const file = out === undefined ? undefined : createWriteStream(out, { mode: 0o600 });
  const sink = file ?? process.stdout;
  const write = async (line: string): Promise<void> => {
    if (!sink.write(`${line}\n`)) await once(sink, 'drain');
  };
  if (format === 'csv') await write('stream,seq,landedAt,by,kind,data,excerpt');
  await readSetup().withStore(async (store) => {
    const streams = [...(run === undefined ? [undefined] : [keyStream, runStream(asRunId(run)), sealStream])];
    for (const only of streams) {
      for await (const [stream, commits] of sourceOfStore(store.ledger, only).streams()) {
        // Keys and seals come with every export: what else is in it is checked against them.
        const isProof = stream === keyStream || stream === sealStream;
        if (isProof && format === 'csv' && excerpt !== undefined) continue;
        if (!isProof && !(await isIn(store, stream, thread))) continue;
        for (const commit of isProof ? commits : selectCommits(commits, selection))
          for (const line of format === 'csv' ? csvLines(commit, excerpt) : [exportLine(commit, excerpt)])
            await write(line);
      }
    }
  });
  if (file !== undefined) {
    file.end();
    await once(file, 'finish');
  }
  if (excerpt !== undefined)
    process.stderr.write(
      `This is a selection (${excerpt}), not the whole ledger: it cannot show what is missing.\n`,
    );
}

async function isIn(store: Store, stream: string, thread: string | undefined): Promise<boolean> {
  if (thread === undefined) return true;
  const run = runOfStream(stream);
  return run !== undefined && (await store.runs.find(run))?.thread === thread;
}

function parseSelection({ since, until, actor, tool, outcome }: ExportCommand): Selection {
  return {
    ...(since !== undefined && { since: parseMoment('--since', since) }),
    ...(until !== undefined && { until: parseMoment('--until', until) }),
    ...(actor !== undefined && { actor }),
    ...(tool !== undefined && { tool }),
    ...(outcome !== undefined && { outcome: parseOutcome(outcome) }),
  };
}

/** The conditions as they were given; undefined when everything was asked for. */
function describeSelection(options: ExportCommand): string | undefined {
  const conditions = (['run', 'thread', 'since', 'until', 'actor', 'tool', 'outcome'] as const).flatMap(
    (name) => {
      const value = options[name];
      return value === undefined ? [] : [`${name}=${value}`];
    },
  );
  return conditions.length === 0 ? undefined : conditions.join(' ');
}

function parseMoment(flag: string, text: string): Date {
  const date = new Date(text);
  if (Number.isNaN(date.getTime()))
    throw new AppError('config.invalid', `${flag}: give a moment like 2026-11-22T10:00:00Z.`);
  return date;
}

function parseOutcome(text: string): Outcome {
  const found = outcomes.find((outcome) => outcome === text);
  if (found === undefined)
    throw new AppError('config.invalid', `--outcome: give one of ${outcomes.join(', ')}.`);
  return found;
}

function csvLines(commit: Commit, excerpt: string | undefined): readonly string[] {
  return commit.events.map((event) =>
    [
      commit.stream,
      String(commit.seq),
      commit.landedAt.toISOString(),
      commit.by,
      event.kind,
      JSON.stringify(event.data),
      excerpt ?? '',
    ]
      .map(csvCell)
      .join(','),
  );
}

/** Quoted where needed; a cell that a spreadsheet would run as a formula gets a leading apostrophe. */
function csvCell(text: string): string {
  const inert = /^[=+\-@\t\r]/u.test(text) ? `'${text}` : text;
  return /[",\n\r]/u.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}
