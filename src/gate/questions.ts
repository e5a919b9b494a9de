/**
 * Questions of those who decide, before they decide. A question settles nothing and stops nothing but the asker's
 * own vote; it is recorded, shown in the thread, and answered there by people or by the agent that proposed the call.
 */
import type { Clock } from '../core/clock.ts';
import { sha256OfParts } from '../core/hash.ts';
import type { ActorId, ApprovalId } from '../core/ids.ts';
import type { EventDraft } from '../ledger/fold.ts';
import type { People, Person } from '../people/person.ts';
import type { OpenRun, OpenRuns } from '../runs/open-runs.ts';
import { runEvent } from '../runs/run-events.ts';
import { pendingApprovals } from '../runs/run-state.ts';
import type { ApprovalState, Question, RunState } from '../runs/run-state.ts';
import type { RunStore } from '../runs/store.ts';
import { outlookOf } from './decide-vote.ts';
import type { VoteAnswer } from './decide-vote.ts';
import { withApprovalRun } from './open-approval.ts';

/** So many of one approval; who wants to know more than that denies it and says why. */
const mostQuestions = 10;

export interface QuestionsOptions {
  readonly runs: OpenRuns;
  readonly store: RunStore;
  readonly clock: Clock;
  people(): People;
  /** Looks up what roles these persons hold by a group on a chat platform; `people` knows it afterwards. */
  refreshRoles(persons: readonly ActorId[]): Promise<void>;
  /** Goes on with a run after something was appended to it. */
  wake(run: OpenRun): void;
}

export type AskAnswer =
  | { readonly kind: 'asked' }
  | { readonly kind: 'too-many' }
  | { readonly kind: 'refused'; readonly vote: Exclude<VoteAnswer, { readonly kind: 'counts' | 'again' }> };

export type GivenAnswer =
  /** `by` is whose answer stands: that of another person who was faster, perhaps. */
  | { readonly kind: 'answered'; readonly by: ActorId }
  | { readonly kind: 'settled' | 'unknown' | 'not-yours' };

export interface Questions {
  /** Undefined when there is no such approval. */
  ask(
    approval: ApprovalId,
    request: { readonly person: Person; readonly text: string; readonly surface: string },
  ): Promise<{ readonly answer: AskAnswer; readonly state: RunState } | undefined>;
  /** `mayAnswer` says whether this person reads the thread it was asked in. */
  answer(
    approval: ApprovalId,
    question: string,
    request: { readonly person: Person; readonly text: string; mayAnswer(state: RunState): boolean },
  ): Promise<GivenAnswer | undefined>;
}

export function createQuestions(options: QuestionsOptions): Questions {
  return {
    ask: (approval, { person, text, surface }) =>
      withApprovalRun(options, approval, async (run) => {
        await options.refreshRoles([person.id]);
        const asked = run.state().approvals.get(approval);
        const refused = whyNotAsked(asked, person, options);
        if (asked === undefined || refused !== undefined)
          return {
            answer: { kind: 'refused' as const, vote: refused ?? { kind: 'settled' as const } },
            state: run.state(),
          };
        const id = questionId(approval, person.id, text);
        const isNew = !isAsked(asked, id);
        if (isNew && asked.questions.length >= mostQuestions)
          return { answer: { kind: 'too-many' as const }, state: run.state() };
        if (isNew)
          await record(run, person.id, askedEvent({ id, approval, by: person.id, text, surface }), (state) =>
            isAsked(state.approvals.get(approval), id),
          );
        const answer: AskAnswer = isAsked(run.state().approvals.get(approval), id)
          ? { kind: 'asked' }
          : { kind: 'refused', vote: { kind: 'settled' } };
        return { answer, state: run.state() };
      }),

    answer: (approval, question, { person, text, mayAnswer }) =>
      withApprovalRun(options, approval, async (run): Promise<GivenAnswer> => {
        const find = (): Question | undefined =>
          run
            .state()
            .approvals.get(approval)
            ?.questions.find((entry) => entry.id === question);
        const open = find();
        if (open === undefined || !mayAnswer(run.state())) return { kind: 'unknown' };
        if (open.answer !== undefined) return { kind: 'answered', by: open.answer.by };
        if (run.state().approvals.get(approval)?.state !== 'pending') return { kind: 'settled' };
        if (open.by === person.id) return { kind: 'not-yours' };
        const event = runEvent(
          'question.answered',
          { question, approval, by: person.id },
          { answer: text.trim() },
        );
        await record(run, person.id, event, () => find()?.answer !== undefined);
        const answer = find()?.answer;
        return answer === undefined ? { kind: 'settled' } : { kind: 'answered', by: answer.by };
      }),
  };

  async function record(
    run: OpenRun,
    by: ActorId,
    event: EventDraft,
    isKnown: (state: RunState) => boolean,
  ): Promise<void> {
    run.stream.append({ sort: 'fact', by, isKnown, events: [event] });
    options.wake(run);
    await run.stream.durable();
    options.wake(run);
  }
}

/**
 * What somebody who may decide says in the thread while his vote is awaited: a question about everything that he may
 * decide there, not an instruction. Empty when it is none.
 */
export function questionsOf(
  state: RunState,
  message: { readonly key: string; readonly by: ActorId; readonly text: string; readonly surface: string },
  people: People,
): readonly EventDraft[] {
  const { by, text, surface, key } = message;
  return pendingApprovals(state)
    .filter(
      (approval) => approval.questions.length < mostQuestions && outlookOf(approval, people).isEntitled(by),
    )
    .map(({ id: approval }) =>
      askedEvent({ id: questionId(approval, by, key), approval, by, text, surface }),
    );
}

/** The first question about an approval that the agent has not been asked yet. */
export function findUnansweredByAgent(approval: ApprovalState | undefined): Question | undefined {
  return approval?.state === 'pending'
    ? approval.questions.find((question) => question.agentAnswer === undefined)
    : undefined;
}

function whyNotAsked(
  approval: ApprovalState | undefined,
  person: Person,
  { clock, people }: QuestionsOptions,
): Exclude<VoteAnswer, { readonly kind: 'counts' | 'again' }> | undefined {
  if (approval === undefined) return { kind: 'settled' };
  const isOver = approval.state === 'pending' && approval.expiresAt <= clock.now().getTime();
  if (isOver || approval.state === 'expired') return { kind: 'expired' };
  if (approval.state !== 'pending') return { kind: 'settled' };
  const may = outlookOf(approval, people()).mayVote(person.id);
  switch (may.kind) {
    // Whoever decides later may ask now.
    case 'may':
    case 'early':
      return undefined;
    case 'excluded':
      return { kind: 'excluded', why: may.why };
    case 'requester':
    case 'not-entitled':
      return { kind: may.kind };
    default:
      return may satisfies never;
  }
}

function isAsked(approval: ApprovalState | undefined, id: string): boolean {
  return approval?.questions.some((question) => question.id === id) === true;
}

/** The same words of the same person are the same question: a second press asks nothing new. */
function questionId(approval: ApprovalId, by: ActorId, what: string): string {
  return `q_${sha256OfParts([approval, by, what.trim()]).slice(0, 16)}`;
}

function askedEvent(question: {
  readonly id: string;
  readonly approval: ApprovalId;
  readonly by: ActorId;
  readonly text: string;
  readonly surface: string;
}): EventDraft {
  const { id, approval, by, text, surface } = question;
  return runEvent('question.asked', { question: id, approval, by, surface }, { text: text.trim() });
}
