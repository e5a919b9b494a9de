/** `countersign audit verify | export`. */
import { createReadStream, createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { AppError } from '../core/errors.ts';
import { asRunId, runOfStream, runStream } from '../core/ids.ts';
import type { Commit } from '../ledger/commit.ts';
import { exportLine, parseExportLine } from '../ledger/export.ts';
import { verifyStream } from '../ledger/verify.ts';
import type { Fault } from '../ledger/verify.ts';
import { readSetup, say } from './command-setup.ts';
import type { Store } from './command-setup.ts';

const streamsAtOnce = 500;

export async function verify(options: { readonly run?: string; readonly file?: string }): Promise<void> {
  const { file } = options;
  const found =
    file === undefined
      ? await readSetup().withStore((store) => verifyStore(store, options.run))
      : await verifyFile(file);
  showProgress('');
  for (const fault of found.faults) say(`BAD  ${fault.stream}/${String(fault.seq)}: ${fault.why}`);
  const size = `${String(found.commits)} commits in ${String(found.streams)} streams`;
  if (found.faults.length === 0) {
    say(`ok   ${size}: every hash, link and text is as it was written.`);
    return;
  }
  say(`${size}: ${String(found.faults.length)} bad.`);
  process.exitCode = 1;
}

interface Verified {
  readonly commits: number;
  readonly streams: number;
  readonly faults: readonly Fault[];
}

async function verifyStore(store: Store, run: string | undefined): Promise<Verified> {
  const faults: Fault[] = [];
  let commits = 0;
  let streams = 0;
  for await (const [stream, standing] of streamsOf(store, run)) {
    streams += 1;
    commits += standing.length;
    const fault = verifyStream(standing) ?? (await findLostTail(store, stream, standing));
    if (fault !== undefined) faults.push(fault);
    if (streams % 100 === 0) showProgress(`${String(streams)} streams, ${String(commits)} commits`);
  }
  faults.push(...(await findLostStreams(store, run)));
  return { commits, streams, faults };
}

/** The list of runs knows how far each ledger went: one that ends earlier has lost its tail. */
async function findLostTail(
  store: Store,
  stream: string,
  standing: readonly Commit[],
): Promise<Fault | undefined> {
  const run = runOfStream(stream);
  const row = run === undefined ? undefined : await store.runs.find(run);
  const last = standing.at(-1)?.seq ?? -1;
  if (row === undefined || row.seq <= last) return undefined;
  return {
    stream,
    seq: last + 1,
    why: `the ledger ends here, but the run went on to commit ${String(row.seq)}`,
  };
}

async function findLostStreams(store: Store, run: string | undefined): Promise<readonly Fault[]> {
  const faults: Fault[] = [];
  let cursor: string | undefined;
  do {
    const rows = await store.runs.list({ limit: streamsAtOnce, ...(cursor !== undefined && { cursor }) });
    for (const row of rows) {
      if (run !== undefined && row.id !== run) continue;
      const stream = runStream(row.id);
      const [first] = await store.ledger.listStreams({ prefix: stream, limit: 1 });
      if (first !== stream) faults.push({ stream, seq: 0, why: 'the whole ledger of this run is gone' });
    }
    const last = rows.length === streamsAtOnce ? rows.at(-1) : undefined;
    cursor = last === undefined ? undefined : `${String(last.startedAt)}/${last.id}`;
  } while (cursor !== undefined);
  return faults;
}

async function verifyFile(file: string): Promise<Verified> {
  const streams = new Map<string, Commit[]>();
  let number = 0;
  for await (const line of createInterface({
    input: createReadStream(file),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    number += 1;
    if (line.trim() === '') continue;
    const commit = parseExportLine(line, number);
    const known = streams.get(commit.stream);
    if (known === undefined) streams.set(commit.stream, [commit]);
    else known.push(commit);
  }
  const faults = [...streams.values()].flatMap((commits) => verifyStream(commits) ?? []);
  return { commits: number, streams: streams.size, faults };
}

async function* streamsOf(
  store: Store,
  run: string | undefined,
): AsyncGenerator<readonly [string, readonly Commit[]]> {
  if (run !== undefined) {
    const stream = runStream(asRunId(run));
    yield [stream, await store.ledger.read(stream)];
    return;
  }
  let after = '';
  for (;;) {
    const names = await store.ledger.listStreams({ after, limit: streamsAtOnce });
    for (const name of names) yield [name, await store.ledger.read(name)];
    const last = names.at(-1);
    if (last === undefined || names.length < streamsAtOnce) return;
    after = last;
  }
}

export async function exportLedger(options: Readonly<Record<string, string>>): Promise<void> {
  const { format = 'jsonl', out, run } = options;
  if (format !== 'jsonl' && format !== 'csv')
    throw new AppError('config.invalid', '--format: give jsonl or csv.');
  const since = moment('--since', options['since']);
  const until = moment('--until', options['until']);
  const file = out === undefined ? undefined : createWriteStream(out, { mode: 0o600 });
  const sink = file ?? process.stdout;
  if (format === 'csv') sink.write('stream,seq,landedAt,by,kind,data\n');
  await readSetup().withStore(async (store) => {
    for await (const [stream, commits] of streamsOf(store, run)) {
      if (!(await isWanted(store, stream, options['thread']))) continue;
      for (const commit of commits) {
        if (
          commit.landedAt < since ||
          commit.landedAt >= until ||
          !isAbout(commit, options['actor'], options['tool'])
        )
          continue;
        for (const line of format === 'csv' ? csvLines(commit) : [exportLine(commit)])
          sink.write(`${line}\n`);
      }
    }
  });
  if (file !== undefined) {
    await new Promise<void>((resolve) => {
      file.end(resolve);
    });
  }
}

async function isWanted(store: Store, stream: string, thread: string | undefined): Promise<boolean> {
  if (thread === undefined) return true;
  const run = runOfStream(stream);
  return run !== undefined && (await store.runs.find(run))?.thread === thread;
}

function isAbout(commit: Commit, actor: string | undefined, tool: string | undefined): boolean {
  const isBy =
    actor === undefined || commit.by === actor || commit.events.some((event) => event.data['by'] === actor);
  return isBy && (tool === undefined || commit.events.some((event) => event.data['tool'] === tool));
}

function csvLines(commit: Commit): readonly string[] {
  return commit.events.map((event) =>
    [
      commit.stream,
      String(commit.seq),
      commit.landedAt.toISOString(),
      commit.by,
      event.kind,
      JSON.stringify(event.data),
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

function moment(flag: string, text: string | undefined): Date {
  if (text === undefined) return new Date(flag === '--since' ? 0 : 8.64e15);
  const date = new Date(text);
  if (Number.isNaN(date.getTime()))
    throw new AppError('config.invalid', `${flag}: give a moment like 2026-11-22T10:00:00Z.`);
  return date;
}

function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}
