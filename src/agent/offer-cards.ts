/**
 * A step that shows what waits for people in the run's own thread as well, with the buttons: approvals, forms and
 * questions of other runs.
 *
 * What is offered is recorded here; that a copy stands in this thread is recorded in the run that asks, whose next
 * commits bring every copy up to date. Done again it changes nothing.
 */
import { z } from 'zod';
import { AppError, describeError } from '../core/errors.ts';
import { asApprovalId, asRunId } from '../core/ids.ts';
import { copyApproval, copyQuestion } from '../runs/copy-approval.ts';
import type { CopyPlace } from '../runs/copy-approval.ts';
import type { OpenRuns } from '../runs/open-runs.ts';
import type { StepState } from '../runs/run-state.ts';
import type { StepScope } from './step-scope.ts';

/** An approval, or a form or question by its card's id in the run that asks. */
export type OfferedCard =
  { readonly run: string; readonly approval: string } | { readonly run: string; readonly question: string };

/** Puts one more copy into a thread; nothing happens when there is nothing to decide or answer any more. */
export type CopiesCard = (offered: OfferedCard, into: CopyPlace) => Promise<void>;

export const offerKind = 'offer';
const recorded = z.array(
  z.union([
    z.object({ run: z.string(), approval: z.string() }),
    z.object({ run: z.string(), question: z.string() }),
  ]),
);

/** What a recorded step offers. */
export function offeredBy({ kind, result }: StepState): readonly OfferedCard[] {
  return kind === offerKind && result !== undefined ? recorded.parse(JSON.parse(result)) : [];
}

/** The id of an offered card in the thread of the run that asks, without the run. */
export function itemOf(offered: OfferedCard): string {
  return 'approval' in offered ? offered.approval : offered.question;
}

export async function offerCards(
  scope: StepScope,
  copy: CopiesCard,
  key: string,
  cards: readonly OfferedCard[],
): Promise<void> {
  const inputHash = scope.enter(key, offerKind, {});
  const before = scope.recorded(key);
  const offered = before === undefined ? cards : offeredBy(before);
  if (before === undefined)
    scope.record(key, offerKind, inputHash, JSON.stringify(recorded.parse([...offered])));
  // What was said before comes first in the thread, too.
  await scope.run.stream.durable();
  const { id, thread, channel } = scope.run.state();
  for (const card of offered) await copy(card, { run: id, thread, channel });
}

/** Copies cards of runs that this process opens. */
export function createCardCopies(runs: Pick<OpenRuns, 'open' | 'close'>): CopiesCard {
  return async (offered, into) => {
    const run = await runs.open(asRunId(offered.run));
    if (run === undefined) return;
    try {
      if ('approval' in offered) copyApproval(run, asApprovalId(offered.approval), into);
      else copyQuestion(run, offered.question, into);
      await run.stream.durable();
    } catch (cause) {
      throw new AppError('internal', `${itemOf(offered)} is not copied: ${describeError(cause)}`, { cause });
    } finally {
      runs.close(run);
    }
  };
}
