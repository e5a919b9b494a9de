/** The run that an approval belongs to, held open for as long as something is done with it. */
import type { ApprovalId } from '../core/ids.ts';
import type { OpenRun, OpenRuns } from '../runs/open-runs.ts';
import type { RunStore } from '../runs/store.ts';

export async function withApprovalRun<T>(
  options: { readonly runs: OpenRuns; readonly store: RunStore },
  approval: ApprovalId,
  action: (run: OpenRun) => Promise<T>,
): Promise<T | undefined> {
  const row = await options.store.findApproval(approval);
  const run = row === undefined ? undefined : await options.runs.open(row.run);
  if (run === undefined) return undefined;
  try {
    return await action(run);
  } finally {
    options.runs.close(run);
  }
}
