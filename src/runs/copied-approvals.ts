/** Copies of cards in threads of other runs: of approvals, forms and questions, in a digest. */
import type { ApprovalId, RunId } from '../core/ids.ts';
import type { FoldedEvent } from '../ledger/fold.ts';
import { formId } from './form.ts';
import type { RunEventData } from './run-events.ts';
import { isFinished } from './run-state.ts';
import type { RunState } from './run-state.ts';

export const copyArms: {
  readonly [K in 'approval.copied' | 'question.copied']: (
    state: RunState,
    data: RunEventData[K],
    event: FoldedEvent,
  ) => void;
} = {
  'approval.copied': (state, { approval, run, thread }) => {
    if (isCopied(state, approval, run)) return;
    state.approvals.get(approval)?.copies.push({ run, thread });
  },
  'question.copied': (state, { item, run, thread }) => {
    if (!isQuestionCopied(state, item, run)) state.questionCopies.push({ item, run, thread });
  },
};

export function isCopied(state: RunState, approval: ApprovalId, into: RunId): boolean {
  return state.approvals.get(approval)?.copies.some(({ run }) => run === into) === true;
}

export function isQuestionCopied({ questionCopies }: RunState, item: string, into: RunId): boolean {
  return questionCopies.some((copy) => copy.item === item && copy.run === into);
}

/** True while somebody could answer the form or the question with this id in the run's own thread. */
export function isUnanswered(state: RunState, item: string): boolean {
  if (isFinished(state)) return false;
  const isForm = [...state.waits.values()].some(
    ({ kind, key, end }) => kind === 'form' && end === undefined && formId(state.id, key) === item,
  );
  return (
    isForm ||
    [...state.approvals.values()].some(
      ({ id, state: settled, questions }) =>
        settled === 'pending' &&
        questions.some((question) => question.answer === undefined && `${id}/${question.id}` === item),
    )
  );
}

/** The id of a copied card, as it is shown: `item` is its id in the run's own thread. */
export function copyId(run: RunId, item: string, into: RunId): string {
  return `${run}/${item}/in/${into}`;
}
