/**
 * A small stream that several processes write to: read on before every decision, appended with the next seq.
 *
 * There is one for each thing that many runs share: the freeze, grants, budgets. `read` sees every commit that
 * stood when it was called. An append is decided from what stands and made anew when another process was faster,
 * so what is decided holds exactly, on any number of processes.
 */
import { AppError } from '../core/errors.ts';
import { noPrev, prevAfter } from './commit.ts';
import type { LedgerEvent } from './commit.ts';
import { readerOf } from './fold.ts';
import type { EventDraft, Fold } from './fold.ts';
import { sealCommit } from './seal-commit.ts';
import type { LedgerStore } from './store.ts';

export interface SmallStream<State> {
  /** As last read by this process. */
  known(): State;
  /** Reads what was added meanwhile. Callers that ask in the same moment share one look. */
  read(): Promise<State>;
  /**
   * Appends what `decide` answers, durable when it resolves. `decide` is asked again with the newer state whenever
   * another process was faster; an empty answer appends nothing.
   */
  append(by: string, decide: (state: State) => readonly EventDraft[]): Promise<State>;
}

export interface SmallStreamOptions<State> {
  readonly store: LedgerStore;
  readonly stream: string;
  readonly empty: State;
  /** Returns a new state; never alters the one it is given. */
  readonly fold: Fold<State>;
  /** Takes secrets out of texts before they are kept. */
  readonly redact?: (text: string) => string;
}

const maxAttempts = 200;

export function createSmallStream<State>(options: SmallStreamOptions<State>): SmallStream<State> {
  const { store, stream } = options;
  let state = options.empty;
  let seq = 0;
  let prev = noPrev;
  let count = 0;
  let last: Promise<unknown> = Promise.resolve();
  let nextRead: Promise<State> | undefined;

  /** One after the other: appends of this process never race each other. */
  function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = last.then(work);
    last = result.catch(() => undefined);
    return result;
  }

  async function readOn(): Promise<State> {
    for (const commit of await store.read(stream, seq)) {
      const stamp = { at: commit.landedAt, isLanded: true };
      let folded = state;
      for (const [index, { kind, v, data }] of commit.events.entries()) {
        const number = count + index + 1;
        folded = options.fold(folded, {
          kind,
          v,
          data,
          number,
          by: commit.by,
          stamp,
          ...readerOf(data, commit.bodies),
        });
      }
      state = folded;
      count += commit.events.length;
      seq = commit.seq + 1;
      prev = prevAfter(commit);
    }
    return state;
  }

  return {
    known: () => state,
    read() {
      // A look that has not begun yet sees all that stands now, so it serves this caller too.
      nextRead ??= inTurn(() => {
        nextRead = undefined;
        return readOn();
      });
      return nextRead;
    },
    append: (by, decide) =>
      inTurn(async () => {
        for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
          const drafts = decide(await readOn());
          if (drafts.length === 0) return state;
          const result = await store.append(
            sealCommit({ stream, seq, by, prev }, drafts, options.redact),
            [],
          );
          if (result.kind === 'landed') return readOn();
        }
        throw new AppError('store.unavailable', `${stream} could not be written: it keeps moving.`);
      }),
  };
}

/** A text field that an event of this kind always has. */
export function textField(event: Pick<LedgerEvent, 'kind' | 'data'>, field: string): string {
  const value = event.data[field];
  if (typeof value !== 'string')
    throw new AppError('store.corrupt', `An event ${event.kind} has no ${field}.`);
  return value;
}

/** A number field that an event of this kind always has. */
export function numberField(event: Pick<LedgerEvent, 'kind' | 'data'>, field: string): number {
  const value = event.data[field];
  if (typeof value !== 'number')
    throw new AppError('store.corrupt', `An event ${event.kind} has no ${field}.`);
  return value;
}
