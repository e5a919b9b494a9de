/** A process of its own that reserves uses of a grant, or room in a budget, for many calls at once, and says how many it got. */
import { systemClock } from '../../src/core/clock.ts';
import { asActorId, asCallId, asChannelId, asRunId } from '../../src/core/ids.ts';
import { createBudgets } from '../../src/gate/budgets.ts';
import type { AccountLine } from '../../src/gate/budgets.ts';
import { parsePolicy } from '../../src/gate/parse-policy.ts';
import { createGrants } from '../../src/gate/grants.ts';
import type { GrantQuestion } from '../../src/gate/fit-grant.ts';
import { demonstrationPeople } from '../../src/people/parse-people.ts';
import { createRunsBeside } from '../../src/runs/runs-beside.ts';
import { emptyRun } from '../../src/runs/run-state.ts';
import { openLocalStore } from '../../src/stores/local/local-store.ts';

const [, , folder = '', first = '0', count = '0', isLeftOpen = '', limit = '', timeZone = 'UTC'] =
  process.argv;

const policy = parsePolicy(
  `version: 1
servers: { books: { reviewed: true, trust: trusted } }
tools:
  books/pay: { verdict: ask, approvers: [approver], grants: { amount: 100 } }
`,
  'policy.yaml',
);
const people = demonstrationPeople();

function questionOf(run: string): GrantQuestion {
  const state = {
    ...emptyRun(asRunId(run)),
    requester: asActorId('ana'),
    workflow: 'assistant',
    channel: asChannelId('console:finance'),
  };
  const args = { amount: 5 };
  const answer = policy.resolve({
    tool: 'books/pay',
    args,
    actor: { id: 'ana', roles: [] },
    channel: 'finance',
    workflow: 'assistant',
    isTainted: false,
    isServerReviewed: true,
    budget: { usdSpent: 0, calls: 0 },
  });
  const tool = { name: 'books/pay', definitionHash: 'definition', serverIdentity: 'identity' };
  return { state, tool, args, answer, people };
}

const store = await openLocalStore({ folder, clock: systemClock });
const runs = createRunsBeside({ ledger: store.ledger, clock: systemClock });
const grants = createGrants({ ledger: store.ledger, runs, clock: systemClock });
const calls = Array.from({ length: Number(count) }, (_, index) => String(Number(first) + index));
const budgets = createBudgets({ ledger: store.ledger, runs, clock: systemClock, timeZone });
const lines: readonly AccountLine[] = [{ scope: 'day', name: 'day', limit: { tokens: Number(limit) } }];
const need = { tokens: 100, microUsd: 0 };

/** Each answer uses all that was reserved for it, so that what is not given back is seen. */
async function useBudget(call: string): Promise<boolean> {
  const reserved = await budgets.reserve({ run: asRunId(`run_none_${call}`), place: 'step#1', lines, need });
  if (reserved.kind === 'spent') return false;
  if (isLeftOpen === '') await budgets.settle(reserved, lines, need);
  return true;
}

async function useGrant(call: string): Promise<boolean> {
  return (await grants.reserve(asCallId(`call_${call}`), questionOf(`run_none_${call}`))) !== undefined;
}

const got = await Promise.all(calls.map(limit === '' ? useGrant : useBudget));
process.stdout.write(`${JSON.stringify({ got: got.filter(Boolean).length })}\n`);
// Whoever started this one kills it in the middle of its work.
if (isLeftOpen === 'open') setInterval(() => undefined, 1_000);
else await store.close();
