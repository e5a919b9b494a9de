/**
 * One append for all who want something of a small stream in the same moment, so that a thousand wishes do not cost
 * a thousand flushes. Each stands in the order in which it came.
 */
import type { EventDraft } from './fold.ts';
import type { SmallStream } from './small-stream.ts';

const wantsAtOnce = 100;

/** Resolves once the wish was decided: what became of it is in the stream's state. */
export function createSharedAppend<State, Want extends object>(
  stream: SmallStream<State>,
  decide: (state: State, wants: readonly Want[]) => readonly EventDraft[],
): (want: Want) => Promise<void> {
  const waiting: Want[] = [];
  let turn: Promise<void> | undefined;

  function takeWaiting(): readonly Want[] {
    turn = undefined;
    return waiting.splice(0, wantsAtOnce);
  }

  async function serveNext(): Promise<void> {
    let batch: readonly Want[] | undefined;
    try {
      await stream.append('bot', (state) => {
        batch ??= takeWaiting();
        return decide(state, batch);
      });
    } finally {
      // When the store could not be read, whoever waits for this turn hears of it instead of waiting on.
      batch ??= takeWaiting();
    }
  }

  return async (want) => {
    waiting.push(want);
    // A turn that has taken its wishes is no longer `turn`, so whoever waits for one is in it or before it.
    while (waiting.includes(want)) {
      turn ??= serveNext();
      await turn;
    }
  };
}
