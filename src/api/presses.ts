/** Votes and other buttons, whatever the surface: what was pressed is settled, or refused with a sentence. */
import { asApprovalId, asCallId, asRunId } from '../core/ids.ts';
import type { ApprovalId, ChannelId, RunId } from '../core/ids.ts';
import type { GrantDesk } from '../gate/grant-desk.ts';
import type { PeopleDesk } from '../gate/people-desk.ts';
import type { Decisions } from '../gate/decisions.ts';
import { mayNotOperate, mayOperate } from '../gate/may-operate.ts';
import type { PolicyDesk } from '../gate/policy-desk.ts';
import type { Policy } from '../gate/policy.ts';
import type { Questions } from '../gate/questions.ts';
import { digestCard, digestSubject, digestWords } from '../commands/digest.ts';
import { cardOfSchedule, scheduleSubject, scheduleWords } from '../commands/schedule-card.ts';
import type { People, Person } from '../people/person.ts';
import type { Router } from '../router.ts';
import type { OpenRun, OpenRuns } from '../runs/open-runs.ts';
import { operateRun } from '../runs/operate-run.ts';
import type { Operation } from '../runs/operate-run.ts';
import type { RunState } from '../runs/run-state.ts';
import type { RunStore } from '../runs/store.ts';
import { approvalCard, outcomeText } from '../story/approval-card.ts';
import { cardOfChange } from '../story/change-card.ts';
import type { StoryWords } from '../story/story-item.ts';
import type { Card } from '../chat/card.ts';
import type { FormValues } from '../chat/form.ts';
import { answerForm } from './answer-form.ts';
import type { ApiBackend } from './backend.ts';
import type { Edits } from './edits.ts';
import { giveFeedback } from './feedback-presses.ts';
import { approvalJson, runStateJson } from './render-json.ts';
import { isHeldVerb } from './held-presses.ts';
import type { HeldPresses } from './held-presses.ts';
import { isMemoryVerb } from './memory-presses.ts';
import type { MemoryPresses } from './memory-presses.ts';
import { createQuestionPresses } from './question-presses.ts';
import { createGroupPresses } from './group-presses.ts';
import { createGrantPresses, revokeCard } from './grant-presses.ts';
import type { GrantPresses } from './grant-presses.ts';
import { notFound, refusal } from './refusal.ts';
import type { RunViews } from './run-views.ts';
import { refuseVote } from './vote-texts.ts';

export interface PressesOptions {
  readonly store: { readonly runs: RunStore };
  readonly runs: OpenRuns;
  readonly decisions: Decisions;
  readonly router: Router;
  readonly words: StoryWords;
  readonly views: RunViews;
  readonly edits: Edits;
  readonly memoryPresses: MemoryPresses;
  readonly heldPresses: HeldPresses;
  readonly questions: Questions;
  readonly grantDesk: GrantDesk;
  readonly peopleDesk: PeopleDesk;
  readonly policyDesk: PolicyDesk;
  /** Lets a person follow a run; answers what he reads. */
  readonly follow: (person: Person, run: RunId) => Promise<string>;
  /** What a command answers, said where the bot talks with this person alone. */
  commandText(person: Person, surface: string, text: string): Promise<string>;
  people(): People;
  policy(): Policy;
  /** Goes on with a run after something was appended to it. */
  wake(run: OpenRun): void;
}

export interface VoteInput {
  readonly vote: 'approve' | 'deny';
  /** Absent for a button: its approval's id stands for one digest for ever. */
  readonly digest?: string;
  readonly reason?: string | undefined;
  /** How many additions the card showed. */
  readonly seen?: number | undefined;
  readonly surface: string;
}

/** What a person typed before a press counted. */
export interface Typed {
  readonly text?: string | undefined;
  readonly fields?: FormValues | undefined;
}

export interface Presses {
  readonly grants: GrantPresses;
  vote(person: Person, id: ApprovalId, input: VoteInput): ReturnType<ApiBackend['vote']>;
  press(person: Person, surface: string, action: string, typed: Typed): ReturnType<ApiBackend['act']>;
  operate(
    person: Person,
    id: RunId,
    operation: Operation,
    how: { readonly reason: string; readonly surface: string },
  ): ReturnType<ApiBackend['act']>;
  stopRun(
    person: Person,
    id: RunId,
    reason: string | undefined,
    surface: string,
  ): ReturnType<ApiBackend['stopRun']>;
}

export function createPresses(options: PressesOptions): Presses {
  const { store, runs, decisions, router, words } = options;
  const { mayRead, withState, viewOf } = options.views;

  async function vote(person: Person, id: ApprovalId, input: VoteInput): ReturnType<ApiBackend['vote']> {
    const row = await store.runs.findApproval(id);
    if (row === undefined) return notFound('approval');
    const digest =
      input.digest ?? (await withState(row.run, (state) => state.approvals.get(id)?.digest)) ?? '';
    const done = await decisions.vote(id, {
      person,
      vote: input.vote,
      digest,
      surface: input.surface,
      ...(input.seen !== undefined && { seen: input.seen }),
      ...(input.reason !== undefined && input.reason.trim() !== '' && { reason: input.reason.trim() }),
    });
    if (done === undefined) return notFound('approval');
    const view = await viewOf(done.state, id, person);
    if (done.answer.kind !== 'counts' && done.answer.kind !== 'again') {
      return refuseVote(done.answer, done.state, id, {
        people: options.people(),
        words,
        person,
        settled: view === undefined ? undefined : outcomeText(view),
      });
    }
    if (view === undefined) return notFound('approval');
    const card = approvalCard(view);
    return {
      kind: 'counted',
      approval: approvalJson(view.state, view.approval, view.people, card, view.reader.mayReadThread),
      text: outcomeText(view) ?? 'Your vote is counted.',
    };
  }

  const questions = createQuestionPresses({ ...options, questions: options.questions });
  const grants = createGrantPresses({
    desk: options.grantDesk,
    store: store.runs,
    views: options.views,
    vote,
  });

  const pressGroup = createGroupPresses({ ...options, store: store.runs, vote });

  async function press(
    person: Person,
    surface: string,
    action: string,
    typed: Typed,
  ): ReturnType<ApiBackend['act']> {
    const [version, subject = '', verb = '', last = ''] = action.split(':');
    if (version !== 'v1') return notFound('action');
    if (subject.startsWith('apr_'))
      return actOnApproval(person, surface, asApprovalId(subject), { verb, last, ...typed });
    if (subject === digestSubject || subject === scheduleSubject) {
      const words =
        subject === digestSubject ? digestWords(verb, typed.text) : scheduleWords(verb, last, typed.text);
      if (words === undefined) return notFound('action');
      return { kind: 'done', text: await options.commandText(person, surface, words) };
    }
    if (subject.startsWith('grant_') && verb === 'revoke') return grants.revoke(person, subject);
    if (subject.startsWith('change_') && (verb === 'agree' || verb === 'refuse')) {
      const done = await options.peopleDesk.settle(person, subject, verb === 'agree');
      return done.isDone ? { kind: 'done', text: done.text } : refusal(403, 'people.refused', done.text);
    }
    if (subject.startsWith('rules_') && (verb === 'agree' || verb === 'refuse')) {
      const done = await options.policyDesk.settle(person, subject, verb === 'agree');
      return done.isDone ? { kind: 'done', text: done.text } : refusal(403, 'policy.refused', done.text);
    }
    if (subject.startsWith('run_') && verb === 'stop')
      return stop(person, asRunId(subject), typed.text, surface);
    if (subject.startsWith('run_') && verb.startsWith('call_') && isMemoryVerb(last))
      return options.memoryPresses.press(person, surface, {
        run: asRunId(subject),
        call: asCallId(verb),
        verb: last,
        text: typed.text,
      });
    if (subject.startsWith('run_') && verb.startsWith('call_') && isHeldVerb(last))
      return options.heldPresses.press(person, surface, {
        run: asRunId(subject),
        call: asCallId(verb),
        verb: last,
      });
    if (
      subject.startsWith('run_') &&
      (verb === 'pause' || verb === 'resume' || verb === 'retry' || verb === 'leave')
    ) {
      const step = typed.fields?.['step'];
      const operation: Operation =
        verb === 'retry' && step !== undefined ? { kind: verb, step } : { kind: verb };
      const reason = (typed.text ?? typed.fields?.['reason'] ?? '').trim();
      return operate(person, asRunId(subject), operation, { reason, surface });
    }
    if (subject.startsWith('run_') && verb === 'follow') {
      const id = asRunId(subject);
      // On a chat platform whoever can press the button reads the thread it stands in.
      const mayFollow =
        surface !== 'console' || (await withState(id, ({ channel }) => mayRead(person, channel))) === true;
      return mayFollow ? { kind: 'done', text: await options.follow(person, id), run: id } : notFound('run');
    }
    if (subject.startsWith('run_') && verb === 'feedback' && (last === 'good' || last === 'bad'))
      return giveFeedback(options, person, surface, { run: asRunId(subject), rating: last });
    if (subject.startsWith('run_') && verb.startsWith('form_')) {
      const filled = { run: asRunId(subject), form: verb, fields: typed.fields ?? {} };
      return answerForm(options, person, surface, filled);
    }
    if (subject.startsWith('run_') && verb.startsWith('call_'))
      return settle(person, asRunId(subject), verb, last);
    return notFound('action');
  }

  async function actOnApproval(
    person: Person,
    surface: string,
    id: ApprovalId,
    { verb, last, text, fields }: Typed & { readonly verb: string; readonly last: string },
  ): ReturnType<ApiBackend['act']> {
    const seen = countOf(last);
    if (verb === 'approve' || verb === 'deny') {
      const done = await vote(person, id, { vote: verb, reason: text, seen, surface });
      return done.kind === 'refused' ? done : { kind: 'done', text: done.text };
    }
    const together = pressGroup(person, id, { verb, shown: last, text, surface });
    if (together !== undefined) return together;
    if (verb === 'ask') return questions.ask(person, id, { text: text ?? '', surface });
    if (verb === 'answer') return questions.answer(person, id, { question: last, text: text ?? '', surface });
    if (verb === 'edit') return options.edits.change(person, id, fields ?? {}, surface);
    if (verb === 'grant') return grants.grant(person, id, { surface, seen, wish: text ?? '' });
    if (verb === 'withdraw') {
      const done = await decisions.withdraw(id, person);
      if (done === undefined) return notFound('approval');
      if (done.kind === 'done') return { kind: 'done', text: `Withdrawn by ${person.name}. Nothing ran.` };
      return done.why === 'settled'
        ? refusal(409, 'approval.settled', 'This was settled before.')
        : refusal(403, 'approval.not-yours', 'Only whoever asked for this can withdraw it.');
    }
    if (verb === 'ask-again') {
      const row = await store.runs.findApproval(id);
      const again =
        row === undefined
          ? undefined
          : await withState(row.run, (state) => ({
              thread: state.thread,
              channel: state.channel,
              text: state.text,
              requester: state.requester,
              state: state.approvals.get(id)?.state,
            }));
      if (again === undefined) return notFound('approval');
      if (again.requester !== person.id)
        return refusal(403, 'approval.not-yours', 'Only whoever asked for this can ask again.');
      if (again.state !== 'expired')
        return refusal(409, 'approval.settled', 'Only what nobody answered can be asked again.');
      const taken = await router.take({
        key: `console:again/${id}`,
        channel: again.channel,
        thread: again.thread,
        by: person.id,
        text: again.text,
      });
      return {
        kind: 'done',
        text: 'Asked again.',
        thread: taken.thread,
        ...(taken.run !== undefined && { run: taken.run }),
      };
    }
    return notFound('action');
  }

  function refuseOperation(state: RunState, person: Person): ReturnType<typeof refusal> | undefined {
    const people = options.people();
    return mayOperate(state, person, options.policy(), people)
      ? undefined
      : refusal(403, 'run.not-entitled', mayNotOperate(state, people));
  }

  async function stop(
    person: Person,
    id: RunId,
    reason: string | undefined,
    surface: string,
  ): ReturnType<ApiBackend['act']> {
    const done = await stopRun(person, id, reason, surface);
    return done.kind === 'refused'
      ? done
      : { kind: 'done', text: 'Stopped. What was already sent is not undone.', run: id };
  }

  async function stopRun(
    person: Person,
    id: RunId,
    reason: string | undefined,
    surface: string,
  ): ReturnType<ApiBackend['stopRun']> {
    const run = await runs.open(id);
    if (run === undefined) return notFound('run');
    try {
      // On a chat platform whoever can press the button reads the thread it stands in.
      if (surface === 'console' && !mayRead(person, run.state().channel)) return notFound('run');
      if (run.state().finished !== undefined) return refusal(409, 'run.finished', 'This run is over.');
      const notEntitled = refuseOperation(run.state(), person);
      if (notEntitled !== undefined) return notEntitled;
      await decisions.stop(run, person, reason ?? '');
      return { kind: 'stopped', run: runStateJson(run.state()) };
    } finally {
      runs.close(run);
    }
  }

  async function operate(
    person: Person,
    id: RunId,
    operation: Operation,
    how: { readonly reason: string; readonly surface: string },
  ): ReturnType<ApiBackend['act']> {
    const run = await runs.open(id);
    if (run === undefined) return notFound('run');
    try {
      // On a chat platform whoever can press the button reads the thread it stands in.
      if (how.surface === 'console' && !mayRead(person, run.state().channel)) return notFound('run');
      const notEntitled = refuseOperation(run.state(), person);
      if (notEntitled !== undefined) return notEntitled;
      const by = { by: person.id, reason: how.reason };
      const done = await operateRun(run, operation, by, (held) => {
        options.wake(held);
      });
      if (done.kind === 'done') return { kind: 'done', text: done.text, run: id };
      return refusal(done.why === 'no-step' ? 422 : 409, `run.${done.why}`, done.text);
    } finally {
      runs.close(run);
    }
  }

  async function settle(
    person: Person,
    id: RunId,
    call: string,
    verb: string,
  ): ReturnType<ApiBackend['act']> {
    if (verb !== 'happened' && verb !== 'ask-again' && verb !== 'stop') return notFound('action');
    const run = await runs.open(id);
    if (run === undefined) return notFound('run');
    try {
      const done = await decisions.settleOutcome(run, asCallId(call), person, verb);
      if (done.kind === 'done') return { kind: 'done', text: 'Noted.', run: id };
      return done.why === 'settled'
        ? refusal(409, 'outcome.settled', 'Somebody has settled this already.')
        : refusal(
            403,
            'outcome.not-entitled',
            'Only somebody who may approve this call can say what happened to it.',
          );
    } finally {
      runs.close(run);
    }
  }

  return { vote, press, stopRun, operate, grants };
}

/** How many additions a button's card showed: none when it does not say. */
function countOf(text: string): number {
  return /^\d{1,6}$/u.test(text) ? Number(text) : 0;
}

/** The card that still offers an action, as it is shown in that channel; undefined is outside of every one. */
export async function findCard(
  views: RunViews,
  store: RunStore,
  action: string,
  channel: ChannelId | undefined,
): Promise<Card | undefined> {
  const subject = action.split(':')[1] ?? '';
  const apart = revokeCard(action) ?? cardOfChange(action) ?? digestCard(action) ?? cardOfSchedule(action);
  if (apart !== undefined) return apart;
  const run = subject.startsWith('apr_')
    ? (await store.findApproval(asApprovalId(subject)))?.run
    : asRunId(subject);
  if (run === undefined) return undefined;
  const cards = await views.withState(run, async (state) => {
    // An answer is asked of the requester, whose own thread it is.
    const isAnswer = action.split(':')[2] === 'answer';
    if (subject.startsWith('apr_') && channel !== state.channel && !isAnswer)
      return views.cardOutside(state, asApprovalId(subject));
    return (await views.storyFor(state, state.requester)).flatMap((item) => item.card ?? []);
  });
  return cards?.find((card) => card.actions.some((entry) => entry.id === action));
}

/** The action alone, wherever it was pressed: what a surface asks before it counts. */
export async function findAction(
  views: RunViews,
  store: RunStore,
  action: string,
): Promise<Card['actions'][number] | undefined> {
  const [, subject = ''] = action.split(':');
  // Buttons for several calls and answers to questions stand in the thread alone, a single call's also outside of it.
  const row = subject.startsWith('apr_') ? await store.findApproval(asApprovalId(subject)) : undefined;
  const channel = row === undefined ? undefined : await views.withState(row.run, (state) => state.channel);
  const card =
    (await findCard(views, store, action, channel)) ?? (await findCard(views, store, action, undefined));
  return card?.actions.find((entry) => entry.id === action);
}
