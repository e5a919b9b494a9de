/** `countersign audit verify`: every hash, link, text and seal, of the store or of an exported file. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { AppError } from '../core/errors.ts';
import type { Commit } from '../ledger/commit.ts';
import { parseExported } from '../ledger/export.ts';
import { keyStream, sealStream } from '../ledger/seal.ts';
import type { StreamRange } from '../ledger/store.ts';
import { verifyLedger } from '../ledger/verify-ledger.ts';
import type { LedgerReport, LedgerSource } from '../ledger/verify-ledger.ts';
import type { Witnessed } from '../ledger/verify-seals.ts';
import { readSetup, say } from './command-setup.ts';
import { verifyPart, verifyRun, verifyWhole } from './verify-store.ts';

export interface VerifyCommand {
  readonly run?: string;
  readonly file?: string;
  readonly key?: readonly string[];
  readonly posted?: readonly string[];
  readonly processes?: string;
  /** A range of streams, asked for by another process of this command. */
  readonly part?: string;
}

export async function verify(options: VerifyCommand): Promise<void> {
  const { run, part } = options;
  if (part !== undefined) {
    // Written by this command.
    const range = JSON.parse(part) as StreamRange;
    const partly = await readSetup().withStore((store) => verifyPart(store, range));
    say(JSON.stringify(partly));
    return;
  }
  const processes = parseProcesses(options.processes);
  const witnessed = parseWitnessed(options);
  const { file } = options;
  const source = file === undefined ? undefined : await openFile(file);
  const report =
    source === undefined
      ? await readSetup().withStore((store) =>
          run === undefined
            ? verifyWhole(store, { processes, witnessed, onProgress })
            : verifyRun(store, run, { witnessed, onProgress }),
        )
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

function parseProcesses(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d?$/u.test(text)) return Number(text);
  throw new AppError('config.invalid', '--processes: give a number from 1 to 99.');
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
