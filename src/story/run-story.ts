/**
 * One run as its thread tells it: the request, the status card, the questions, the answers, the audit trail.
 * A pure function of the folded run and the reader, so no card is lost and none lies.
 */
import type { Card } from '../chat/card.ts';
import { asAgentsWords } from '../chat/card-words.ts';
import { surfaceOf } from '../core/surface-of.ts';
import type { ApprovalId } from '../core/ids.ts';
import { makeVisible } from '../core/visible-text.ts';
import { outlookOf } from '../gate/decide-vote.ts';
import { accountsOn } from '../people/accounts-on.ts';
import type { People } from '../people/person.ts';
import { readAtOnce } from '../runs/long-result.ts';
import type { ApprovalState, RunState } from '../runs/run-state.ts';
import { approvalCard, firstLine } from './approval-card.ts';
import type { ApprovalView, Precedent } from './approval-card.ts';
import type { KnownSources } from './evidence.ts';
import { groupsOf } from './approval-groups.ts';
import { auditText } from './audit-lines.ts';
import { groupCard } from './group-card.ts';
import { heldCard, memoryCard } from './memory-card.ts';
import { formItems } from './form-card.ts';
import { nudgeItems } from './nudge-items.ts';
import { outcomeItems } from './outcome-items.ts';
import { questionItems } from './question-card.ts';
import { unreachedItems } from './routed-items.ts';
import { shownFile, textFile } from './shown-file.ts';
import { statusCard } from './status-card.ts';
import type { Reader, StoryItem, StoryWords } from './story-item.ts';

export interface StoryContext {
  readonly people: People;
  readonly words: StoryWords;
  readonly reader: Reader;
  titleOf(workflow: string): string;
  precedentsOf(tool: string): readonly Precedent[];
  /** What memory and documents told the agent. */
  readonly known: KnownSources;
  /** Every question on a card of its own, also when several were asked in one turn. */
  readonly isEachApart?: boolean;
}

export function runStory(state: RunState, context: StoryContext): readonly StoryItem[] {
  if (state.requested === undefined) return [];
  const items: StoryItem[] = [];
  // A run that another run started has no words of a person in front of it.
  if (state.parent === undefined) {
    items.push({
      id: `${state.id}/request`,
      kind: 'message',
      by: state.requester,
      at: state.requested.stamp.at,
      text: withNames(state, state.messageKey, state.text),
    });
  }
  if (state.calls.size > 0 || state.files.length > 0 || state.status !== 'done')
    items.push(statusItem(state, context));
  for (const message of state.messages) {
    items.push({
      id: `${state.id}/${message.key}`,
      kind: 'message',
      by: message.by,
      at: message.mark.stamp.at,
      text: withNames(state, message.key, message.text),
    });
  }
  items.push(...approvalItems(state, context));
  items.push(...unreachedItems(state, context));
  items.push(...nudgeItems(state, context), ...questionItems(state, context), ...formItems(state, context));
  items.push(...outcomeItems(state, context));
  for (const call of state.calls.values()) {
    const kept = memoryCard(state, call, context.words);
    if (kept !== undefined) items.push(cardItem(`${state.id}/${call.call.id}/memory`, kept.at, kept.card));
  }
  for (const [call, held] of state.heldMemories) {
    const { at, card } = heldCard(state, call, held, context.words);
    items.push(cardItem(`${state.id}/${call}/memory`, at, card));
  }
  items.push(...longResults(state));
  for (const said of state.said) {
    items.push({
      id: `${state.id}/${said.key}`,
      kind: 'message',
      by: 'bot',
      at: said.mark.stamp.at,
      text: asAgentsWords(said.text),
      ...(said.file !== undefined && { file: shownFile(said.file) }),
      ...(said === state.said.at(-1) && isAnswered(state) && { feedback: `v1:${state.id}:feedback` }),
    });
  }
  items.push(...notices(state, context));
  const audit = auditText(state, context.words);
  if (audit !== '') {
    const at = state.finished?.stamp.at ?? items.at(-1)?.at ?? state.requested.stamp.at;
    items.push({ id: `${state.id}/audit`, kind: 'audit', by: 'bot', at, text: audit });
  }
  return items;
}

function statusItem(state: RunState, context: StoryContext): StoryItem {
  const card = statusCard(state, context.titleOf(state.workflow), context.words);
  return cardItem(`${state.id}/status`, state.requested?.stamp.at ?? new Date(0), card);
}

/** A card for each question; what was asked in one turn stands on one, in place of its first. */
function approvalItems(state: RunState, context: StoryContext): readonly StoryItem[] {
  const groups = context.isEachApart === true ? new Map<ApprovalId, never>() : groupsOf(state);
  const beside = new Set(
    [...groups.values()].flatMap((group) => group.slice(1).map(({ approval }) => approval)),
  );
  return [...state.approvals.values()].flatMap((approval) => {
    const call = state.calls.get(approval.call);
    if (call === undefined || beside.has(approval)) return [];
    const views = (groups.get(approval.id) ?? [{ approval, call }]).map((member): ApprovalView => ({
      ...context,
      ...member,
      state,
      precedents: context.precedentsOf(member.call.call.tool),
    }));
    return approvalItem(approval, views);
  });
}

function approvalItem(first: ApprovalState, views: readonly ApprovalView[]): readonly StoryItem[] {
  const [view] = views;
  if (view === undefined) return [];
  const { state, people } = view;
  const card = views.length === 1 ? approvalCard(view) : groupCard(views);
  const left = views.flatMap(({ approval }) =>
    approval.state === 'pending' ? outlookOf(approval, people).left : [],
  );
  const tell = [...new Set(left)].flatMap((person) => accountsOn(person, surfaceOf(state.thread)));
  return [
    {
      ...cardItem(`${state.id}/${first.id}`, first.mark.stamp.at, card),
      ...(tell.length > 0 && { tell }),
      // A card with several calls is not about one digest: its buttons say which.
      ...(views.length === 1 && {
        approval: { id: first.id, digest: first.digest, state: first.state },
      }),
    },
  ];
}

function notices(state: RunState, context: StoryContext): readonly StoryItem[] {
  const items: StoryItem[] = [...unreadFiles(state)];
  if (state.parked !== undefined) {
    items.push({
      id: `${state.id}/parked`,
      kind: 'message',
      by: 'bot',
      at: state.parked.mark.stamp.at,
      text: `${state.parked.tell} ${afterParking(state, context)}`,
    });
  }
  if (state.modelMissed !== undefined) {
    items.push({
      id: `${state.id}/model-missed`,
      kind: 'message',
      by: 'bot',
      at: state.modelMissed.mark.stamp.at,
      text: 'The model does not answer. I keep your request and try again by myself.',
    });
  }
  if (state.failure !== undefined && state.finished !== undefined) {
    items.push({
      id: `${state.id}/failure`,
      kind: 'message',
      by: 'bot',
      at: state.finished.stamp.at,
      text: state.failure.tell,
    });
  }
  return items;
}

/** A person's words, and the names of the files that came with them. */
function withNames({ files }: RunState, message: string, text: string): string {
  const names = files.filter((entry) => entry.message === message).map(({ file }) => makeVisible(file.name));
  return names.length === 0 ? text : `${text}\n(attached: ${names.join(', ')})`;
}

/** Nothing is asked or waited for any more: what was said last is the answer. */
function isAnswered({ approvals, waits, parked, parent }: RunState): boolean {
  const isAsking = [...approvals.values()].some((approval) => approval.state === 'pending');
  const isWaiting = [...waits.values()].some((wait) => wait.end === undefined);
  return !isAsking && !isWaiting && parked === undefined && parent === undefined;
}

/** Answers of tools that are too long to be read at once: each as a file. */
function longResults({ id, calls }: RunState): readonly StoryItem[] {
  return [...calls.values()].flatMap(({ call, result }): readonly StoryItem[] => {
    if (result?.kind !== 'answered' || result.content.length <= readAtOnce) return [];
    const lines = result.content.split('\n').length.toLocaleString('en');
    return [
      {
        id: `${id}/${call.id}/whole`,
        kind: 'message',
        by: 'bot',
        at: result.mark.stamp.at,
        text: `What ${call.tool} answered is long (${lines} lines): I read its beginning and its end. All of it is kept with the run.`,
        file: textFile(`${call.tool.replaceAll(/[^A-Za-z0-9._-]+/gu, '-')}.txt`, result.content),
      },
    ];
  });
}

/** The files of each message that could not be read, with the reason, so that nobody waits for them to be known. */
function unreadFiles({ id, files }: RunState): readonly StoryItem[] {
  const lines = new Map<string, { readonly at: Date; text: string }>();
  for (const { message, file, read } of files) {
    if (read?.kind !== 'unreadable') continue;
    const line = `I cannot read ${firstLine(file.name)}: ${read.why}.`;
    const known = lines.get(message);
    if (known === undefined) lines.set(message, { at: read.mark.stamp.at, text: line });
    else known.text += `\n\n${line}`;
  }
  return [...lines].map(([message, { at, text }]) => ({
    id: `${id}/unread/${message}`,
    kind: 'message',
    by: 'bot',
    at,
    text,
  }));
}

/** What a parked run waits for, and who can help. */
function afterParking({ parked }: RunState, { people, words }: StoryContext): string {
  if (parked?.until !== undefined) return 'I go on by myself when it works again.';
  if (parked?.call !== undefined) return 'Say on its card what happened; then I go on.';
  if (parked?.undo !== undefined) return 'Press «Try again» or «Leave it as it is».';
  if (parked?.by !== undefined) {
    const why = parked.why === '' ? '' : ` (${makeVisible(parked.why)})`;
    return `${words.nameOf(parked.by)} paused this run${why}. Press «Go on» when it may go on.`;
  }
  const operators = people.expand(['operator']).map(({ name }) => name);
  const who = operators.length === 0 ? '' : ` ${operators.join(', ')} can look at the reason in the ledger.`;
  return `I do nothing more here until somebody retries or stops this run.${who}`;
}

function cardItem(id: string, at: Date, card: Card): StoryItem {
  return { id, kind: 'card', by: 'bot', at, text: card.fallback, card };
}
