/** `countersign budgets`: what models have used up today, by each budget of the policy. */
import { accountOf, emptyBudgets, foldBudgets } from '../gate/budget-state.ts';
import { budgetScopes } from '../gate/budget-lines.ts';
import { budgetStream, roomOf } from '../gate/budgets.ts';
import { foldStream } from '../ledger/fold.ts';
import { readSetup, say, sayTable } from './command-setup.ts';

export async function showBudgets(options: { readonly json: boolean }): Promise<void> {
  const setup = readSetup();
  const { limits } = setup.policy().budgets ?? { limits: {} };
  const stream = budgetStream(setup.clock.now(), setup.config.timeZone);
  const state = await setup.withStore(async ({ ledger }) =>
    foldStream(await ledger.read(stream), emptyBudgets, foldBudgets),
  );
  const rows = [...state.accounts.keys()].toSorted().map((name) => {
    const scope = budgetScopes.find((one) => one === name.split('/')[0]);
    const limit = scope === undefined ? undefined : limits[scope];
    const { spent, held, extra, raises } = accountOf(state, name);
    return { name, spent, held, raises, room: roomOf(limit ?? {}, { extra }) };
  });
  if (options.json) say(JSON.stringify(rows, undefined, 2));
  else if (Object.keys(limits).length === 0)
    say('The policy sets no budgets. Add «budgets: { day: { usd: 50 } }» to limit what models may use up.');
  else if (rows.length === 0) say('Nothing was used up today.');
  else
    sayTable([
      ['budget', 'USD', 'of', 'tokens', 'of', 'reserved', 'allowed more'],
      ...rows.map(({ name, spent, held, raises, room }) => [
        name,
        usd(spent.microUsd),
        room.microUsd === undefined ? '–' : usd(room.microUsd),
        spent.tokens.toLocaleString('en'),
        room.tokens === undefined ? '–' : room.tokens.toLocaleString('en'),
        `${held.tokens.toLocaleString('en')} tokens`,
        raises === 0 ? 'no' : `${String(raises)} times`,
      ]),
    ]);
}

function usd(micro: number): string {
  return (micro / 1_000_000).toFixed(4);
}
