/**
 * Verification by seals: whether the streams still end where signed statements say that they once ended. Pure.
 *
 * This finds what no stream can show by itself: a tail that was cut off, a stream that is gone as a whole, and a
 * stream that was written anew with hashes that add up. What landed after the last seal is vouched for by nobody.
 * Keys and seals lie in the same store: who may write there can forge both, unless a key's fingerprint or a seal's
 * hash is known from elsewhere.
 */
import { describeError } from '../core/errors.ts';
import { prevAfter } from './commit.ts';
import type { Commit } from './commit.ts';
import {
  keyStream,
  noSeal,
  readKeys,
  readSeals,
  rootOfHeads,
  sealHash,
  sealStream,
  statementOf,
} from './seal.ts';
import type { Seal, SealedHead } from './seal.ts';
import { fingerprintOf, isSignedBy } from './seal-key.ts';
import type { Fault } from './verify.ts';

/** What the verifier knows from elsewhere. */
export interface Witnessed {
  /** Fingerprints of keys that are known to be ours; without any, every registered key counts. */
  readonly keys?: readonly string[];
  /** Seals that the audit channel showed. */
  readonly posted?: readonly { readonly number: number; readonly hash: string }[];
}

export interface SealBook {
  readonly seals: number;
  readonly lastAt?: string;
  /** How many seals each key signed. */
  readonly signers: ReadonlyMap<string, number>;
  readonly faults: readonly Fault[];
  /** Sealed places of each stream. */
  readonly heads: ReadonlyMap<string, readonly SealedHead[]>;
}

/** Checks the seals themselves: numbers, links, roots and signatures. */
export function openSealBook(
  seals: readonly Commit[],
  keys: readonly Commit[],
  witnessed: Witnessed = {},
): SealBook {
  const faults: Fault[] = [];
  const known = attempt(
    () => readKeys(keys),
    new Map<string, string>(),
    { stream: keyStream, seq: 0 },
    faults,
  );
  const signers = new Map<string, number>();
  const heads = new Map<string, SealedHead[]>();
  const hashes = new Map<number, string>();
  let before: Seal | undefined;
  for (const commit of seals) {
    for (const seal of attempt(() => readSeals(commit), [], commit, faults)) {
      const why = findSealFault(seal, before, known, witnessed);
      if (why !== undefined)
        faults.push({ stream: sealStream, seq: commit.seq, why: `seal ${String(seal.number)}: ${why}` });
      signers.set(seal.key, (signers.get(seal.key) ?? 0) + 1);
      hashes.set(seal.number, sealHash(seal));
      for (const head of seal.heads ?? []) {
        const places = heads.get(head.stream);
        if (places === undefined) heads.set(head.stream, [head]);
        else places.push(head);
      }
      before = seal;
    }
  }
  for (const [key, publicKey] of known)
    if (fingerprintOf(Buffer.from(publicKey, 'base64')) !== key)
      faults.push({ stream: keyStream, seq: 0, why: `key ${key} is not the one of that fingerprint` });
  for (const { number, hash } of witnessed.posted ?? [])
    if (hashes.get(number) !== hash)
      faults.push({
        stream: sealStream,
        seq: number - 1,
        why: hashes.has(number)
          ? `seal ${String(number)} is not the one that was posted`
          : `seal ${String(number)} was posted and is gone`,
      });
  return { seals: hashes.size, signers, faults, heads, ...(before !== undefined && { lastAt: before.at }) };
}

/** What cannot be read is a fault, not the end of the verification. */
function attempt<T>(
  read: () => T,
  otherwise: T,
  { stream, seq }: { readonly stream: string; readonly seq: number },
  faults: Fault[],
): T {
  try {
    return read();
  } catch (error) {
    faults.push({ stream, seq, why: describeError(error) });
    return otherwise;
  }
}

function findSealFault(
  seal: Seal,
  before: Seal | undefined,
  keys: ReadonlyMap<string, string>,
  { keys: trusted }: Witnessed,
): string | undefined {
  if (seal.number !== (before?.number ?? 0) + 1) return 'a seal before it is missing';
  if (seal.previous !== (before === undefined ? noSeal : sealHash(before)))
    return 'it does not follow from the seal before it';
  const publicKey = keys.get(seal.key);
  if (publicKey === undefined) return `its key ${seal.key} is not registered`;
  if (trusted !== undefined && !trusted.includes(seal.key))
    return `its key ${seal.key} is not one that you trust`;
  if (!isSignedBy(publicKey, statementOf(seal), seal.signature)) return 'its signature does not match';
  if (seal.heads === undefined) return 'its list of heads is gone';
  if (seal.heads.length !== seal.size || rootOfHeads(seal.heads) !== seal.root)
    return 'its heads are not those that were signed';
  return undefined;
}

/** The first sealed place that this stream does not hold as it was sealed. */
export function findUnsealed(book: SealBook, stream: string, commits: readonly Commit[]): Fault | undefined {
  let good = -1;
  for (const { seq, digest } of book.heads.get(stream) ?? []) {
    const commit = commits[seq];
    if (commit === undefined) {
      const end = commits.length;
      const what = end === 0 ? 'the whole ledger is gone' : 'the ledger ends here';
      return { stream, seq: end, why: `${what}, but commit ${String(seq)} was sealed` };
    }
    if (commit.seq !== seq || prevAfter(commit) !== digest) {
      const since = good < 0 ? 'the beginning' : `commit ${String(good)}, which is as it was sealed`;
      return { stream, seq, why: `another commit was sealed here; it was written anew after ${since}` };
    }
    good = seq;
  }
  return undefined;
}

/** The first commit of a selection that is not the one that was sealed at its place. */
export function findUnsealedAmong(
  book: SealBook,
  stream: string,
  commits: readonly Commit[],
): Fault | undefined {
  const sealed = new Map(book.heads.get(stream)?.map(({ seq, digest }) => [seq, digest]));
  for (const commit of commits) {
    const digest = sealed.get(commit.seq);
    if (digest !== undefined && prevAfter(commit) !== digest)
      return { stream, seq: commit.seq, why: 'another commit was sealed here' };
  }
  return undefined;
}

/** Sealed streams that are not among those seen: gone as a whole. */
export function findLost(book: SealBook, seen: ReadonlySet<string>): readonly Fault[] {
  return [...book.heads.keys()]
    .filter((stream) => !seen.has(stream))
    .flatMap((stream) => findUnsealed(book, stream, []) ?? []);
}

/** True when the last commit of the stream is one that a seal vouches for. */
export function isCovered(book: SealBook, stream: string, commits: readonly Commit[]): boolean {
  const last = commits.at(-1)?.seq;
  return last !== undefined && (book.heads.get(stream)?.some(({ seq }) => seq >= last) ?? false);
}
