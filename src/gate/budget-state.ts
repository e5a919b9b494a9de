/**
 * What one day's budgets add up to, folded from the stream `budgets/<day>`. Pure.
 *
 * Every answer of a model is reserved in all accounts that it counts for, by an id of its own, before the model is
 * asked, and settled with what it really used. Money is kept in whole millionths of a US dollar, so sums are exact.
 */
import { AppError } from '../core/errors.ts';
import { asRunId } from '../core/ids.ts';
import type { RunId } from '../core/ids.ts';
import type { FoldedEvent } from '../ledger/fold.ts';
import { numberField, textField } from '../ledger/small-stream.ts';

export interface Amount {
  readonly tokens: number;
  readonly microUsd: number;
}

export interface Reservation {
  readonly id: string;
  readonly run: RunId;
  /** Where the answer will stand in its run: a turn of a step, or the answer to a question. */
  readonly place: string;
  readonly accounts: readonly string[];
  readonly amount: Amount;
  readonly at: number;
}

export interface Account {
  readonly spent: Amount;
  /** Reserved and not settled. */
  readonly held: Amount;
  /** What people have allowed beyond the limit. */
  readonly extra: Amount;
  readonly raises: number;
  /** At how much of `extra` people were told that most of it is spent. */
  readonly warnedAt?: number;
}

export interface BudgetState {
  readonly open: ReadonlyMap<string, Reservation>;
  readonly accounts: ReadonlyMap<string, Account>;
}

const nothing: Amount = { tokens: 0, microUsd: 0 };
const emptyAccount: Account = { spent: nothing, held: nothing, extra: nothing, raises: 0 };
export const emptyBudgets: BudgetState = { open: new Map(), accounts: new Map() };

export function accountOf(state: BudgetState, name: string): Account {
  return state.accounts.get(name) ?? emptyAccount;
}

export function plus(left: Amount, right: Amount, times = 1): Amount {
  return {
    tokens: left.tokens + times * right.tokens,
    microUsd: left.microUsd + times * right.microUsd,
  };
}

export function foldBudgets(state: BudgetState, event: FoldedEvent): BudgetState {
  if (event.v === 1) {
    switch (event.kind) {
      case 'budget.reserved':
        return reserve(state, {
          id: textField(event, 'id'),
          run: asRunId(textField(event, 'run')),
          place: textField(event, 'place'),
          accounts: namesOf(event),
          amount: amountOf(event),
          at: event.stamp.at.getTime(),
        });
      case 'budget.settled':
        return settle(state, textField(event, 'id'), amountOf(event));
      case 'budget.released':
        return settle(state, textField(event, 'id'), nothing);
      case 'budget.raised':
        return change(state, [textField(event, 'account')], (account) =>
          // Two runs that asked for the same are one raise.
          account.raises === numberField(event, 'after')
            ? { ...account, extra: plus(account.extra, amountOf(event)), raises: account.raises + 1 }
            : account,
        );
      case 'budget.warned':
        return change(state, [textField(event, 'account')], (account) => ({
          ...account,
          warnedAt: numberField(event, 'after'),
        }));
      default:
    }
  }
  throw new AppError('ledger.unknown-event', `A stream of budgets holds ${event.kind} v${String(event.v)}.`);
}

function reserve(state: BudgetState, made: Reservation): BudgetState {
  if (state.open.has(made.id)) return state;
  const after = change(state, made.accounts, (account) => ({
    ...account,
    held: plus(account.held, made.amount),
  }));
  return { ...after, open: new Map(state.open).set(made.id, made) };
}

/** What is not reserved any more was settled before: a second settlement counts nothing. */
function settle(state: BudgetState, id: string, used: Amount): BudgetState {
  const held = state.open.get(id);
  if (held === undefined) return state;
  const after = change(state, held.accounts, (account) => ({
    ...account,
    held: plus(account.held, held.amount, -1),
    spent: plus(account.spent, used),
  }));
  const open = new Map(state.open);
  open.delete(id);
  return { ...after, open };
}

function change(
  state: BudgetState,
  names: readonly string[],
  alter: (account: Account) => Account,
): BudgetState {
  const accounts = new Map(state.accounts);
  for (const name of names) accounts.set(name, alter(accounts.get(name) ?? emptyAccount));
  return { ...state, accounts };
}

function amountOf(event: FoldedEvent): Amount {
  return { tokens: numberField(event, 'tokens'), microUsd: numberField(event, 'microUsd') };
}

function namesOf(event: FoldedEvent): readonly string[] {
  const names = event.data['accounts'];
  if (Array.isArray(names)) return names.filter((name) => typeof name === 'string');
  throw new AppError('store.corrupt', `An event ${event.kind} has no accounts.`);
}
