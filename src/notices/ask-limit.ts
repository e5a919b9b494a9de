/**
 * No person is brought more than five cards an hour, by name in a thread and in direct messages together.
 *
 * What goes beyond stays in its thread without his name, and waits in his inbox; he hears of it once an hour at most.
 * Which cards were brought is recorded before they are, so it holds over all processes and restarts. Nothing is decided
 * here: a card that nobody was told of waits, reminds and expires like any other.
 */
import type { Clock } from '../core/clock.ts';
import { asApprovalId, asRunId } from '../core/ids.ts';
import type { ActorId, ApprovalId, RunId } from '../core/ids.ts';
import { createSmallStream } from '../ledger/small-stream.ts';
import type { SmallStream } from '../ledger/small-stream.ts';
import type { LedgerStore } from '../ledger/store.ts';
import type { People } from '../people/person.ts';
import { broughtEvent, foldAsks, nobodyAsked } from './ask-state.ts';
import type { AskState, BroughtCard } from './ask-state.ts';

export const asksAnHour = 5;

export interface AskedCard {
  readonly run: RunId;
  readonly approval: ApprovalId;
}

export interface AskLimit {
  /** Whether this card may be brought to this person: it was before, or there is room, which it then takes. */
  mayBring(card: AskedCard, person: ActorId): Promise<boolean>;
  /** What was brought to this person lately, the latest first. */
  lately(person: ActorId): Promise<readonly AskedCard[]>;
  /** Of those that an item would tell by name, the accounts that it may. Items that ask for nothing tell all. */
  namesFor(
    item: { readonly id: string; readonly tell?: readonly string[] },
    surface: string,
  ): Promise<readonly string[]>;
}

export interface AskLimitOptions {
  readonly ledger: LedgerStore;
  readonly clock: Clock;
  people(): People;
  /** He is told later, in one message with all else that waits for him. */
  queue(person: ActorId, card: AskedCard): Promise<void>;
}

const prefix = 'people/asks/';
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Beyond it a card is of no interest to another one. */
const mostLately = 10;
/** An item of an approval: its card, and whatever stands under it. */
const approvalItem = /^(?<run>run_[^/]+)\/(?<approval>apr_[^/]+)(?:\/|$)/u;

export function createAskLimit({ ledger, clock, people, queue }: AskLimitOptions): AskLimit {
  const days = new Map<string, SmallStream<AskState>>();

  function streamOf(at: number): SmallStream<AskState> {
    const day = new Date(at).toISOString().slice(0, 10);
    const known = days.get(day);
    if (known !== undefined) return known;
    const made = createSmallStream({
      store: ledger,
      stream: `${prefix}${day}`,
      empty: nobodyAsked,
      fold: foldAsks,
    });
    // Today and yesterday are all that count.
    for (const old of [...days.keys()].slice(0, -1)) days.delete(old);
    days.set(day, made);
    return made;
  }

  /** Who of these may be asked by the card; those who were not before are recorded first. */
  async function bring(card: AskedCard, persons: readonly ActorId[]): Promise<ReadonlySet<ActorId>> {
    const key = keyOf(card);
    const now = clock.now().getTime();
    const yesterday = await streamOf(now - dayMs).read();
    let heard: readonly ActorId[] = [];
    await streamOf(now).append('bot', (today) => {
      const cards = persons.map((person) => ({ person, had: hadOf(person, yesterday, today) }));
      const known = cards.filter(({ had }) => had.some((one) => one.card === key));
      const fresh = cards.filter(
        (entry) =>
          !known.includes(entry) && entry.had.filter(({ at }) => at > now - hourMs).length < asksAnHour,
      );
      heard = [...known, ...fresh].map(({ person }) => person);
      return fresh.length === 0
        ? []
        : [
            broughtEvent(
              key,
              fresh.map(({ person }) => person),
            ),
          ];
    });
    return new Set(heard);
  }

  return {
    mayBring: async (card, person) => (await bring(card, [person])).has(person),
    async lately(person) {
      const now = clock.now().getTime();
      const had = hadOf(person, await streamOf(now - dayMs).read(), await streamOf(now).read());
      return had
        .slice(-mostLately)
        .toReversed()
        .flatMap(({ card }) => cardOf(card) ?? []);
    },
    async namesFor({ id, tell = [] }, surface) {
      const card = cardOf(id);
      if (card === undefined || tell.length === 0 || (surface !== 'slack' && surface !== 'discord'))
        return tell;
      const told = tell.map((account) => ({ account, person: people().findByAccount(surface, account) }));
      const persons = [...new Set(told.flatMap(({ person }) => person?.id ?? []))];
      const heard = await bring(card, persons);
      for (const person of persons) if (!heard.has(person)) await queue(person, card);
      return told.flatMap(({ account, person }) =>
        person === undefined || heard.has(person.id) ? [account] : [],
      );
    },
  };
}

function hadOf(person: ActorId, ...days: readonly AskState[]): readonly BroughtCard[] {
  return days.flatMap((day) => day.get(person) ?? []);
}

const keyOf = ({ run, approval }: AskedCard): string => `${run}/${approval}`;

function cardOf(item: string): AskedCard | undefined {
  const { run, approval } = approvalItem.exec(item)?.groups ?? {};
  return run === undefined || approval === undefined
    ? undefined
    : { run: asRunId(run), approval: asApprovalId(approval) };
}
