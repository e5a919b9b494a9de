/**
 * Copies of approval cards outside of their threads: found, recorded in the run, shown, and brought up to date.
 *
 * Where a copy goes is recorded before it is shown, so every later commit of the run finds it, whichever process has
 * it. A copy that cannot be shown is recorded as such: the thread says so, operators are told, and nothing waits. Whoever
 * was brought enough cards for now gets no other one: the question joins one of the same tool, or waits in his inbox.
 */
import type { ChatAdapter } from './chat/adapter.ts';
import type { Outbox } from './chat/outbox.ts';
import { surfaceOf } from './core/surface-of.ts';
import { AppError, describeError } from './core/errors.ts';
import type { ThreadId } from './core/ids.ts';
import type { Logger } from './core/logger.ts';
import { outlookOf } from './gate/decide-vote.ts';
import { asksWhoReads, findRoutes } from './gate/find-routes.ts';
import type { JoinCard } from './join-cards.ts';
import type { AskLimit } from './notices/ask-limit.ts';
import { accountsOn } from './people/accounts-on.ts';
import type { People, Person } from './people/person.ts';
import type { OpenRuns } from './runs/open-runs.ts';
import { isRouted } from './runs/routed-approvals.ts';
import type { RunEventData, RunEventDraft } from './runs/run-events.ts';
import { runEvent } from './runs/run-events.ts';
import { pendingApprovals } from './runs/run-state.ts';
import type { ApprovalState, RunState } from './runs/run-state.ts';
import type { RoutedCard } from './story/routed-items.ts';

export interface Courier {
  /** True when what this run shows outside of its thread follows from a commit like this one. */
  isConcerned(state: RunState, events: readonly { readonly kind: string }[]): boolean;
  /** Finds who is to be reached, and shows every copy as it stands with the run's commit `from`. */
  deliver(state: RunState, from: number): Promise<void>;
}

export interface CourierOptions {
  readonly runs: Pick<OpenRuns, 'open' | 'close'>;
  readonly outbox: Pick<Outbox, 'show'>;
  readonly logger: Logger;
  adapters(): readonly ChatAdapter[];
  people(): People;
  /** Every copy of the run outside of its thread, as it looks now. */
  items(state: RunState): Promise<readonly RoutedCard[]>;
  tellOperators(text: string): void;
  /** False while this person wants no direct messages: he is told later. */
  mayShow(person: Person, state: RunState, approval: ApprovalState): Promise<boolean>;
  /** How many cards a person is brought. */
  readonly limit: Pick<AskLimit, 'mayBring'>;
  /** A card that has room for this question too, where there is to be no other one. */
  joinCard: JoinCard;
  /** Where there is none either, he is told later. */
  queue(person: Person, state: RunState, approval: ApprovalState): Promise<void>;
}

/** More people at once are a mailing list, which nobody asked for. */
const mostPersons = 30;
/** What has been looked at and found to need nobody is not looked at again. Bounded; forgetting costs a look. */
const mostKnown = 5_000;

export function createCourier(options: CourierOptions): Courier {
  const looked = new Set<string>();

  const servedSurfaces = (): readonly string[] => options.adapters().map(({ name }) => name);

  /** Whoever has come to be asked since is found by an approval's latest escalation, and by who is away by now. */
  function lookKey(approval: ApprovalState, left: readonly Person[]): string {
    return `${approval.id} ${left.map(({ id }) => id).join(' ')}`;
  }

  async function readersOf(
    state: RunState,
    approval: ApprovalState,
    left: readonly Person[],
  ): Promise<(person: Person) => boolean> {
    const surface = surfaceOf(state.thread);
    const people = options.people();
    const adapter = options.adapters().find(({ name }) => name === surface);
    if (adapter === undefined) return (person) => people.canRead(person.id, state.channel);
    const accounts = left.flatMap((person) => accountsOn(person, surface));
    if (!asksWhoReads(approval) || accounts.length === 0) return () => false;
    // Where nobody can tell who is there, nobody is bothered: all that this platform knows are told by name.
    if (adapter.readersAmong === undefined) return (person) => accountsOn(person, surface).length > 0;
    const reading = new Set(await adapter.readersAmong(state.channel, accounts));
    return (person) => accountsOn(person, surface).some((account) => reading.has(account));
  }

  /** A way to talk with this person alone: on the run's own surface first. */
  async function reach(
    person: Person,
    surface: string,
  ): Promise<{ readonly thread: ThreadId } | { readonly why: string } | undefined> {
    const order = options
      .adapters()
      .toSorted((a, b) => Number(b.name === surface) - Number(a.name === surface));
    const failures: string[] = [];
    for (const adapter of order) {
      for (const account of accountsOn(person, adapter.name)) {
        try {
          const thread = await adapter.openDirect?.(account);
          if (thread !== undefined) return { thread };
        } catch (error) {
          if (error instanceof AppError && error.isRetryable) throw error;
          failures.push(describeError(error));
        }
      }
    }
    // Without an account anywhere the console's inbox is where this person looks.
    return failures.length === 0 ? undefined : { why: failures.join(' ') };
  }

  function unreached(
    to: RunEventData['approval.unreached'],
    why: string,
    approval: ApprovalState,
  ): RunEventDraft {
    const who = to.person === undefined ? to.thread : options.people().findPerson(to.person)?.name;
    options.logger.warn('copy.not-shown', { approval: approval.id, who, why });
    options.tellOperators(
      `I cannot show «${approval.title}» to ${String(who)}: ${why} It waits in its thread and in the console's inbox.`,
    );
    return runEvent('approval.unreached', to, { why });
  }

  async function record(state: RunState, events: readonly RunEventDraft[]): Promise<void> {
    const run = events.length === 0 ? undefined : await options.runs.open(state.id);
    if (run === undefined) return;
    try {
      run.stream.append({ sort: 'fact', by: 'bot', events });
      await run.stream.durable();
    } finally {
      options.runs.close(run);
    }
  }

  /** By a card of his own, or on another one; undefined when he is told later, or looks at the console anyway. */
  async function bringTo(
    person: Person,
    state: RunState,
    approval: ApprovalState,
  ): Promise<RunEventDraft | undefined> {
    if (!(await options.mayShow(person, state, approval))) return undefined;
    const found = await reach(person, surfaceOf(state.thread));
    if (found === undefined) return undefined;
    const to = { approval: approval.id, person: person.id };
    if ('why' in found) return unreached(to, found.why, approval);
    const { thread } = found;
    if (await options.limit.mayBring({ run: state.id, approval: approval.id }, person.id))
      return runEvent('approval.routed', { ...to, thread });
    const on = await options.joinCard(person, thread, { state, approval });
    if (on !== undefined) return runEvent('approval.routed', { ...to, thread, on });
    await options.queue(person, state, approval);
    return undefined;
  }

  async function findNew(state: RunState, approval: ApprovalState): Promise<readonly RunEventDraft[]> {
    const people = options.people();
    const { left } = outlookOf(approval, people);
    const key = lookKey(approval, left);
    if (looked.has(key)) return [];
    const surface = surfaceOf(state.thread);
    const readsAlong = await readersOf(state, approval, left);
    const wish = findRoutes({ approval, left, surface, people, readsAlong });
    const events: RunEventDraft[] = [];
    for (const thread of wish.places) {
      if (isRouted(approval, { thread })) continue;
      const to = { approval: approval.id, thread };
      events.push(
        servedSurfaces().includes(surfaceOf(thread))
          ? runEvent('approval.routed', to)
          : unreached(to, `the bot is not connected to ${surfaceOf(thread)}.`, approval),
      );
    }
    const persons = wish.persons.filter(({ id }) => !isRouted(approval, { person: id }));
    for (const person of persons.slice(0, mostPersons)) {
      const event = await bringTo(person, state, approval);
      if (event !== undefined) events.push(event);
    }
    if (looked.size >= mostKnown) looked.clear();
    looked.add(key);
    return events;
  }

  async function showOne(
    state: RunState,
    from: number,
    { approval: id, thread, item, from: ofSeveral }: RoutedCard,
  ): Promise<void> {
    try {
      await options.outbox.show(thread, [item], ofSeveral ?? from);
    } catch (error) {
      if (!(error instanceof AppError) || error.isRetryable) throw error;
      const approval = state.approvals.get(id);
      if (approval?.state !== 'pending') {
        options.logger.warn('copy.not-changed', { approval: id, thread, why: describeError(error) });
        return;
      }
      const person = approval.routes.find((route) => route.thread === thread)?.person;
      const to = { approval: id, thread, ...(person !== undefined && { person }) };
      await record(state, [unreached(to, describeError(error), approval)]);
    }
  }

  return {
    isConcerned: (state, events) =>
      options.adapters().length > 0 &&
      (events.some(({ kind }) => kind === 'approval.requested' || kind === 'approval.escalated') ||
        [...state.approvals.values()].some(({ routes }) => routes.length > 0)),
    async deliver(state, from) {
      if (options.adapters().length === 0) return;
      const events: RunEventDraft[] = [];
      for (const approval of pendingApprovals(state)) events.push(...(await findNew(state, approval)));
      await record(state, events);
      // What one place does not take holds no other one up.
      const shown = await Promise.allSettled(
        (await options.items(state)).map((entry) => showOne(state, from, entry)),
      );
      const failed = shown.find((entry) => entry.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
    },
  };
}
