/**
 * Verification of a whole ledger, stream by stream, wherever its commits come from.
 *
 * Each stream must add up by itself, end no earlier than it was sealed, and no earlier than whoever else knows its
 * length says. Streams that were sealed and are not there are lost.
 */
import type { Commit } from './commit.ts';
import { keyStream, sealStream } from './seal.ts';
import type { LedgerStore } from './store.ts';
import { streamNames } from './stream-names.ts';
import { verifyExcerpt, verifyStream } from './verify.ts';
import type { Fault } from './verify.ts';
import { findLost, findUnsealed, findUnsealedAmong, isCovered, openSealBook } from './verify-seals.ts';
import type { SealBook, Witnessed } from './verify-seals.ts';

export interface LedgerSource {
  /** All commits of one stream, as they are there. */
  read(stream: string): Promise<readonly Commit[]>;
  /** Every stream once, with its commits. */
  streams(): AsyncIterable<readonly [string, readonly Commit[]]>;
  /** `excerpt`: commits were selected, what is missing is no fault. `streams`: whole streams, but not all. */
  readonly extent: 'whole' | 'streams' | 'excerpt';
}

export interface LedgerReport {
  readonly commits: number;
  readonly streams: number;
  /** Streams whose last commit a seal vouches for. */
  readonly covered: number;
  readonly faults: readonly Fault[];
  readonly book: SealBook;
}

export interface VerifyOptions {
  readonly witnessed?: Witnessed;
  /** The last commit that somebody else knows of this stream, for example the list of runs. */
  readonly knownEnd?: (stream: string) => Promise<number | undefined>;
  readonly onProgress?: (streams: number, commits: number) => void;
}

export async function verifyLedger(source: LedgerSource, options: VerifyOptions = {}): Promise<LedgerReport> {
  const book = openSealBook(await source.read(sealStream), await source.read(keyStream), options.witnessed);
  const faults: Fault[] = [...book.faults];
  const seen = new Set<string>();
  let commits = 0;
  let covered = 0;
  for await (const [stream, standing] of source.streams()) {
    if (seen.has(stream))
      faults.push({ stream, seq: standing[0]?.seq ?? 0, why: 'it goes on elsewhere in the file' });
    seen.add(stream);
    commits += standing.length;
    const fault =
      source.extent === 'excerpt'
        ? (verifyExcerpt(standing) ?? findUnsealedAmong(book, stream, standing))
        : (verifyStream(standing) ??
          findUnsealed(book, stream, standing) ??
          (await findLostTail(stream, standing, options)));
    if (fault !== undefined) faults.push(fault);
    if (stream === sealStream || isCovered(book, stream, standing)) covered += 1;
    if (seen.size % 100 === 0) options.onProgress?.(seen.size, commits);
  }
  if (source.extent === 'whole') faults.push(...findLost(book, seen));
  return { commits, streams: seen.size, covered, faults, book };
}

async function findLostTail(
  stream: string,
  standing: readonly Commit[],
  options: VerifyOptions,
): Promise<Fault | undefined> {
  const known = await options.knownEnd?.(stream);
  const last = standing.at(-1)?.seq ?? -1;
  if (known === undefined || known <= last) return undefined;
  return {
    stream,
    seq: last + 1,
    why: `the ledger ends here, but the run went on to commit ${String(known)}`,
  };
}

/** A store's ledger, or one stream of it. */
export function sourceOfStore(store: LedgerStore, only?: string): LedgerSource {
  return {
    extent: only === undefined ? 'whole' : 'streams',
    read: (stream) => store.read(stream),
    async *streams() {
      if (only !== undefined) {
        yield [only, await store.read(only)];
        return;
      }
      for await (const name of streamNames(store)) yield [name, await store.read(name)];
    },
  };
}
