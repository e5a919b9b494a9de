/** `countersign approvals list`. */
import { z } from 'zod';
import { AppError } from '../core/errors.ts';
import { readSetup, say, sayTable } from './command-setup.ts';

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
