/**
 * The agent answers somebody who may decide a call that it proposed and wants to know more first.
 *
 * It is asked beside its own work: the question and the answer are in the ledger and on the card, not in what the
 * agent reads when it goes on, so whoever asks has not steered it.
 */
import { AppError } from '../core/errors.ts';
import { botActor } from '../core/ids.ts';
import type { CallId } from '../core/ids.ts';
import type { ModelAnswer } from '../models/model.ts';
import type { OpenRun } from '../runs/open-runs.ts';
import { runEvent } from '../runs/run-events.ts';
import type { ApprovalState, Question } from '../runs/run-state.ts';
import type { StepControl } from '../runs/step-control.ts';
import type { AgentTask } from './agent-task.ts';
import type { OfferedTools } from './offered-tools.ts';
import type { createThreadRecall } from './recall-thread.ts';
import type { Spending } from './spending.ts';
import { buildTranscript } from './transcript.ts';

const maxAnswerTokens = 1_000;

export async function answerQuestion(
  options: { readonly spending: Spending; readonly recallThread: ReturnType<typeof createThreadRecall> },
  run: OpenRun,
  control: StepControl,
  asked: {
    readonly task: AgentTask;
    /** What the task is, in the words that the model was given. */
    readonly text: string;
    readonly offered: OfferedTools;
    readonly approval: ApprovalState;
    readonly question: Question;
    readonly callIdOf: (turn: number, index: number) => CallId;
  },
): Promise<void> {
  const { task, approval, question } = asked;
  const thread = await options.recallThread(run);
  let answer: ModelAnswer | undefined;
  let isSpent = false;
  try {
    const done = await options.spending.ask(run, `?${question.id}`, {
      system: systemText(task),
      messages: [
        ...buildTranscript(run.state(), task.key, asked.text, thread.exchanges, asked.callIdOf),
        { role: 'user', text: questionText(approval, question) },
      ],
      tools: asked.offered.tools,
      maxOutputTokens: maxAnswerTokens,
      isQuestion: true,
      signal: control.signal,
    });
    if (done.kind === 'answered') ({ answer } = done);
    else isSpent = true;
  } catch (error) {
    control.signal.throwIfAborted();
    // People wait for an answer, and theirs is worth more: a model that does not answer is not waited for.
    if (!(error instanceof AppError)) throw error;
  }
  const { usage, costUsd } = answer ?? {};
  run.stream.append({
    sort: 'fact',
    by: 'bot',
    isKnown: (state) =>
      state.approvals.get(approval.id)?.questions.find(({ id }) => id === question.id)?.agentAnswer !==
      undefined,
    events: [
      runEvent(
        'question.answered',
        {
          question: question.id,
          approval: approval.id,
          by: botActor,
          ...(usage !== undefined && { tokens: usage.inputTokens + usage.outputTokens }),
          ...(costUsd !== undefined && { usd: costUsd }),
        },
        { answer: isSpent ? '(The budget for answers is spent.)' : answerText(answer) },
      ),
    ],
  });
  await run.stream.durable();
}

function answerText(answer: ModelAnswer | undefined): string {
  if (answer === undefined) return '(The model does not answer.)';
  return answer.text.trim() === '' ? '(The agent has no answer to that.)' : answer.text.trim();
}

function questionText(approval: ApprovalState, question: Question): string {
  return `Before deciding about "${approval.title}", ${question.by} asks:\n${question.text}`;
}

function systemText({ instructions }: AgentTask): string {
  return [
    instructions,
    'You have proposed a call that waits for people to decide. Somebody who may decide asks you about it.',
    '- Answer that question in a few plain sentences, from what you have read in this conversation. Say where you know it from.',
    '- Say plainly when you do not know. Do not guess and do not press for approval.',
    '- Propose nothing: no call is taken from this answer.',
  ].join('\n');
}
