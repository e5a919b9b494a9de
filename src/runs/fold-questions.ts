/** The arms of a run's fold for questions about a call that waits for people. */
import type { FoldedEvent } from '../ledger/fold.ts';
import type { RunEventData } from './run-events.ts';
import type { ApprovalState, QuestionAnswer, RunState } from './run-state.ts';
import { erased, markOf } from './settle-status.ts';

export const questionArms: {
  readonly [K in 'question.asked' | 'question.answered']: (
    state: RunState,
    data: RunEventData[K],
    event: FoldedEvent,
  ) => void;
} = {
  'question.asked': (state, data, event) => {
    const approval = state.approvals.get(data.approval);
    if (approval?.state !== 'pending') return;
    if (approval.questions.some((question) => question.id === data.question)) return;
    approval.questions.push({
      id: data.question,
      by: data.by,
      text: event.text('text') ?? erased,
      mark: markOf(event),
    });
  },
  'question.answered': (state, data, event) => {
    state.tokens += data.tokens ?? 0;
    state.usdSpent += data.usd ?? 0;
    const approval = state.approvals.get(data.approval);
    const question = approval?.questions.find((entry) => entry.id === data.question);
    if (approval === undefined || question === undefined) return;
    const answer = { by: data.by, text: event.text('answer') ?? erased, mark: markOf(event) };
    if (data.by === agentActor) {
      question.agentAnswer ??= answer;
      return;
    }
    if (approval.state !== 'pending' || question.answer !== undefined) return;
    question.answer = answer;
    if (data.by === approval.requester) approval.additions += 1;
  },
};

/** The bot is the one actor that is no person. */
const agentActor = 'bot';

/** What the requester says in the thread while he is asked something is his answer. */
export function answerOpenQuestions(approval: ApprovalState, answer: QuestionAnswer): void {
  for (const question of approval.questions) question.answer ??= answer;
}
