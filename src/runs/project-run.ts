/** The rows that lists, claims and inboxes read, from a run's folded state. Pure. */
import type { RowWrite } from '../ledger/store.ts';
import { countFeedback } from './fold-feedback.ts';
import { nextOutcomeReminderAt } from './lost-outcome.ts';
import type { Mark } from './mark.ts';
import { nextNudgeAt } from './next-nudge.ts';
import type { ApprovalState, RunState } from './run-state.ts';
import { isFinished } from './run-state.ts';
import { formId, readForm } from './form.ts';
import type { ApprovalRow, Lease, OpenQuestion, RunRow, WaitRow } from './store.ts';
import type { WaitState } from './wait-state.ts';

/** After its deadline a call is still given this long before anybody calls its outcome unknown. */
export const graceMs = 2_000;

/** The name under which runs with an unknown outcome are listed, beside those that wait for a signal. */
export const unknownOutcome = 'countersign.unknown-outcome';

/** When somebody has to look at this run again by himself, in ms since 1970; undefined when only people can move it. */
export function nextWakeAt(state: RunState): number | undefined {
  if (isFinished(state)) return undefined;
  const moments: number[] = [];
  for (const approval of state.approvals.values())
    if (approval.state === 'pending') moments.push(nextNudgeAt(approval) ?? approval.expiresAt);
  for (const { dispatches, result, unknown, lost } of state.calls.values()) {
    const last = dispatches.at(-1);
    if (last !== undefined && result === undefined && unknown === undefined)
      moments.push(last.deadline + graceMs);
    const loss = unknown === undefined ? undefined : lost.at(-1);
    const remindAt = loss === undefined ? undefined : nextOutcomeReminderAt(loss);
    if (remindAt !== undefined) moments.push(remindAt);
  }
  if (state.parked?.until !== undefined) moments.push(state.parked.until);
  if (state.parked === undefined) {
    for (const { until, end } of state.waits.values())
      if (until !== undefined && end === undefined) moments.push(until);
    for (const { until } of state.missed.values()) moments.push(until);
  }
  if (state.modelMissed !== undefined) moments.push(state.modelMissed.until);
  return moments.length === 0 ? undefined : Math.min(...moments);
}

/** How a person or role is called. */
type NameOf = (id: string) => string;

/** What a list keeps of a request and of its answer. */
export const rowTitleCharacters = 200;
export const rowReplyCharacters = 500;
const rowQuestions = 5;
const questionCharacters = 160;

/** A run that is over is held by nobody: its row would come due, and be taken up, again and again. */
export function runRow(state: RunState, seq: number, held: Lease | undefined): RunRow {
  const lease = isFinished(state) ? undefined : held;
  const startedAt = state.requested?.stamp.at.getTime() ?? 0;
  const reply = state.said.at(-1)?.text;
  const waitingFor = waitsFor(state);
  const questions = waitingFor === undefined ? [] : openQuestions(state);
  const wakeAt = nextWakeAt(state);
  const feedback = countFeedback(state);
  return {
    id: state.id,
    seq,
    status: state.status,
    workflow: state.workflow,
    thread: state.thread,
    channel: state.channel,
    startedBy: state.requester,
    startedAt,
    ...(state.finished !== undefined && { finishedAt: state.finished.stamp.at.getTime() }),
    ...(waitingFor !== undefined && { waitingFor }),
    ...(questions.length > 0 && { questions: questions.slice(0, rowQuestions) }),
    ...(waitingFor !== undefined &&
      questions.length === 0 &&
      waitsAlone(state) && { waitsAlone: true as const }),
    title: titleOf(state).slice(0, rowTitleCharacters),
    ...(reply !== undefined && { reply: reply.slice(0, rowReplyCharacters) }),
    ...(state.taintedBy !== undefined && { taintedBy: state.taintedBy }),
    ...(state.files.length > 0 && { files: state.files.length }),
    ...(state.summary !== undefined && { summary: state.summary.upTo }),
    ...(feedback !== undefined && { feedback }),
    usdSpent: state.usdSpent,
    tokens: state.tokens,
    ...(lease !== undefined && { lease }),
    ...(wakeAt !== undefined && { wakeAt }),
    ...(state.isErased === true && { isErased: true }),
  };
}

/** Once it is over, nobody takes the words of a drill for a request. */
function titleOf(state: RunState): string {
  return state.drill !== undefined && isFinished(state) ? `Drill: ${state.text}` : state.text;
}

/** What people are asked apart from votes, and nobody has answered, the oldest first. */
function openQuestions(state: RunState): readonly OpenQuestion[] {
  const forms = [...state.waits.values()].flatMap((wait): readonly OpenQuestion[] => {
    const form = wait.kind === 'form' && wait.end === undefined ? readForm(wait) : undefined;
    return form === undefined
      ? []
      : [questionOf(formId(state.id, wait.key), form.title, wait.who ?? [], wait.mark)];
  });
  const onCards = [...state.approvals.values()]
    .filter((approval) => approval.state === 'pending')
    .flatMap(({ id, questions, requester }) =>
      questions
        .filter(({ answer, agentAnswer }) => answer === undefined && agentAnswer === undefined)
        .map((question) => questionOf(`${id}/${question.id}`, question.text, [requester], question.mark)),
    );
  return [...forms, ...onCards].toSorted((a, b) => a.askedAt - b.askedAt);
}

function questionOf(item: string, title: string, who: readonly string[], mark: Mark): OpenQuestion {
  return { item, title: title.slice(0, questionCharacters), who, askedAt: mark.stamp.at.getTime() };
}

/** Nobody could move it on by deciding, answering or saying what happened. */
function waitsAlone({ status, calls, approvals }: RunState): boolean {
  return (
    status === 'waiting' &&
    [...calls.values()].every(({ unknown }) => unknown === undefined) &&
    [...approvals.values()].every(({ state }) => state !== 'pending')
  );
}

/** What a waiting or parked run waits for, in words; people come before time and other runs. */
export function waitsFor(state: RunState, nameOf: NameOf = (id) => id): string | undefined {
  if (isFinished(state)) return undefined;
  if (state.parked !== undefined) return state.parked.tell;
  for (const { call, unknown } of state.calls.values()) {
    if (unknown !== undefined) return `somebody to say whether ${call.tool} happened`;
  }
  for (const approval of state.approvals.values()) {
    if (approval.state !== 'pending') continue;
    const names = [...new Set(approval.requirements.flatMap((requirement) => requirement.approvers))];
    return `${names.map(nameOf).join(', ') || 'nobody'} to decide: ${approval.title}`.slice(0, 200);
  }
  if (state.modelMissed !== undefined) return 'the model';
  const open = [...state.waits.values()].filter(({ end }) => end === undefined);
  const [first] = [...open.filter(({ kind }) => kind === 'form'), ...open];
  if (first !== undefined) return waitText(first, nameOf);
  for (const { key } of state.missed.values()) return `the next try of step ${key}`;
  return undefined;
}

function waitText({ kind, until, name, who }: WaitState, nameOf: NameOf): string {
  const moment = until === undefined ? undefined : new Date(until).toISOString().replace(/\.\d{3}Z$/u, 'Z');
  switch (kind) {
    case 'sleep':
      return moment ?? 'a moment';
    case 'signal':
      return `${name ?? 'a signal'}${moment === undefined ? '' : `, until ${moment}`}`;
    case 'form':
      return `${who?.map(nameOf).join(', ') ?? 'somebody'} to answer${moment === undefined ? '' : `, until ${moment}`}`;
    case 'child':
      return `${name ?? 'another run'} to finish`;
    default:
      return kind satisfies never;
  }
}

export function approvalRow(state: RunState, approval: ApprovalState): ApprovalRow {
  const { decision } = approval;
  // What several persons approved was decided by the last of them.
  const approved =
    approval.state === 'approved' ? approval.votes.findLast(({ vote }) => vote === 'approve') : undefined;
  const decidedBy = decision?.by ?? approved?.by;
  const reason = decision?.reason ?? approved?.reason;
  return {
    id: approval.id,
    run: state.id,
    state: approval.state,
    requestedAt: approval.mark.stamp.at.getTime(),
    tool: state.calls.get(approval.call)?.call.tool ?? '',
    title: approval.title.slice(0, questionCharacters),
    requester: approval.requester,
    channel: state.channel,
    ...(approval.state === 'pending' && {
      approvers: [...new Set(approval.requirements.flatMap(({ approvers }) => approvers))],
    }),
    ...(decision !== undefined && { decidedAt: decision.mark.stamp.at.getTime() }),
    ...(state.drill !== undefined && { isDrill: true as const }),
    ...(decision !== undefined && decidedBy !== undefined && { decidedBy }),
    ...(decision !== undefined && reason !== undefined && { reason: reason.slice(0, 200) }),
  };
}

/** Rows of one commit: the run, the approvals that changed, and the thread when the run is over. */
export function projectRun(
  state: RunState,
  seq: number,
  lease: Lease | undefined,
  changed: readonly ApprovalState[],
): readonly RowWrite[] {
  const messages = [state.messageKey, ...state.messages.map((message) => message.key)];
  if (state.isRetired === true) {
    const row = {
      run: state.id,
      thread: state.thread,
      messages,
      approvals: [...state.approvals.keys()],
    };
    return [{ table: 'retired', key: state.id, seq, row }];
  }
  const rows: RowWrite[] = [{ table: 'runs', key: state.id, seq, row: runRow(state, seq, lease) }];
  for (const approval of changed) {
    rows.push({ table: 'approvals', key: approval.id, seq, row: approvalRow(state, approval) });
  }
  for (const wait of state.waits.values()) {
    if (wait.kind !== 'signal') continue;
    const row: WaitRow = {
      run: state.id,
      name: wait.name ?? '',
      isOpen: wait.end === undefined && !isFinished(state),
    };
    rows.push({ table: 'waits', key: `${state.id}/${wait.key}`, seq, row });
  }
  const lost = [...state.calls.values()].filter((call) => call.lost.length > 0);
  if (lost.length > 0) {
    const isOpen = lost.some((call) => call.unknown !== undefined);
    const row: WaitRow = { run: state.id, name: unknownOutcome, isOpen };
    rows.push({ table: 'waits', key: `${state.id}?outcome`, seq, row });
  }
  if (state.isErased === true) {
    const row = { thread: state.thread, messages, startedAt: state.requested?.stamp.at.getTime() ?? 0 };
    rows.push({ table: 'erased', key: state.id, seq, row });
  }
  if (isFinished(state)) rows.push({ table: 'threads', key: state.thread, seq, row: { finished: state.id } });
  return rows;
}
