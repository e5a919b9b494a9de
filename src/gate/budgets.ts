/**
 * Budgets of persons, channels, workspaces and days: reserved before a model is asked, settled with what it used.
 *
 * An answer is reserved in all its accounts in one append to the day's stream, or in none, so no number of processes
 * promises the same room twice. A crash leaves either a reservation that the same turn finds again, or one that the
 * sweep settles from the run's own ledger, or gives back once the run is over. What can be counted twice is a turn
 * whose worker lost its run and reserved once more: a budget then counts too much, never too little.
 */
import type { Clock } from '../core/clock.ts';
import type { RunId } from '../core/ids.ts';
import type { EventDraft } from '../ledger/fold.ts';
import { createSharedAppend } from '../ledger/shared-append.ts';
import { createSmallStream } from '../ledger/small-stream.ts';
import type { SmallStream } from '../ledger/small-stream.ts';
import type { LedgerStore } from '../ledger/store.ts';
import type { OpenRuns } from '../runs/open-runs.ts';
import { isFinished } from '../runs/run-state.ts';
import type { RunState } from '../runs/run-state.ts';
import { warnAt } from './budget-lines.ts';
import type { BudgetLimit, BudgetScope } from './budget-lines.ts';
import { accountOf, emptyBudgets, foldBudgets, plus } from './budget-state.ts';
import type { Account, Amount, BudgetState, Reservation } from './budget-state.ts';

/** One account that an answer counts for, and its limit as the policy has it. */
export interface AccountLine {
  readonly scope: BudgetScope;
  /** `person/ana`, `channel/slack:T01/C12`, `workspace/slack:T01`, `day`. */
  readonly name: string;
  readonly limit: BudgetLimit;
}

export interface BudgetWant {
  readonly run: RunId;
  /** `<step>#<turn>`, or `?<question>`. */
  readonly place: string;
  readonly lines: readonly AccountLine[];
  /** What the answer will use at most. */
  readonly need: Amount;
}

/** How an account stands against its limit, what people allowed included. */
export interface Standing extends AccountLine {
  readonly account: Account;
  readonly day: string;
}

export type Reserved =
  | { readonly kind: 'reserved'; readonly id: string; readonly day: string }
  /** There is no room for it in this account. */
  | { readonly kind: 'spent'; readonly standing: Standing };

export interface Budgets {
  /** Durable when it answers `reserved`; the same place of the same run always gets the same one. */
  reserve(want: BudgetWant): Promise<Reserved>;
  /** Counts what was used. Answers the accounts of which most is spent, each once for each limit. */
  settle(
    reserved: Extract<Reserved, { readonly kind: 'reserved' }>,
    lines: readonly AccountLine[],
    used: Amount,
  ): Promise<readonly Standing[]>;
  /** Allows as much again, unless somebody did since `standing` was looked at. */
  raise(standing: Standing, by: string): Promise<void>;
  /** Every account of today with what it has spent and holds. */
  today(): Promise<BudgetState>;
  /** Settles what a process left reserved. */
  sweep(): Promise<void>;
}

export interface BudgetsOptions {
  readonly ledger: LedgerStore;
  readonly runs: OpenRuns;
  readonly clock: Clock;
  /** Whose midnight ends a day. */
  readonly timeZone: string;
}

interface Want extends BudgetWant {
  readonly id: string;
}

interface DayStream {
  readonly stream: SmallStream<BudgetState>;
  reserve(want: Want): Promise<void>;
}

const prefix = 'budgets/';
const dayMs = 86_400_000;
/** A reservation younger than this belongs to an answer that is still on its way. */
const leftAloneMs = 10_000;

export function createBudgets(options: BudgetsOptions): Budgets {
  const { clock } = options;
  const days = new Map<string, DayStream>();
  const dayOf = createDayOf(options.timeZone);
  const today = (): string => dayOf(clock.now().getTime());

  function streamOf(day: string): DayStream {
    const known = days.get(day);
    if (known !== undefined) return known;
    const stream = createSmallStream<BudgetState>({
      store: options.ledger,
      stream: `${prefix}${day}`,
      empty: emptyBudgets,
      fold: foldBudgets,
    });
    const made = { stream, reserve: createSharedAppend<BudgetState, Want>(stream, reservations) };
    days.set(day, made);
    return made;
  }

  /** Undefined while the answer may still come. */
  async function outcomeOf(held: Reservation): Promise<EventDraft | undefined> {
    const run = await options.runs.open(held.run);
    try {
      return run === undefined ? releasing(held.id) : whatBecameOf(run.state(), held);
    } finally {
      if (run !== undefined) options.runs.close(run);
    }
  }

  return {
    async reserve(want) {
      const day = today();
      const id = `${want.run} ${want.place}`;
      const { stream, reserve } = streamOf(day);
      if (!(await stream.read()).open.has(id)) await reserve({ ...want, id });
      const state = stream.known();
      if (state.open.has(id)) return { kind: 'reserved', id, day };
      const full = findFull(state, want) ?? want.lines[0];
      if (full === undefined) return { kind: 'reserved', id, day };
      return { kind: 'spent', standing: { ...full, account: accountOf(state, full.name), day } };
    },

    async settle({ id, day }, lines, used) {
      let warned: readonly Standing[] = [];
      const { stream } = streamOf(day);
      await stream.append('bot', (state) => {
        const isOpen = state.open.has(id);
        warned = isOpen
          ? lines
              .map((line) => ({ ...line, day, account: accountOf(state, line.name) }))
              .map((line) => ({
                ...line,
                account: { ...line.account, spent: plus(line.account.spent, used) },
              }))
              .filter(isWarning)
          : [];
        if (!isOpen) return [];
        return [
          { kind: 'budget.settled', v: 1, data: { id, ...used } },
          ...warned.map(({ name, account }) => ({
            kind: 'budget.warned',
            v: 1,
            data: { account: name, after: account.raises },
          })),
        ];
      });
      return warned;
    },

    async raise({ name, limit, account, day }, by) {
      const after = account.raises;
      const more = { tokens: limit.tokens ?? 0, microUsd: toMicro(limit.usd ?? 0) };
      await streamOf(day).stream.append(by, (state) =>
        accountOf(state, name).raises === after
          ? [{ kind: 'budget.raised', v: 1, data: { account: name, after, ...more } }]
          : [],
      );
    },

    today: () => streamOf(today()).stream.read(),

    async sweep() {
      const now = clock.now().getTime();
      // A reservation from before yesterday bounds nothing any more.
      for (const day of new Set([dayOf(now - dayMs), dayOf(now)])) {
        const { stream } = streamOf(day);
        const events: EventDraft[] = [];
        for (const held of (await stream.read()).open.values()) {
          const event = held.at < now - leftAloneMs ? await outcomeOf(held) : undefined;
          if (event !== undefined) events.push(event);
        }
        if (events.length > 0) await stream.append('bot', () => events);
      }
      for (const day of days.keys()) if (day < dayOf(now - dayMs)) days.delete(day);
    },
  };
}

/** `2026-11-27` in this time zone. */
function createDayOf(timeZone: string): (at: number) => string {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' });
  return (at) => format.format(at);
}

/** The stream that holds the budgets of a moment's day. */
export function budgetStream(at: Date, timeZone: string): string {
  return `${prefix}${createDayOf(timeZone)(at.getTime())}`;
}

export function toMicro(usd: number): number {
  return Math.ceil(usd * 1_000_000 - 1e-6);
}

/** What counts for an account with this limit: its own and what people allowed. */
export function roomOf(
  limit: BudgetLimit,
  { extra }: Pick<Account, 'extra'>,
): { tokens?: number; microUsd?: number } {
  return {
    ...(limit.tokens !== undefined && { tokens: limit.tokens + extra.tokens }),
    ...(limit.usd !== undefined && { microUsd: toMicro(limit.usd) + extra.microUsd }),
  };
}

function isWarning({ limit, account }: Standing): boolean {
  if (account.warnedAt === account.raises) return false;
  const { tokens = Infinity, microUsd = Infinity } = roomOf(limit, account);
  return account.spent.tokens >= warnAt * tokens || account.spent.microUsd >= warnAt * microUsd;
}

function findFull(state: BudgetState, { lines, need }: BudgetWant): AccountLine | undefined {
  return lines.find(({ name, limit }) => {
    const account = accountOf(state, name);
    const { tokens = Infinity, microUsd = Infinity } = roomOf(limit, account);
    const taken = plus(plus(account.spent, account.held), need);
    return taken.tokens > tokens || taken.microUsd > microUsd;
  });
}

function reservations(state: BudgetState, wants: readonly Want[]): readonly EventDraft[] {
  const events: EventDraft[] = [];
  const open = new Map(state.open);
  const accounts = new Map(state.accounts);
  for (const want of wants) {
    if (open.has(want.id) || findFull({ open, accounts }, want) !== undefined) continue;
    const { id, run, place, need, lines } = want;
    const names = lines.map(({ name }) => name);
    for (const name of names) {
      const account = accountOf({ open, accounts }, name);
      accounts.set(name, { ...account, held: plus(account.held, need) });
    }
    open.set(id, { id, run, place, accounts: names, amount: need, at: 0 });
    events.push({ kind: 'budget.reserved', v: 1, data: { id, run, place, accounts: names, ...need } });
  }
  return events;
}

function releasing(id: string): EventDraft {
  return { kind: 'budget.released', v: 1, data: { id } };
}

function whatBecameOf(state: RunState, held: Reservation): EventDraft | undefined {
  const used = usedAt(state, held);
  if (used !== undefined) return { kind: 'budget.settled', v: 1, data: { id: held.id, ...used } };
  return isFinished(state) ? releasing(held.id) : undefined;
}

/** What the answer at this place used, once it is recorded. */
function usedAt(state: RunState, { place, amount }: Reservation): Amount | undefined {
  if (place.startsWith('?')) {
    const questions = [...state.approvals.values()].flatMap((approval) => approval.questions);
    const question = questions.find(({ id }) => id === place.slice(1));
    // What an answer to a question used is not kept apart, so all that was reserved counts.
    return question?.agentAnswer === undefined ? undefined : amount;
  }
  const hash = place.lastIndexOf('#');
  const turn = state.turns
    .get(place.slice(0, hash))
    ?.find((entry) => String(entry.turn) === place.slice(hash + 1));
  if (turn === undefined) return undefined;
  const tokens = turn.inputTokens + turn.outputTokens;
  return turn.usd === undefined ? { ...amount, tokens } : { tokens, microUsd: toMicro(turn.usd) };
}
