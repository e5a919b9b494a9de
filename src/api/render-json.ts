/** From folded state to the shapes of `/api/v1`. Pure. */
import { withoutChannelTokens } from '../core/channel-token.ts';
import { isJsonObject } from '../core/json.ts';
import type { JsonObject } from '../core/json.ts';
import type { Commit } from '../ledger/commit.ts';
import { outlookOf } from '../gate/decide-vote.ts';
import { grantStateOf } from '../gate/grant-desk.ts';
import type { Grant } from '../gate/grant-state.ts';
import type { People } from '../people/person.ts';
import { runRow } from '../runs/project-run.ts';
import { argumentsOf } from '../runs/run-state.ts';
import type { ApprovalState, RunState } from '../runs/run-state.ts';
import type { RunRow } from '../runs/store.ts';
import type { StoryItem } from '../story/story-item.ts';
import type { CardAction, Card } from '../chat/card.ts';
import type {
  ActionJson,
  ApprovalJson,
  CardJson,
  CommitJson,
  GrantJson,
  ItemJson,
  RunJson,
} from './shapes.ts';

export function itemJson(item: StoryItem, run: string): ItemJson {
  const { id, kind, by, at, text, card, approval, file } = item;
  return {
    id,
    kind,
    by,
    at: at.toISOString(),
    text: by === 'bot' ? withoutChannelTokens(text) : text,
    run: item.run ?? run,
    ...(card !== undefined && { card: cardJson(card), actions: card.actions.map(actionJson) }),
    ...(file !== undefined && {
      file: {
        ...{ name: file.name, mediaType: file.mediaType },
        ...(file.alt !== undefined && { alt: file.alt }),
      },
    }),
    ...(approval !== undefined && { approval: { ...approval } }),
  };
}

export function cardJson(card: Card): CardJson {
  const { outcome, page: _page, ...rest } = card;
  return {
    ...rest,
    lines: [...card.lines],
    // Exact values stay as they are, and so does what links point into.
    fields: card.fields.map(({ links, ...field }) => ({
      ...field,
      ...(field.form === 'plain' && links === undefined && { value: withoutChannelTokens(field.value) }),
      ...(links !== undefined && { links: links.map((link) => ({ ...link })) }),
    })),
    ...(outcome !== undefined && { outcome: withoutChannelTokens(outcome) }),
    fallback: withoutChannelTokens(card.fallback),
    actions: card.actions.map(actionJson),
  };
}

export function actionJson(action: CardAction): ActionJson {
  const { asks, ...rest } = action;
  if (asks === undefined) return rest;
  return { ...rest, asks: asks.kind === 'text' ? { ...asks, picks: [...asks.picks] } : asks };
}

export function runJson(row: RunRow): RunJson {
  return {
    id: row.id,
    workflow: row.workflow,
    status: row.status,
    thread: row.thread,
    startedBy: row.startedBy,
    startedAt: new Date(row.startedAt).toISOString(),
    ...(row.finishedAt !== undefined && { finishedAt: new Date(row.finishedAt).toISOString() }),
    ...(row.waitingFor !== undefined && { waitingFor: row.waitingFor }),
    title: row.title,
    usdSpent: row.usdSpent,
    tokens: row.tokens,
  };
}

export const runStateJson = (state: RunState): RunJson => runJson(runRow(state, 0, undefined));

export function approvalJson(
  state: RunState,
  approval: ApprovalState,
  people: People,
  card: Card,
  mayReadThread: boolean,
): ApprovalJson {
  // Later changes belong to later questions: what this one asked about is what stood before them.
  const argsJson = argumentsOf(state, approval);
  const outlook = outlookOf(approval, people);
  const quorum = Math.max(...approval.requirements.map((requirement) => requirement.quorum), 1);
  return {
    id: approval.id,
    state: approval.state,
    digest: approval.digest,
    run: state.id,
    thread: mayReadThread ? state.thread : null,
    tool: state.calls.get(approval.call)?.call.tool ?? '',
    arguments: argsJson === undefined ? {} : parseObject(argsJson),
    requestedBy: approval.requester,
    votes: approval.votes.map((vote) => ({
      by: vote.by,
      ...(vote.for !== undefined && { for: vote.for }),
      vote: vote.vote,
      at: vote.mark.stamp.at.toISOString(),
      ...(vote.reason !== undefined && { reason: vote.reason }),
    })),
    quorum,
    approvers: [...new Set(outlook.requirements.flatMap(({ requirement }) => requirement.approvers))],
    requirements: outlook.requirements.map(({ requirement, have, need, turn }) => ({
      rule: requirement.rule,
      approvers: [...requirement.approvers],
      quorum: need,
      have,
      ...(requirement.stage !== undefined && { stage: { ...requirement.stage, isOpen: turn !== 'later' } }),
    })),
    expiresAt: new Date(approval.expiresAt).toISOString(),
    title: approval.title,
    laterWords: approval.additions,
    ...effectJson(approval, mayReadThread),
    questions: approval.questions.map(({ id, by, text, mark, answer }) => ({
      id,
      by,
      at: mark.stamp.at.toISOString(),
      question: text,
      ...(answer !== undefined && {
        answer: { by: answer.by, at: answer.mark.stamp.at.toISOString(), text: answer.text },
      }),
    })),
    edits: (state.calls.get(approval.call)?.edits ?? [])
      .filter((edit) => edit.mark.number < approval.mark.number)
      .map((edit) => ({
        by: edit.by,
        at: edit.mark.stamp.at.toISOString(),
        before: edit.before === undefined ? null : parseObject(edit.before),
      })),
    card: cardJson(card),
  };
}

/** A state in a tool's own words is content of the thread; what the call would change belongs to the question. */
function effectJson({ preview }: ApprovalState, mayReadThread: boolean): Pick<ApprovalJson, 'effect'> {
  if (preview === undefined || (preview.kind === 'now' && !mayReadThread)) return {};
  const { tool, mark } = preview;
  const base = { tool, at: mark.stamp.at.toISOString() };
  switch (preview.kind) {
    case 'changes':
      return { effect: { ...base, changes: preview.changes.map((change) => ({ ...change })) } };
    case 'now':
      return { effect: { ...base, now: preview.content } };
    case 'none':
      return { effect: { ...base, missing: preview.why } };
    default:
      return preview satisfies never;
  }
}

function parseObject(json: string): JsonObject {
  const parsed: unknown = JSON.parse(json);
  return isJsonObject(parsed) ? parsed : {};
}

export function commitJson(commit: Commit): CommitJson {
  const { stream, seq, by, writer, events, prev, hash, landedAt, bodies } = commit;
  return {
    stream,
    seq,
    by,
    writer,
    events: events.map(({ kind, v, data }) => ({ kind, v, data: { ...data } })),
    prev,
    hash,
    landedAt: landedAt.toISOString(),
    bodies: { ...bodies },
  };
}

export function grantJson(grant: Grant, now: number): GrantJson {
  const { constraints, revoked } = grant;
  const time = (at: number): string => new Date(at).toISOString();
  return {
    id: grant.id,
    state: grantStateOf(grant, now),
    tool: grant.tool,
    constraints: constraints ?? null,
    by: grant.by,
    requester: grant.requester,
    workflow: grant.workflow,
    channel: grant.channel,
    approval: grant.approval,
    uses: grant.uses,
    taken: grant.taken.map((use) => ({
      call: use.call,
      run: use.run,
      at: time(use.at),
      isSettled: use.isSettled,
    })),
    at: time(grant.at),
    expiresAt: time(grant.expiresAt),
    ...(revoked !== undefined && { revokedBy: revoked.by, revokedAt: time(revoked.at) }),
  };
}
