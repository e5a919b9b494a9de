/** The audit trail in the thread: what happened, the tool, the person and the ledger's number; reads rolled up. */
import { shortDigest } from '../gate/approval-digest.ts';
import { planBehind } from '../gate/plan-state.ts';
import type { ProbeFinding } from '../runs/lost-outcome.ts';
import type { Mark } from '../runs/mark.ts';
import type { ApprovalState, CallState, RunState } from '../runs/run-state.ts';
import { makeVisible } from '../core/visible-text.ts';
import { firstLine } from './approval-card.ts';
import { shownTool } from './shown-tool.ts';
import type { StoryWords } from './story-item.ts';
import { voterName } from './voter-name.ts';

interface Entry {
  readonly mark: Mark;
  readonly text: string;
}

export function auditText(state: RunState, words: StoryWords): string {
  const entries = [
    ...readEntries(state),
    ...fileEntries(state),
    ...approvalEntries(state, words),
    ...callEntries(state, words),
    ...runEntries(state, words),
  ];
  entries.sort((a, b) => a.mark.number - b.mark.number);
  return entries
    .map((entry) => `#${String(entry.mark.number)} ${words.time(entry.mark.stamp.at)} ${entry.text}`)
    .join('\n');
}

/** Reads that came one after another are one line. */
function readEntries(state: RunState): readonly Entry[] {
  const entries: Entry[] = [];
  let tools: string[] = [];
  let last: Mark | undefined;
  const others = [...state.approvals.values()].map((approval) => approval.mark.number);
  const finish = (): void => {
    if (last === undefined) return;
    const names = [...new Set(tools)].join(', ');
    entries.push({
      mark: last,
      text: `read ${String(tools.length)} ${tools.length === 1 ? 'source' : 'sources'}: ${names}`,
    });
    tools = [];
    last = undefined;
  };
  for (const { call, result } of state.calls.values()) {
    if (call.effect !== 'read' || result?.kind !== 'answered') continue;
    const before = last;
    if (
      before !== undefined &&
      others.some((number) => number > before.number && number < result.mark.number)
    )
      finish();
    tools.push(call.tool);
    last = result.mark;
  }
  finish();
  return entries;
}

/** Files that came with messages. */
function fileEntries({ files }: RunState): readonly Entry[] {
  return files.flatMap(({ file, read }) => {
    if (read === undefined) return [];
    const name = firstLine(file.name);
    const text = read.kind === 'unreadable' ? `could not read the file ${name}` : `read the file ${name}`;
    return [{ mark: read.mark, text }];
  });
}

function approvalEntries(state: RunState, words: StoryWords): readonly Entry[] {
  const entries: Entry[] = [];
  for (const approval of state.approvals.values()) {
    const asked = state.calls.get(approval.call)?.call;
    const tool = asked === undefined ? 'a call' : shownTool(asked);
    const who = approval.requirements.flatMap((requirement) => requirement.approvers).join(', ') || 'nobody';
    entries.push({
      mark: approval.mark,
      text: `asked ${who} about ${tool} (${shortDigest(approval.digest)})`,
    });
    for (const vote of approval.votes) {
      const reason = vote.reason === undefined || vote.reason === '' ? '' : `: ${makeVisible(vote.reason)}`;
      entries.push({
        mark: vote.mark,
        text: `${voterName(vote, words)} ${vote.vote === 'approve' ? 'approved' : 'denied'} ${tool}${reason}${vote.effect === 'changed' ? ', whose effect had changed' : ''}`,
      });
    }
    entries.push(...questionEntries(approval, words));
    if (approval.isPreviewChanged === true && approval.preview !== undefined)
      entries.push({
        mark: approval.preview.mark,
        text: `looked again: the effect of ${tool} had changed`,
      });
    for (const nudge of approval.nudges) {
      const did = nudge.to === undefined ? 'reminded people of' : `asked ${nudge.to.join(', ')} too about`;
      entries.push({ mark: nudge.mark, text: `${did} ${tool}` });
    }
    const { decision } = approval;
    if (decision === undefined) continue;
    if (approval.state === 'expired')
      entries.push({ mark: decision.mark, text: `expired: ${tool}, nothing ran` });
    if (approval.state === 'stale')
      entries.push({ mark: decision.mark, text: `stale: ${decision.reason ?? tool}` });
    if (approval.state === 'cancelled') {
      entries.push({
        mark: decision.mark,
        text: `${decision.reason === undefined ? 'withdrawn' : 'frozen'}${decision.by === undefined ? '' : ` by ${words.nameOf(decision.by)}`}: ${tool}`,
      });
    }
  }
  return entries;
}

function questionEntries({ questions }: ApprovalState, words: StoryWords): readonly Entry[] {
  return questions.flatMap(({ by, text, mark, answer, agentAnswer }) => [
    { mark, text: `${words.nameOf(by)} asked: ${firstLine(text)}` },
    ...(agentAnswer === undefined
      ? []
      : [{ mark: agentAnswer.mark, text: `the agent answered ${words.nameOf(by)}` }]),
    ...(answer === undefined
      ? []
      : [{ mark: answer.mark, text: `${words.nameOf(answer.by)} answered: ${firstLine(answer.text)}` }]),
  ]);
}

function callEntries(state: RunState, words: StoryWords): readonly Entry[] {
  return [...state.calls.values()]
    .filter((entry) => entry.call.effect !== 'read')
    .flatMap((entry) => callEntry(state, entry, words));
}

function grantedText(
  state: RunState,
  tool: string,
  { id, by }: NonNullable<CallState['grant']>,
  words: StoryWords,
): string {
  const plan = planBehind(state, id);
  if (plan === undefined) return `granted ${tool} by ${words.nameOf(by)} in advance (${id})`;
  const votes = plan.approval.votes.filter(({ vote }) => vote === 'approve');
  const who = votes.map((vote) => voterName(vote, words)).join(' and ');
  return `${tool} is within the plan «${makeVisible(plan.title)}» that ${who} approved (${id})`;
}

const probeWords = {
  happened: 'it happened',
  absent: 'it did not happen',
  unsure: 'not certain',
} as const satisfies Record<ProbeFinding, string>;

function againText({ effect }: CallState['call'], attempt: number): string {
  if (attempt <= 1) return '';
  const why = effect === 'probeable' ? 'because it had not happened' : 'with the same key';
  return ` again ${why} (attempt ${String(attempt)})`;
}

function callEntry(
  state: RunState,
  { call, approval, grant, dispatches, result, lost, probe }: CallState,
  words: StoryWords,
): readonly Entry[] {
  const tool = shownTool(call);
  const granted =
    grant === undefined
      ? []
      : [
          {
            mark: grant.mark,
            text: grantedText(state, tool, grant, words),
          },
        ];
  const sent = dispatches.map((dispatch) => ({
    mark: dispatch.mark,
    text: `dispatched ${tool}${againText(call, dispatch.attempt)}`,
  }));
  const entries: Entry[] = [...granted, ...sent];
  for (const { mark, reminders } of lost) {
    entries.push({ mark, text: `outcome unknown: ${tool}` });
    for (const reminder of reminders)
      entries.push({
        mark: reminder.mark,
        text: `reminded people that the outcome of ${tool} is unknown`,
      });
  }
  if (probe !== undefined)
    entries.push({
      mark: probe.mark,
      text: `asked ${probe.probe} about ${tool}: ${probeWords[probe.found]}`,
    });
  if (result?.kind === 'answered') {
    entries.push({
      mark: result.mark,
      text: `${result.isError ? 'failed' : 'done'} ${tool}: ${firstLine(result.content)}`,
    });
  }
  // What a probe settled has its own line.
  if (result?.kind === 'settled' && result.by !== 'bot') {
    entries.push({
      mark: result.mark,
      text: `${words.nameOf(result.by)} settled ${tool}: ${result.happened ? 'it happened' : 'it did not happen'}`,
    });
  }
  if (
    result?.kind === 'not-run' &&
    (result.why === 'policy' ||
      result.why === 'drifted' ||
      result.why === 'drill' ||
      result.why === 'not-sent' ||
      // With an approval, the approval's own line says it.
      (result.why === 'cancelled' && approval === undefined))
  ) {
    entries.push({ mark: result.mark, text: `refused ${tool}: ${firstLine(result.content)}` });
  }
  return entries;
}

function runEntries(state: RunState, words: StoryWords): readonly Entry[] {
  const entries: Entry[] = [];
  const stops = state.stopped === undefined ? [] : [{ what: 'stopped the run', ...state.stopped }];
  for (const { by, what, reason, mark } of [...stops, ...state.operated]) {
    const why = reason === '' ? '' : `: ${makeVisible(reason)}`;
    entries.push({ mark, text: `${words.nameOf(by)} ${what}${why}` });
  }
  if (state.parked !== undefined && state.parked.by === undefined)
    entries.push({ mark: state.parked.mark, text: `parked: ${state.parked.tell}` });
  if (state.finished !== undefined && state.status === 'failed')
    entries.push({ mark: state.finished, text: 'failed' });
  return entries;
}
