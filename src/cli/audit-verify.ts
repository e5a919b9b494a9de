/** `countersign audit verify`: every hash, link, text and seal, of the store or of an exported file. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { AppError } from '../core/errors.ts';
import { asRunId, runOfStream, runStream } from '../core/ids.ts';
import type { Commit } from '../ledger/commit.ts';
import { parseExported } from '../ledger/export.ts';
import { keyStream, sealStream } from '../ledger/seal.ts';
import { sourceOfStore, verifyLedger } from '../ledger/verify-ledger.ts';
import type { LedgerReport, LedgerSource } from '../ledger/verify-ledger.ts';
import type { Witnessed } from '../ledger/verify-seals.ts';
import type { Fault } from '../ledger/verify.ts';
import { readSetup, say } from './command-setup.ts';
import type { Store } from './command-setup.ts';

const rowsAtOnce = 500;

export interface VerifyCommand {
  readonly run?: string;
  readonly file?: string;
  readonly key?: readonly string[];
  readonly posted?: readonly string[];
}

export async function verify(options: VerifyCommand): Promise<void> {
  const witnessed = parseWitnessed(options);
  const { file } = options;
  const source = file === undefined ? undefined : await openFile(file);
  const report =
    source === undefined
      ? await readSetup().withStore((store) => verifyStore(store, options.run, witnessed))
      : await verifyLedger(source, { witnessed, onProgress });
  showProgress('');
  for (const fault of report.faults) say(`BAD  ${fault.stream}/${String(fault.seq)}: ${fault.why}`);
  const size = `${String(report.commits)} commits in ${String(report.streams)} streams`;
  if (report.faults.length > 0) {
    say(`${size}: ${String(report.faults.length)} bad.`);
    process.exitCode = 1;
  } else say(`ok   ${size}: every hash, link and text is as it was written.`);
  saySeals(report, witnessed);
  if (source?.extent === 'excerpt')
    say(
      `note this file is a selection (${source.selections.join('; ')}): what was left out cannot be missed.`,
    );
}

/** What the seals vouch for, and what they do not. */
function saySeals({ book, streams, covered }: LedgerReport, witnessed: Witnessed): void {
  if (book.seals === 0) {
    say('note no seals: a tail that was cut off, or a ledger written anew, would not be noticed.');
    return;
  }
  say(
    `seal ${String(book.seals)} seals, the last of ${book.lastAt ?? 'no time'}, vouch for ${String(covered)} of ${String(streams)} streams to their ends.`,
  );
  for (const [key, count] of book.signers) say(`key  ${key} signed ${String(count)}`);
  if (witnessed.keys === undefined && witnessed.posted === undefined)
    say(
      'note keys and seals lie in the ledger itself. Compare with the audit channel: --posted <number>:<hash>, --key <fingerprint>.',
    );
}

async function verifyStore(
  store: Store,
  run: string | undefined,
  witnessed: Witnessed,
): Promise<LedgerReport> {
  const only = run === undefined ? undefined : runStream(asRunId(run));
  const report = await verifyLedger(sourceOfStore(store.ledger, only), {
    witnessed,
    onProgress,
    // The list of runs knows how far each ledger went.
    async knownEnd(stream) {
      const id = runOfStream(stream);
      return id === undefined ? undefined : (await store.runs.find(id))?.seq;
    },
  });
  const named = new Set(report.faults.map((fault) => fault.stream));
  const lost = (await findLostRuns(store, run)).filter((fault) => !named.has(fault.stream));
  return { ...report, faults: [...report.faults, ...lost] };
}

async function findLostRuns(store: Store, run: string | undefined): Promise<readonly Fault[]> {
  const faults: Fault[] = [];
  let cursor: string | undefined;
  do {
    const rows = await store.runs.list({ limit: rowsAtOnce, ...(cursor !== undefined && { cursor }) });
    for (const row of rows) {
      if (run !== undefined && row.id !== run) continue;
      const stream = runStream(row.id);
      const [first] = await store.ledger.listStreams({ prefix: stream, limit: 1 });
      if (first !== stream) faults.push({ stream, seq: 0, why: 'the whole ledger of this run is gone' });
    }
    const last = rows.length === rowsAtOnce ? rows.at(-1) : undefined;
    cursor = last === undefined ? undefined : `${String(last.startedAt)}/${last.id}`;
  } while (cursor !== undefined);
  return faults;
}

type FileSource = LedgerSource & { readonly selections: readonly string[] };

/** An exported file, read twice: seals and keys first, then one stream after the other. */
async function openFile(file: string): Promise<FileSource> {
  const early = new Map<string, Commit[]>([
    [sealStream, []],
    [keyStream, []],
  ]);
  const selections = new Set<string>();
  for await (const { commit, excerpt } of commitsOf(file)) {
    early.get(commit.stream)?.push(commit);
    if (excerpt !== undefined) selections.add(excerpt);
  }
  return {
    extent: selections.size === 0 ? 'whole' : 'excerpt',
    selections: [...selections],
    read: (stream) => Promise.resolve(early.get(stream) ?? []),
    async *streams() {
      let current: Commit[] = [];
      for await (const { commit } of commitsOf(file)) {
        const [first] = current;
        if (first !== undefined && first.stream !== commit.stream) {
          yield [first.stream, current] as const;
          current = [];
        }
        current.push(commit);
      }
      const [first] = current;
      if (first !== undefined) yield [first.stream, current] as const;
    },
  };
}

async function* commitsOf(file: string): AsyncGenerator<ReturnType<typeof parseExported>> {
  let number = 0;
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY });
  for await (const line of lines) {
    number += 1;
    if (line.trim() !== '') yield parseExported(line, number);
  }
}

function parseWitnessed({ key, posted }: VerifyCommand): Witnessed {
  return {
    ...(key !== undefined && { keys: key }),
    ...(posted !== undefined && {
      posted: posted.map((text) => {
        const [, number, hash] = /^(\d+):([0-9a-f]{64})$/u.exec(text) ?? [];
        if (number === undefined || hash === undefined)
          throw new AppError(
            'config.invalid',
            '--posted: give <number>:<hash> as the audit channel shows it.',
          );
        return { number: Number(number), hash };
      }),
    }),
  };
}

function onProgress(streams: number, commits: number): void {
  showProgress(`${String(streams)} streams, ${String(commits)} commits`);
}

function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}
