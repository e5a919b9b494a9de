/**
 * A step that shows waiting approvals in the run's own thread as well, with their buttons.
 *
 * What is offered is recorded here; that a copy stands in this thread is recorded in the run that asks, whose next
 * commits bring every copy up to date. Done again it changes nothing.
 */
import { z } from 'zod';
import { AppError, describeError } from '../core/errors.ts';
import { asApprovalId, asRunId } from '../core/ids.ts';
import type { ApprovalId, RunId } from '../core/ids.ts';
import { copyApproval } from '../runs/copy-approval.ts';
import type { OpenRuns } from '../runs/open-runs.ts';
import type { StepState } from '../runs/run-state.ts';
import type { StepScope } from './step-scope.ts';

export interface OfferedApproval {
  readonly run: string;
  readonly approval: string;
}

/** Puts one more copy into a thread; nothing happens when there is nothing to decide any more. */
export type CopiesApproval = (
  offered: { readonly run: RunId; readonly approval: ApprovalId },
  into: Parameters<typeof copyApproval>[2],
) => Promise<void>;

export const offerKind = 'offer';
const recorded = z.array(z.object({ run: z.string(), approval: z.string() }));

/** What a recorded step offers. */
export function offeredBy({ kind, result }: StepState): readonly OfferedApproval[] {
  return kind === offerKind && result !== undefined ? recorded.parse(JSON.parse(result)) : [];
}

export async function offerApprovals(
  scope: StepScope,
  copy: CopiesApproval,
  key: string,
  approvals: readonly OfferedApproval[],
): Promise<void> {
  const inputHash = scope.enter(key, offerKind, {});
  const before = scope.recorded(key);
  const offered = before === undefined ? approvals : offeredBy(before);
  if (before === undefined)
    scope.record(
      key,
      offerKind,
      inputHash,
      JSON.stringify(offered.map(({ run, approval }) => ({ run, approval }))),
    );
  // What was said before comes first in the thread, too.
  await scope.run.stream.durable();
  const { id, thread, channel } = scope.run.state();
  for (const { run, approval } of offered)
    await copy({ run: asRunId(run), approval: asApprovalId(approval) }, { run: id, thread, channel });
}

/** Copies approvals of runs that this process opens. */
export function createApprovalCopies(runs: Pick<OpenRuns, 'open' | 'close'>): CopiesApproval {
  return async ({ run: id, approval }, into) => {
    const run = await runs.open(id);
    if (run === undefined) return;
    try {
      copyApproval(run, approval, into);
      await run.stream.durable();
    } catch (cause) {
      throw new AppError('internal', `${approval} is not copied: ${describeError(cause)}`, { cause });
    } finally {
      runs.close(run);
    }
  };
}
