/**
 * Freezing and breaking the glass: what people may do to the freeze, and what they read about it.
 *
 * To freeze is: the switch durable, then everything that waits in every active run void and durable, and only then
 * «frozen» is said. Dispatch reads the switch last before its own append, so from then on nothing is sent.
 */
import type { Clock } from '../core/clock.ts';
import { describeError } from '../core/errors.ts';
import { newGlassId } from '../core/ids.ts';
import type { RunId, ThreadId } from '../core/ids.ts';
import type { Logger } from '../core/logger.ts';
import type { EventDraft } from '../ledger/fold.ts';
import type { SmallStream } from '../ledger/small-stream.ts';
import type { People, Person } from '../people/person.ts';
import type { OpenRun, OpenRuns } from '../runs/open-runs.ts';
import type { RunStore } from '../runs/store.ts';
import type { RunStatus } from '../runs/run-state.ts';
import type { FreezeState, Glass } from './freeze-state.ts';
import { openReviews } from './freeze-state.ts';
import type { Policy } from './policy.ts';
import { callsOnTheWay, findVoided } from './stop-frozen.ts';

export interface FreezerOptions {
  readonly stream: SmallStream<FreezeState>;
  readonly runs: OpenRuns;
  readonly store: RunStore;
  readonly clock: Clock;
  readonly logger: Logger;
  policy(): Policy;
  people(): People;
  /** Goes on with a run after something was appended to it. */
  wake(run: OpenRun): void;
}

export type FreezeAnswer =
  | { readonly kind: 'done'; readonly text: string }
  | {
      readonly kind: 'refused';
      readonly why: 'not-entitled' | 'no-reason' | 'not-frozen' | 'already' | 'same-person' | 'unknown';
      readonly text: string;
    };

export interface Freezer {
  state(): Promise<FreezeState>;
  freeze(person: Person, reason: string): Promise<FreezeAnswer>;
  unfreeze(person: Person, reason: string): Promise<FreezeAnswer>;
  /** Asks that the thread of a run may act while everything is frozen; a second person must agree. */
  askForGlass(person: Person, run: RunId, reason: string): Promise<FreezeAnswer>;
  breakGlass(person: Person, glass: string): Promise<FreezeAnswer>;
  /** Signs that somebody who had no part in it has looked at what was done. */
  reviewGlass(person: Person, glass: string, words: string): Promise<FreezeAnswer>;
}

/** How long a broken glass lets its thread act. */
export const glassOpenMs = 30 * 60_000;
const runsAtOnce = 16;
const pageSize = 200;
/** A run may move between these while it is looked for; the first is looked at twice so that none slips through. */
const activeStatuses: readonly RunStatus[] = ['running', 'queued', 'parked', 'waiting', 'running'];

/** Persons who may decide something by policy, and holders of the role `operator`. */
export function mayFreeze(person: Person, policy: Policy, people: People): boolean {
  if (person.roles.includes('operator')) return true;
  const named = policy.lines.flatMap(({ requirements }) =>
    requirements.flatMap(({ approvers }) => approvers),
  );
  return people.expand([...new Set(named)]).some(({ id }) => id === person.id);
}

export function createFreezer(options: FreezerOptions): Freezer {
  const { stream, runs, store, clock, logger } = options;
  const words = { nameOf: (id: string) => options.people().findPerson(id)?.name ?? id };

  /** Appends what `decide` wants; what it answers last is the answer. */
  async function change(
    person: Person,
    decide: (state: FreezeState) => FreezeAnswer | { readonly events: readonly EventDraft[]; text: string },
  ): Promise<FreezeAnswer> {
    if (!mayFreeze(person, options.policy(), options.people()))
      return refused('not-entitled', 'Only people who may approve something, and operators, can do this.');
    let answer: FreezeAnswer = { kind: 'done', text: '' };
    await stream.append(person.id, (state) => {
      const decided = decide(state);
      answer = 'events' in decided ? { kind: 'done', text: decided.text } : decided;
      return 'events' in decided ? decided.events : [];
    });
    return answer;
  }

  /** Nothing where somebody is left to sign. */
  function whoMaySign(part: readonly string[]): string {
    const people = options.people();
    const isLeft = people.persons.some(
      (one) => !part.includes(one.id) && mayFreeze(one, options.policy(), people),
    );
    return isLeft
      ? ''
      : ' Nobody is left who may: give somebody else the role operator, or one that approves something.';
  }

  async function voidRun(id: RunId, freeze: FreezeState): Promise<{ voided: number; sent: string[] }> {
    const run = await runs.open(id);
    if (run === undefined) return { voided: 0, sent: [] };
    try {
      const found = findVoided(run.state(), freeze, { now: clock.now().getTime(), words });
      for (const { events, isKnown } of found) {
        run.stream.append({ sort: 'fact', by: freeze.frozen?.by ?? 'bot', events, isKnown });
      }
      if (found.length > 0) {
        options.wake(run);
        await run.stream.durable();
        options.wake(run);
      }
      const sent = callsOnTheWay(run.state()).map((entry) => `${entry.call.tool} (${id})`);
      return { voided: found.length, sent };
    } finally {
      runs.close(run);
    }
  }

  async function listActive(): Promise<readonly RunId[]> {
    const found = new Set<RunId>();
    for (const status of activeStatuses) {
      let cursor: string | undefined;
      do {
        const rows = await store.list({ status, limit: pageSize, ...(cursor !== undefined && { cursor }) });
        for (const row of rows) found.add(row.id);
        const last = rows.length === pageSize ? rows.at(-1) : undefined;
        cursor = last === undefined ? undefined : `${String(last.startedAt)}/${last.id}`;
      } while (cursor !== undefined);
    }
    return [...found];
  }

  /** Voids what waits in every active run. A run that cannot be opened is still stopped by the switch itself. */
  async function voidAll(freeze: FreezeState): Promise<string> {
    const active = [...(await listActive())];
    let voided = 0;
    let failed = 0;
    const sent: string[] = [];
    const work = async (): Promise<void> => {
      for (let id = active.pop(); id !== undefined; id = active.pop()) {
        try {
          const done = await voidRun(id, freeze);
          voided += done.voided;
          sent.push(...done.sent);
        } catch (error) {
          failed += 1;
          logger.error('freeze.incomplete', { run: id, why: describeError(error) });
        }
      }
    };
    await Promise.all(Array.from({ length: runsAtOnce }, work));
    const lines = [
      `Frozen. ${voided === 1 ? '1 waiting call is' : `${String(voided)} waiting calls are`} void.`,
    ];
    if (sent.length > 0) lines.push(`Sent before, and not taken back: ${sent.sort().join(', ')}.`);
    if (failed > 0)
      lines.push(`${String(failed)} runs could not be marked; nothing of them is sent all the same.`);
    lines.push('Reads that policy allows go on. `unfreeze` ends it.');
    return lines.join(' ');
  }

  return {
    state: () => stream.read(),

    async freeze(person, reason) {
      if (reason.trim() === '') return refused('no-reason', 'Say why: `freeze <reason>`.');
      const answer = await change(person, (state) =>
        state.frozen === undefined
          ? { events: [event('freeze.started', person, {}, { reason: reason.trim() })], text: '' }
          : // A freeze that a crash cut short is gone through once more.
            { events: [], text: '' },
      );
      if (answer.kind === 'refused') return answer;
      return { kind: 'done', text: await voidAll(await stream.read()) };
    },

    unfreeze: (person, reason) =>
      change(person, (state) =>
        state.frozen === undefined
          ? refused('not-frozen', 'Nothing is frozen.')
          : {
              events: [
                event('freeze.ended', person, {}, reason.trim() === '' ? {} : { reason: reason.trim() }),
              ],
              text: 'Unfrozen. What was asked before stays void and must be asked again.',
            },
      ),

    async askForGlass(person, id, reason) {
      if (reason.trim() === '') return refused('no-reason', 'Say why: `break-glass <run> <reason>`.');
      const row = await store.find(id);
      if (row === undefined) return refused('unknown', 'There is no such run.');
      const glass = newGlassId();
      return change(person, (state) =>
        state.frozen === undefined
          ? refused('not-frozen', 'Nothing is frozen, so there is no glass to break.')
          : {
              events: [event('glass.requested', person, { glass, thread: row.thread, run: id }, { reason })],
              text: `Asked. A second person must agree: \`break-glass confirm ${glass}\`.`,
            },
      );
    },

    breakGlass: (person, id) =>
      change(person, (state) => {
        const glass = findGlass(state, id);
        if (glass === undefined) return refused('unknown', 'There is no such request.');
        if (state.frozen === undefined) return refused('not-frozen', 'Nothing is frozen any more.');
        // A request belongs to the freeze it was made in.
        if (glass.at < state.frozen.at) return refused('unknown', 'That was asked before this freeze began.');
        if (glass.broken !== undefined) return refused('already', 'That glass is broken already.');
        if (glass.by === person.id)
          return refused('same-person', 'You asked for it; somebody else must agree.');
        return {
          events: [event('glass.broken', person, { glass: glass.id, forMs: glassOpenMs })],
          text: `The glass is broken for ${String(glassOpenMs / 60_000)} minutes: ${threadText(glass)} may act, and policy and approvals hold there as always. Somebody who had no part in it must sign afterwards: \`break-glass review ${glass.id} <words>\`.${whoMaySign([glass.by, person.id])}`,
        };
      }),

    async reviewGlass(person, id, said) {
      if (said.trim() === '')
        return refused('no-reason', 'Say what you found: `break-glass review <id> <words>`.');
      return change(person, (state) => {
        const glass = findGlass(state, id);
        if (glass?.broken === undefined) return refused('unknown', 'There is nothing like that to sign.');
        if (glass.reviewed !== undefined) return refused('already', 'That is signed already.');
        if (glass.by === person.id || glass.broken.by === person.id)
          return refused('same-person', 'You had a part in it; somebody else must sign.');
        return {
          events: [event('glass.reviewed', person, { glass: glass.id }, { words: said.trim() })],
          text: `Signed. ${openReviews(state).length === 1 ? 'No review is open.' : 'Other reviews are still open.'}`,
        };
      });
    },
  };
}

function findGlass(state: FreezeState, id: string): Glass | undefined {
  return state.glasses.find((glass) => glass.id === id.trim());
}

function threadText({ thread }: { readonly thread: ThreadId }): string {
  return `the thread \`${thread}\``;
}

function refused(why: (FreezeAnswer & { kind: 'refused' })['why'], text: string): FreezeAnswer {
  return { kind: 'refused', why, text };
}

function event(
  kind: string,
  person: Person,
  data: EventDraft['data'],
  texts: Readonly<Record<string, string>> = {},
): EventDraft {
  return { kind, v: 1, data: { ...data, by: person.id }, texts };
}
