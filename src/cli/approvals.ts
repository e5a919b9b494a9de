/** `countersign approvals list | health`. */
import { z } from 'zod';
import { AppError } from '../core/errors.ts';
import { askedIn, healthOf, healthRows } from '../gate/approval-health.ts';
import type { AskedOf } from '../gate/approval-health.ts';
import { foldStream } from '../ledger/fold.ts';
import { foldRun } from '../runs/fold-run.ts';
import { emptyRun } from '../runs/run-state.ts';
import { readSetup, say, sayTable } from './command-setup.ts';
import { runLedgers } from './run-ledgers.ts';

const state = z.enum(['pending', 'approved', 'denied', 'expired', 'stale', 'cancelled']);

export async function listApprovals(options: {
  readonly state: string;
  readonly json: boolean;
}): Promise<void> {
  const wanted = state.safeParse(options.state);
  if (!wanted.success)
    throw new AppError('config.invalid', `--state: give one of ${state.options.join(', ')}.`);
  const rows = await readSetup().withStore((store) =>
    store.runs.listApprovals({ state: wanted.data, limit: 200 }),
  );
  if (options.json) say(JSON.stringify(rows, undefined, 2));
  else if (rows.length === 0) say(`No approvals are ${wanted.data}.`);
  else
    sayTable(
      rows.map((row) => [
        row.id,
        row.state,
        row.tool,
        row.requester,
        new Date(row.requestedAt).toISOString(),
        row.run,
      ]),
    );
}

/** Who is asked how often, and how people decide. */
export async function showHealth(options: { readonly days: string; readonly json: boolean }): Promise<void> {
  const days = Number(options.days);
  if (!Number.isInteger(days) || days < 1 || days > 3_650)
    throw new AppError('config.invalid', '--days: give a whole number from 1 to 3650.');
  const setup = readSetup();
  const people = setup.people();
  const since = new Date(setup.clock.now().getTime() - days * 86_400_000);
  const asked: AskedOf[] = [];
  await setup.withStore(async ({ ledger }) => {
    for await (const { run, commits } of runLedgers(ledger))
      asked.push(...askedIn(foldStream(commits, emptyRun(run), foldRun), people, since));
  });
  const health = healthOf(asked);
  if (options.json) say(JSON.stringify(health, undefined, 2));
  else if (health.length === 0) say(`Nobody was asked anything in the last ${options.days} days.`);
  else sayTable(healthRows(health, (id) => people.findPerson(id)?.name ?? id));
}
