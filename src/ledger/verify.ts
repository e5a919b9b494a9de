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
  for (const { data } of commit.events) {
    const why = findTextFault(data, commit, erased, named);
    if (why !== undefined) return why;
  }
  for (const name of Object.keys(commit.bodies))
    if (!named.has(name)) return `the text ${name} belongs to no event`;
  return undefined;
}

/** Looks at every text that is referred to in a value, and notes its name. */
function findTextFault(
  value: unknown,
  commit: Commit,
  erased: ReadonlySet<string>,
  named: Set<string>,
): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if ('body' in value && 'commitment' in value && typeof value.body === 'string') {
    const name = value.body;
    named.add(name);
    const kept = commit.bodies[name];
    if (kept === undefined)
      return erased.has(name) ? undefined : `the text ${name} is gone and no event says that it was erased`;
    return commitmentTo(kept) === String(value.commitment)
      ? undefined
      : `the text ${name} is not the one that was committed to`;
  }
  for (const part of Object.values(value)) {
    const why = findTextFault(part, commit, erased, named);
    if (why !== undefined) return why;
  }
  return undefined;
}

/** Names of erased bodies by the seq of their commit. */
export function readErasures(commits: readonly Commit[]): ReadonlyMap<number, Set<string>> {
  const erased = new Map<number, Set<string>>();
  for (const { events } of commits)
    for (const { kind, data } of events) {
      if (kind !== erasureKind || typeof data['seq'] !== 'number' || !Array.isArray(data['bodies'])) continue;
      const names = erased.get(data['seq']) ?? new Set<string>();
      // Array.isArray forgets the element type of a readonly list.
      for (const name of data['bodies'] as readonly unknown[]) if (typeof name === 'string') names.add(name);
      erased.set(data['seq'], names);
    }
  return erased;
}
