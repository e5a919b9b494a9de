/**
 * Changes of policy that operators want in chat, and what became of them, folded from the stream `policy/changes`. Pure.
 *
 * What one operator wants changes nothing; a second one's agreement does, for the very file that it was made for.
 */
import { asActorId } from '../core/ids.ts';
import type { ActorId } from '../core/ids.ts';
import type { FoldedEvent } from '../ledger/fold.ts';
import { createSmallStream, textField } from '../ledger/small-stream.ts';
import type { SmallStream } from '../ledger/small-stream.ts';
import type { LedgerStore } from '../ledger/store.ts';

export const policyStream = 'policy/changes';

export interface WantedChange {
  readonly id: string;
  readonly by: ActorId;
  readonly at: number;
  /** SHA-256 of the file that it was made for, and of what the file becomes. */
  readonly base: string;
  readonly next: string;
  /** `rule large-refund`. */
  readonly about: string;
  /** The whole file as it becomes. Undefined once erased: then it cannot be agreed to. */
  readonly text: string | undefined;
  /** The line that changes, and what that does to recorded calls, for people. */
  readonly difference: string;
  readonly effect: string;
}

export interface AgreedChange extends WantedChange {
  readonly agreedBy: ActorId;
  readonly agreedAt: number;
  /** Some process has written it. */
  readonly isWritten: boolean;
}

export interface PolicyChangeState {
  readonly wanted: readonly WantedChange[];
  /** The last one that a second operator agreed to. */
  readonly agreed?: AgreedChange;
  /** SHA-256 of the files that led to it, change by change, each made from the one before: it stands in their place. */
  readonly replaced?: readonly string[];
  /** Who wanted what was agreed to, the last ones, and when it was. */
  readonly authors: readonly { readonly by: ActorId; readonly agreedAt: number }[];
}

/** So long does whoever changed the rules approve nothing under them. */
const authorWaitsMs = 24 * 60 * 60_000;
const mostAuthors = 200;
const mostReplaced = 1_000;

/** Who wanted a change of the rules that has been in force for less than a day: they approve nothing meanwhile. */
export function policyAuthors({ authors }: PolicyChangeState, now: number): readonly ActorId[] {
  return [...new Set(authors.filter(({ agreedAt }) => agreedAt > now - authorWaitsMs).map(({ by }) => by))];
}

const none: PolicyChangeState = { wanted: [], authors: [] };

export function openPolicyStream(store: LedgerStore): SmallStream<PolicyChangeState> {
  return createSmallStream({ store, stream: policyStream, empty: none, fold: foldPolicyChanges });
}

export function foldPolicyChanges(state: PolicyChangeState, event: FoldedEvent): PolicyChangeState {
  if (event.v !== 1) return state;
  switch (event.kind) {
    case 'policy.proposed': {
      const wanted: WantedChange = {
        id: textField(event, 'id'),
        by: asActorId(event.by),
        at: event.stamp.at.getTime(),
        base: textField(event, 'base'),
        next: textField(event, 'next'),
        about: textField(event, 'about'),
        text: event.text('file'),
        difference: event.text('difference') ?? '',
        effect: event.text('effect') ?? '',
      };
      return { ...state, wanted: [...state.wanted, wanted] };
    }
    case 'policy.confirmed': {
      const found = state.wanted.find(({ id }) => id === textField(event, 'id'));
      if (found === undefined) return state;
      const agreedAt = event.stamp.at.getTime();
      const agreed = { ...found, agreedBy: asActorId(event.by), agreedAt, isWritten: false };
      const authors = [...state.authors, { by: found.by, agreedAt }].slice(-mostAuthors);
      // A file that was changed by hand in between is a new beginning: what was before it is nobody's to replace.
      const isNext = state.agreed?.next === found.base;
      const replaced = [...(isNext ? (state.replaced ?? []) : []), found.base].slice(-mostReplaced);
      return { ...without(state, found.id), agreed, replaced, authors };
    }
    case 'policy.turned-down':
    case 'policy.outdated':
      return without(state, textField(event, 'id'));
    case 'policy.written':
      return state.agreed?.id === textField(event, 'id')
        ? { ...state, agreed: { ...state.agreed, isWritten: true } }
        : state;
    // Why it was not written is for people who read the ledger.
    default:
      return state;
  }
}

function without(state: PolicyChangeState, id: string): PolicyChangeState {
  return { ...state, wanted: state.wanted.filter((entry) => entry.id !== id) };
}
