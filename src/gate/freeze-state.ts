/**
 * The freeze, folded from its stream `switches/freeze`: whether everything is stopped, what was asked too early to
 * count, and which emergency openings there are. Pure.
 *
 * While everything is frozen nothing is sent but reads that policy allows: no call that people approved, and no write
 * that policy allows by itself. Whatever was asked before a freeze began or ended is void for ever.
 */
import { AppError } from '../core/errors.ts';
import { asActorId, asGlassId, asThreadId } from '../core/ids.ts';
import type { ActorId, GlassId, ThreadId } from '../core/ids.ts';
import type { FoldedEvent } from '../ledger/fold.ts';
import { createSmallStream, numberField, textField } from '../ledger/small-stream.ts';
import type { SmallStream } from '../ledger/small-stream.ts';
import type { LedgerStore } from '../ledger/store.ts';

const freezeStream = 'switches/freeze';

/** An emergency opening of one thread: two persons break the glass, and a third signs afterwards that he has looked. */
export interface Glass {
  readonly id: GlassId;
  readonly thread: ThreadId;
  readonly by: ActorId;
  readonly reason: string;
  readonly at: number;
  /** Set once the second person agreed. */
  readonly broken?: { readonly by: ActorId; readonly at: number; readonly until: number };
  readonly reviewed?: { readonly by: ActorId; readonly at: number; readonly words: string };
}

export interface FreezeState {
  readonly frozen?: { readonly by: ActorId; readonly reason: string; readonly at: number };
  /** When a freeze last began or ended: what was asked until then is void. */
  readonly voidUntil: number;
  readonly glasses: readonly Glass[];
}

const neverFrozen: FreezeState = { voidUntil: 0, glasses: [] };

export function openFreezeStream(
  store: LedgerStore,
  redact?: (text: string) => string,
): SmallStream<FreezeState> {
  return createSmallStream({
    store,
    stream: freezeStream,
    empty: neverFrozen,
    fold: foldFreeze,
    ...(redact !== undefined && { redact }),
  });
}

export function foldFreeze(state: FreezeState, event: FoldedEvent): FreezeState {
  const at = event.stamp.at.getTime();
  if (event.v === 1) {
    switch (event.kind) {
      case 'freeze.started':
        return {
          ...state,
          frozen: { by: actorOf(event), reason: event.text('reason') ?? erased, at },
          voidUntil: at,
        };
      case 'freeze.ended': {
        const { glasses } = state;
        return { glasses, voidUntil: at };
      }
      case 'glass.requested': {
        const glass = {
          id: glassOf(event),
          thread: asThreadId(textField(event, 'thread')),
          by: actorOf(event),
          reason: event.text('reason') ?? erased,
          at,
        };
        return { ...state, glasses: [...state.glasses, glass] };
      }
      case 'glass.broken': {
        const broken = { by: actorOf(event), at, until: at + numberField(event, 'forMs') };
        return changeGlass(state, glassOf(event), (glass) => ({ ...glass, broken }));
      }
      case 'glass.reviewed': {
        const reviewed = { by: actorOf(event), at, words: event.text('words') ?? erased };
        return changeGlass(state, glassOf(event), (glass) => ({ ...glass, reviewed }));
      }
      default:
    }
  }
  // What this version does not understand may be a freeze: nothing runs until a newer one looks.
  throw new AppError('ledger.unknown-event', `${freezeStream} holds ${event.kind} v${String(event.v)}.`);
}

/** Why nothing may be asked or sent in this thread now; undefined when it may. */
export function findFreeze(state: FreezeState, thread: ThreadId, now: number): FreezeState['frozen'] {
  const { frozen } = state;
  if (frozen === undefined) return undefined;
  const isOpen = state.glasses.some(
    ({ broken, ...glass }) =>
      glass.thread === thread && broken !== undefined && broken.at >= frozen.at && now < broken.until,
  );
  return isOpen ? undefined : frozen;
}

/** Openings that were used and that nobody has signed for yet. */
export function openReviews(state: FreezeState): readonly Glass[] {
  return state.glasses.filter((glass) => glass.broken !== undefined && glass.reviewed === undefined);
}

const erased = '(erased)';

function changeGlass(state: FreezeState, id: GlassId, change: (glass: Glass) => Glass): FreezeState {
  return { ...state, glasses: state.glasses.map((glass) => (glass.id === id ? change(glass) : glass)) };
}

function actorOf(event: FoldedEvent): ActorId {
  return asActorId(textField(event, 'by'));
}

function glassOf(event: FoldedEvent): GlassId {
  return asGlassId(textField(event, 'glass'));
}
