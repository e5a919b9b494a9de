/**
 * Verification: whether a stream is what its writers appended, and where it first is not. Pure.
 *
 * Found: an altered event, actor, nonce, body or time, a commit that is missing, inserted or out of order, and text
 * that is gone without an erasure event. A tail that was cut off leaves no trace inside a stream: seals find it, and
 * whoever else knows the stream's length.
 */
import type { Commit } from './commit.ts';
import { commitHash, commitmentTo, noPrev, prevAfter } from './commit.ts';

export interface Fault {
  readonly stream: string;
  /** The first bad commit. */
  readonly seq: number;
  readonly why: string;
}

/** Kind of the event that says which bodies were erased on purpose: data `{seq, bodies}`. */
export const erasureKind = 'body.erased';

export function verifyStream(commits: readonly Commit[]): Fault | undefined {
  return verifyFrom(commits, false);
}

/** The same for a selection of a stream's commits: what was left out says nothing, what is there must add up. */
export function verifyExcerpt(commits: readonly Commit[]): Fault | undefined {
  return verifyFrom(commits, true);
}

function verifyFrom(commits: readonly Commit[], mayHaveGaps: boolean): Fault | undefined {
  const erased = readErasures(commits);
  const nonces = new Set<string>();
  let prev: string | undefined = noPrev;
  let landedAt = 0;
  let expected = 0;
  for (const commit of commits) {
    const { stream, seq } = commit;
    if (seq < expected) return { stream, seq, why: `it stands behind commit ${String(expected - 1)}` };
    if (seq > expected) {
      if (!mayHaveGaps) return { stream, seq: expected, why: `commit ${String(expected)} is missing` };
      prev = undefined;
    }
    const why = findFault(commit, prev, landedAt, nonces, erased.get(seq) ?? new Set());
    if (why !== undefined) return { stream, seq, why };
    prev = prevAfter(commit);
    landedAt = commit.landedAt.getTime();
    expected = seq + 1;
    nonces.add(commit.writer);
  }
  return undefined;
}

function findFault(
  commit: Commit,
  prev: string | undefined,
  landedAt: number,
  nonces: ReadonlySet<string>,
  erased: ReadonlySet<string>,
): string | undefined {
  if (prev !== undefined && commit.prev !== prev)
    return 'it does not follow from the commit before it, or that one landed at another time';
  if (!isHashed(commit)) return 'its content does not match its hash';
  if (commit.writer === '' || nonces.has(commit.writer)) return 'its writer is not its own';
  if (commit.landedAt.getTime() < landedAt) return 'it landed before the commit it follows';
  return findBodyFault(commit, erased);
}

function isHashed(commit: Commit): boolean {
  try {
    return commitHash(commit) === commit.hash;
  } catch {
    // Content that has no canonical form was never hashed.
    return false;
  }
}

function findBodyFault(commit: Commit, erased: ReadonlySet<string>): string | undefined {
  const named = new Set<string>();
  for (const { body, commitment } of commit.events.flatMap((event) => referencesIn(event.data))) {
    named.add(body);
    const kept = commit.bodies[body];
    if (kept === undefined) {
      if (!erased.has(body)) return `the text ${body} is gone and no event says that it was erased`;
    } else if (commitmentTo(kept) !== commitment) {
      return `the text ${body} is not the one that was committed to`;
    }
  }
  const stranger = Object.keys(commit.bodies).find((name) => !named.has(name));
  return stranger === undefined ? undefined : `the text ${stranger} belongs to no event`;
}

function referencesIn(value: unknown): readonly { readonly body: string; readonly commitment: string }[] {
  if (typeof value !== 'object' || value === null) return [];
  if ('body' in value && 'commitment' in value && typeof value.body === 'string') {
    return [{ body: value.body, commitment: String(value.commitment) }];
  }
  return Object.values(value).flatMap(referencesIn);
}

/** Names of erased bodies by the seq of their commit. */
export function readErasures(commits: readonly Commit[]): ReadonlyMap<number, Set<string>> {
  const erased = new Map<number, Set<string>>();
  for (const { kind, data } of commits.flatMap((commit) => commit.events)) {
    if (kind !== erasureKind || typeof data['seq'] !== 'number' || !Array.isArray(data['bodies'])) continue;
    const names = erased.get(data['seq']) ?? new Set<string>();
    // Array.isArray forgets the element type of a readonly list.
    for (const name of data['bodies'] as readonly unknown[]) if (typeof name === 'string') names.add(name);
    erased.set(data['seq'], names);
  }
  return erased;
}
