/**
 * Erasure: texts and their salts go, and the ledger says so before they do.
 *
 * Hashes cover commitments, never texts, so every chain still verifies. The event stands first: a process that dies
 * in between leaves texts that the ledger calls erased, and doing it again finishes the work.
 */
import { newNonce } from '../core/ids.ts';
import { AppError } from '../core/errors.ts';
import { commitHash, noPrev, prevAfter } from './commit.ts';
import type { Commit, LedgerEvent } from './commit.ts';
import type { LedgerStore } from './store.ts';
import { erasureKind, readErasures } from './verify.ts';

/** Names of bodies by the seq of their commit. */
export type TextsBySeq = ReadonlyMap<number, readonly string[]>;

export interface Erasure {
  readonly stream: string;
  readonly texts: TextsBySeq;
  /** The actor who asked for it. */
  readonly by: string;
  /** `derived`: it was made of texts of other streams, which go. */
  readonly why: 'person' | 'retention' | 'derived';
  readonly person?: string;
  /** Stands with the erasure, once a stream. */
  readonly also?: LedgerEvent;
  /** True when what the thread shows must follow. */
  readonly isPending: boolean;
}

const maxAttempts = 50;

/** Durable when it resolves. Works beside other writers of the stream. */
export async function eraseTexts(store: LedgerStore, erasure: Erasure): Promise<void> {
  await announce(store, erasure);
  for (const [seq, names] of erasure.texts) await store.eraseBodies(erasure.stream, seq, names);
}

async function announce(store: LedgerStore, erasure: Erasure): Promise<void> {
  const { stream, by } = erasure;
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const commits = await store.read(stream);
    const events = missingEvents(commits, erasure);
    if (events.length === 0) return;
    const last = commits.at(-1);
    const draft = {
      stream,
      seq: last === undefined ? 0 : last.seq + 1,
      by,
      writer: newNonce(),
      events,
      prev: last === undefined ? noPrev : prevAfter(last),
    };
    const result = await store.append(
      { ...draft, hash: commitHash(draft), bodies: {}, pending: erasure.isPending },
      [],
    );
    if (result.kind === 'landed') return;
  }
  throw new AppError('store.unavailable', `${stream} could not be written: it keeps moving.`);
}

/** Events for what the stream does not yet say; one a commit. */
function missingEvents(commits: readonly Commit[], erasure: Erasure): readonly LedgerEvent[] {
  const { texts, why, person, also } = erasure;
  const said = readErasures(commits);
  const events = [...texts].flatMap(([seq, names]) => {
    const bodies = names.filter((name) => said.get(seq)?.has(name) !== true);
    if (bodies.length === 0) return [];
    return [{ kind: erasureKind, v: 1, data: { seq, bodies, why, ...(person !== undefined && { person }) } }];
  });
  const isThere = commits.some((commit) => commit.events.some(({ kind }) => kind === also?.kind));
  return also === undefined || isThere ? events : [...events, also];
}

/** How many texts an erasure takes away. */
export function countTexts(texts: TextsBySeq): number {
  return [...texts.values()].reduce((sum, names) => sum + names.length, 0);
}

/** Texts of the chosen events that are still there. */
export function textsWhere(
  commits: readonly Commit[],
  isChosen: (event: LedgerEvent) => boolean,
): TextsBySeq {
  const found = new Map<number, readonly string[]>();
  for (const { seq, events, bodies } of commits) {
    const names = events.filter(isChosen).flatMap(({ data }) => namesIn(data));
    const there = names.filter((name) => Object.hasOwn(bodies, name));
    if (there.length > 0) found.set(seq, there);
  }
  return found;
}

function namesIn(data: LedgerEvent['data']): readonly string[] {
  return Object.values(data).flatMap((value) =>
    typeof value === 'object' && value !== null && 'body' in value && typeof value.body === 'string'
      ? [value.body]
      : [],
  );
}
