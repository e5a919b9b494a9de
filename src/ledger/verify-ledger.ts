/**
 * Verification of a whole ledger, stream by stream, wherever its commits come from.
 *
 * Each stream must add up by itself, end no earlier than it was sealed, and no earlier than whoever else knows its
 * length says. Streams that were sealed and are not there are lost.
 */
import type { Commit } from './commit.ts';
import { keyStream, sealStream } from './seal.ts';
import type { LedgerStore, StreamRange } from './store.ts';
import { verifyExcerpt, verifyStream } from './verify.ts';
import type { Fault } from './verify.ts';
import { findLost, findUnsealed, findUnsealedAmong, isCovered, openSealBook } from './verify-seals.ts';
import type { SealBook, Witnessed } from './verify-seals.ts';
import { wholeStreams } from './whole-streams.ts';

export interface LedgerSource {
  /** All commits of one stream, as they are there. */
  read(stream: string): Promise<readonly Commit[]>;
  /** Every stream once, with its commits. */
  streams(): AsyncIterable<readonly [string, readonly Commit[]]>;
  /** Where only a part of the streams is looked at: what lies outside is neither seen nor lost. */
  readonly range?: StreamRange;
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
  /**
   * The last commit that somebody else knows of each stream, for example the list of runs, read before the ledger.
   * A stream that is named here and has no commit is lost.
   */
  readonly knownEnds?: ReadonlyMap<string, number>;
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
          findLostTail(stream, standing, options));
    if (fault !== undefined) faults.push(fault);
    if (stream === sealStream || isCovered(book, stream, standing)) covered += 1;
    if (seen.size % 100 === 0) options.onProgress?.(seen.size, commits);
  }
  if (source.extent === 'whole')
    faults.push(...findLost(book, seen).filter(({ stream }) => isWithin(stream, source.range)));
  const named = new Set(faults.map((fault) => fault.stream));
  for (const stream of options.knownEnds?.keys() ?? [])
    if (!seen.has(stream) && !named.has(stream) && isWithin(stream, source.range))
      faults.push({ stream, seq: 0, why: 'the whole ledger of this run is gone' });
  return { commits, streams: seen.size, covered, faults, book };
}

function findLostTail(
  stream: string,
  standing: readonly Commit[],
  { knownEnds }: VerifyOptions,
): Fault | undefined {
  const known = knownEnds?.get(stream);
  const last = standing.at(-1)?.seq ?? -1;
  if (known === undefined || known <= last) return undefined;
  return {
    stream,
    seq: last + 1,
    why: `the ledger ends here, but the run went on to commit ${String(known)}`,
  };
}

/** Names are compared as stores do, by their bytes. */
function isWithin(stream: string, { from = '', before }: StreamRange = {}): boolean {
  const name = Buffer.from(stream);
  return (
    Buffer.compare(name, Buffer.from(from)) >= 0 &&
    (before === undefined || Buffer.compare(name, Buffer.from(before)) < 0)
  );
}

/** A store's ledger, one stream of it, or the streams of a range. */
export function sourceOfStore(store: LedgerStore, only?: string, range: StreamRange = {}): LedgerSource {
  return {
    range,
    extent: only === undefined ? 'whole' : 'streams',
    read: (stream) => store.read(stream),
    async *streams() {
      if (only !== undefined) {
        yield [only, await store.read(only)];
        return;
      }
      yield* wholeStreams(store, range);
    },
  };
}
