/**
 * One stream as one process works on it: folded state in front, a queue of appends behind.
 *
 * Appends are folded at once and saved soon; whoever shows something outside (an answer, a card, a dispatch)
 * first waits for `durable()`. Appends made in one turn share one commit. If another process appended meanwhile,
 * facts are put on the new head and decisions are refused: they were made about a state that no longer holds.
 */
import { newNonce } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import { endOfTurn, pause } from '../core/clock.ts';
import type { Clock } from '../core/clock.ts';
import { redactKept } from '../core/redact.ts';
import { commitHash, noPrev, prevAfter, sealBody } from './commit.ts';
import type { Body, Commit, CommitDraft, LedgerEvent } from './commit.ts';
import { readerOf } from './fold.ts';
import type { EventDraft, Fold, Stamp } from './fold.ts';
import type { LedgerStore, RowWrite } from './store.ts';

export interface Append<State> {
  /** A `decision` holds only if the stream has not moved; a `fact` is true wherever it lands. */
  readonly sort: 'fact' | 'decision';
  /** The actor who caused it. */
  readonly by: string;
  readonly events: readonly EventDraft[];
  /** For a fact: true when the state already holds it, so that it is never recorded twice, wherever it comes from. */
  readonly isKnown?: (state: State) => boolean;
}

export interface StreamOptions<State> {
  readonly stream: string;
  readonly store: LedgerStore;
  readonly clock: Clock;
  readonly empty: () => State;
  readonly fold: Fold<State>;
  /** Projection rows that follow from the state once the commit `seq` stands. */
  readonly rows: (state: State, seq: number) => readonly RowWrite[];
  /** True when something outside the stream must still follow from these events. */
  readonly isPending: (events: readonly LedgerEvent[]) => boolean;
  /** Takes out what the ledger must never hold, from texts and plain fields alike. */
  readonly redact?: (text: string) => string;
  /** Called after a commit has landed. By then the state may hold more, which is on its way and may be refused. */
  readonly onLanded: (commit: Commit) => void;
  /** True for a state in which nobody has anything to do any more. */
  readonly isOver?: (state: State) => boolean;
  /**
   * Called when decisions were refused because the stream moved, or when others have brought it to its end meanwhile:
   * whoever decides must look again.
   */
  readonly onMoved: () => void;
}

export interface Stream<State> {
  readonly name: string;
  state(): State;
  /** Commits that stand, counting from 0; the next one gets this seq. */
  seq(): number;
  append(append: Append<State>): void;
  /** Resolves when everything appended so far is durable. Rejects when the store cannot be reached. */
  durable(): Promise<void>;
  /**
   * Folds what others appended meanwhile, after all that is on its way here is settled. Whoever only appends needs it
   * not: his append finds out. Whoever may decide that there is nothing to do does. Rejects as `durable` does.
   */
  catchUp(): Promise<void>;
  /** True while appends are not yet durable. */
  isDirty(): boolean;
  /** True once the store could not be reached: drop this object and open the stream again. */
  isBroken(): boolean;
}

/** How long an append nobody waits for may stay in this process only, in milliseconds. */
const lazyFlushMs = 4;
/** How long to wait before an append is tried again that the store did not take twice, and at most. */
const firstPauseMs = 100;
const maxPauseMs = 5_000;

interface Batch<State> {
  readonly appends: Append<State>[];
  readonly stamp: Stamp;
  events: LedgerEvent[];
  bodies: Record<string, Body>;
  readonly done: Promise<void>;
  settle(error?: unknown): void;
}

function newBatch<State>(now: Date): Batch<State> {
  let settle: (error?: unknown) => void = () => undefined;
  const done = new Promise<void>((resolve, reject) => {
    settle = (error) => {
      if (error === undefined) resolve();
      else reject(error instanceof Error ? error : new Error('The store failed.', { cause: error }));
    };
  });
  // A batch may fail while nobody waits for it; whoever calls durable() still sees the rejection.
  done.catch(() => undefined);
  return { appends: [], stamp: { at: now, isLanded: false }, events: [], bodies: {}, done, settle };
}

/** Reads a stream and folds it. The state starts empty when the stream does not exist. */
export async function openStream<State>(options: StreamOptions<State>): Promise<Stream<State>> {
  const stream = createStream(options);
  stream.replay(await options.store.read(options.stream));
  return stream;
}

/** A stream whose commits are already at hand: none, or those that were just written with its beginning. */
export function continueStream<State>(
  options: StreamOptions<State>,
  commits: readonly Commit[],
): Stream<State> {
  const stream = createStream(options);
  stream.replay(commits);
  return stream;
}

function createStream<State>(
  options: StreamOptions<State>,
): Stream<State> & { replay(commits: readonly Commit[]): void } {
  const { store, clock, fold, redact } = options;
  let state = options.empty();
  let count = 0;
  let seq = 0;
  let prev = noPrev;
  let bodyNumber = 0;
  let inFlight: Batch<State> | undefined;
  let next: Batch<State> | undefined;
  let isScheduled = false;
  let broken: Error | undefined;
  /** Appends in a row that the store did not take. */
  let silences = 0;

  function replay(commits: readonly Commit[]): void {
    for (const commit of commits) {
      const stamp: Stamp = { at: commit.landedAt, isLanded: true };
      for (const event of commit.events) foldOne(event, commit.bodies, commit.by, stamp);
      seq = commit.seq + 1;
      prev = prevAfter(commit);
    }
  }

  function foldOne(
    event: LedgerEvent,
    bodies: Readonly<Record<string, Body>>,
    by: string,
    stamp: Stamp,
  ): void {
    count += 1;
    const { kind, v, data } = event;
    state = fold(state, { kind, v, data, number: count, by, stamp, ...readerOf(data, bodies) });
  }

  function addTo(batch: Batch<State>, append: Append<State>): void {
    batch.appends.push(append);
    for (const draft of append.events) {
      let data = redact === undefined ? draft.data : redactFields(draft.data, redact);
      if (draft.texts !== undefined) {
        const references: Record<string, JsonReference> = {};
        for (const [field, text] of Object.entries(draft.texts)) {
          bodyNumber += 1;
          const name = `b${String(bodyNumber)}`;
          const sealed = sealBody(name, redact === undefined ? text : redactKept(text, redact));
          references[field] = sealed.reference;
          batch.bodies[name] = sealed.body;
        }
        data = { ...data, ...references };
      }
      const event: LedgerEvent = { kind: draft.kind, v: draft.v, data };
      batch.events.push(event);
      foldOne(event, batch.bodies, append.by, batch.stamp);
    }
  }

  const isDirty = (): boolean => inFlight !== undefined || next !== undefined;

  function append(entry: Append<State>): void {
    // Others may have recorded it while this process stood still.
    if (entry.isKnown?.(state) === true) return;
    next ??= newBatch<State>(clock.now());
    addTo(next, entry);
    schedule(lazyFlushMs);
  }

  function schedule(ms: number): void {
    if (isScheduled && ms > 0) return;
    isScheduled = true;
    if (ms === 0) queueFlush();
    else clock.after(ms, queueFlush);
  }

  function queueFlush(): void {
    isScheduled = false;
    if (inFlight === undefined && next !== undefined) void flush();
  }

  async function flush(): Promise<void> {
    // Whatever else this turn appends joins the same commit.
    await endOfTurn();
    const batch = takeNext();
    if (batch === undefined) return;
    inFlight = batch;
    const draft = draftOf(batch);
    try {
      const result = await store.append(draft, options.rows(state, seq));
      if (result.kind === 'landed') land(batch, result.commit);
      else await startOver(batch, draft.writer);
    } catch (error) {
      await afterSilence(batch, draft.writer, error);
    }
    inFlight = undefined;
    queueFlush();
  }

  function takeNext(): Batch<State> | undefined {
    if (inFlight !== undefined) return undefined;
    const batch = next;
    next = undefined;
    return batch;
  }

  function land(batch: Batch<State>, commit: Commit): void {
    silences = 0;
    batch.stamp.at = commit.landedAt;
    batch.stamp.isLanded = true;
    seq += 1;
    prev = prevAfter(commit);
    batch.settle();
    options.onLanded(commit);
  }

  /** The store gave no answer. What it holds is what counts; if that cannot be read either, this stream is over. */
  async function afterSilence(batch: Batch<State>, writer: string, error: unknown): Promise<void> {
    silences += 1;
    // A full disk may stay full for hours: no hurry, and no busy waiting.
    if (silences > 1) await pause(clock, Math.min(maxPauseMs, firstPauseMs * 2 ** (silences - 2)));
    try {
      await startOver(batch, writer);
    } catch {
      broken = error instanceof Error ? error : new Error('The store failed.', { cause: error });
      batch.settle(broken);
      next?.settle(broken);
      next = undefined;
      options.onMoved();
    }
  }

  /** Folds what stands, puts facts on top of it, and refuses decisions. */
  async function startOver(batch: Batch<State>, writer: string): Promise<void> {
    const standing = await store.read(options.stream);
    const late = next;
    next = undefined;
    state = options.empty();
    count = 0;
    seq = 0;
    prev = noPrev;
    replay(standing);
    // A commit with our own nonce landed after all: only its answer was lost.
    const hasLanded = standing.some((commit) => commit.writer === writer);
    const entries = [...(hasLanded ? [] : batch.appends), ...(late?.appends ?? [])];
    const again = newBatch<State>(clock.now());
    let isRefused = false;
    for (const entry of entries) {
      if (entry.sort === 'decision') isRefused = true;
      else if (entry.isKnown?.(state) !== true) addTo(again, entry);
    }
    const settleBoth = (error?: unknown): void => {
      batch.settle(error);
      late?.settle(error);
    };
    if (again.appends.length > 0) {
      next = again;
      again.done.then(() => {
        settleBoth();
      }, settleBoth);
    } else {
      settleBoth();
    }
    if (isRefused || options.isOver?.(state) === true) options.onMoved();
  }

  function draftOf(batch: Batch<State>): CommitDraft {
    const head = {
      stream: options.stream,
      seq,
      by: batch.appends[0]?.by ?? 'bot',
      writer: newNonce(),
      events: batch.events,
      prev,
    };
    return {
      ...head,
      hash: commitHash(head),
      bodies: batch.bodies,
      pending: options.isPending(batch.events),
    };
  }

  return {
    name: options.stream,
    state: () => state,
    seq: () => seq,
    append,
    replay,
    async catchUp() {
      for (;;) {
        // What is on its way may be refused, and then nobody would know what it was refused for.
        while (isDirty()) await this.durable();
        if (broken !== undefined) throw broken;
        const newer = await store.read(options.stream, seq);
        if (isDirty()) continue;
        // One that has landed meanwhile is among them.
        replay(newer.filter((commit) => commit.seq >= seq));
        return;
      }
    },
    isDirty,
    isBroken: () => broken !== undefined,
    async durable() {
      if (broken !== undefined) throw broken;
      if (next !== undefined) {
        const waited = next;
        schedule(0);
        await waited.done;
        return;
      }
      if (inFlight !== undefined) await inFlight.done;
    },
  };
}

/** Plain fields are ids and words of ours, but for these, which a model or a provider wrote. */
const writtenByOthers = ['tool', 'server', 'stopDetail'] as const;

function redactFields(data: JsonObject, redact: (text: string) => string): JsonObject {
  const changed: Record<string, string> = {};
  for (const field of writtenByOthers) {
    const value = data[field];
    if (typeof value === 'string') changed[field] = redact(value);
  }
  return { ...data, ...changed };
}

type JsonReference = ReturnType<typeof sealBody>['reference'];
