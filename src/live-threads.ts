/** What a thread shows beside its messages while a run works: words as they are written, and what the run does. */
import { surfaceOf } from './core/surface-of.ts';
import type { ChatAdapter, Presence } from './chat/adapter.ts';
import { firstCharacters } from './core/first-characters.ts';
import type { Commit } from './ledger/commit.ts';
import { accountsOn } from './people/accounts-on.ts';
import type { People } from './people/person.ts';
import { isFinished } from './runs/run-state.ts';
import type { RunState } from './runs/run-state.ts';

export interface LiveThreads {
  /** A run's ledger grew. */
  landed(state: RunState, commit: Commit): void;
  /** Words of an answer as they arrive; secrets are out of them. */
  text(state: RunState, text: string, isDone: boolean): void;
}

const titleCharacters = 100;
/** What moves something in somebody's inbox. */
const inboxKinds = /^(?:run|approval|vote|grant)\./u;

export function createLiveThreads(adapters: () => readonly ChatAdapter[], people: () => People): LiveThreads {
  const find = (state: RunState): ChatAdapter | undefined => {
    const surface = surfaceOf(state.thread);
    return adapters().find(({ name }) => name === surface);
  };
  /** The requester's account on the thread's platform. */
  const accountOf = (state: RunState): { readonly to?: string } => {
    const person = people().findPerson(state.requester);
    const [account] = person === undefined ? [] : accountsOn(person, surfaceOf(state.thread));
    return account === undefined ? {} : { to: account };
  };

  return {
    landed(state, { events }) {
      if (events.some(({ kind }) => inboxKinds.test(kind)))
        for (const adapter of adapters()) adapter.inboxChanged?.();
      // A run of a run has the thread of whoever started it, and shows itself there.
      if (state.parent !== undefined) return;
      // Whatever a stopped model still says, nobody waits for it.
      if (isFinished(state)) find(state)?.showDraft?.(state.thread, { text: '', isDone: true });
      find(state)?.showPresence?.(state.thread, {
        status: statusOf(state),
        title: firstCharacters(state.text.replaceAll(/\s+/gu, ' ').trim(), titleCharacters),
        ...accountOf(state),
      });
    },
    text(state, text, isDone) {
      find(state)?.showDraft?.(state.thread, { text, isDone, ...accountOf(state) });
    },
  };
}

function statusOf(state: RunState): Presence['status'] {
  if (isFinished(state)) return 'idle';
  return state.status === 'waiting' || state.status === 'parked' ? 'waiting' : 'working';
}
