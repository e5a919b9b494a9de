/**
 * The card that asks people: drawn from the frozen bytes, every argument shown, no active button without all of it.
 */
import type { Card, CardAction, CardField } from '../chat/card.ts';
import { parseStrictJson, canonicalJson } from '../core/canonical-json.ts';
import { nameChannel } from '../core/channel-token.ts';
import { isJsonObject } from '../core/json.ts';
import type { Json } from '../core/json.ts';
import { findSuspicious, makeVisible } from '../core/visible-text.ts';
import { shortDigest } from '../gate/approval-digest.ts';
import { decisionServer } from '../gate/ask-decision.ts';
import { outlookOf } from '../gate/decide-vote.ts';
import { wishPicks } from '../gate/parse-grant.ts';
import { isPlan, planIn, usedLines } from '../gate/plan-state.ts';
import { lastsText, lineText } from '../gate/plan-terms.ts';
import { whyAsked } from '../gate/why-asked.ts';
import type { RequirementOutlook } from '../gate/who-may-decide.ts';
import type { People } from '../people/person.ts';
import { drillText } from '../runs/drill-text.ts';
import { argumentsOf, isWorn } from '../runs/run-state.ts';
import type { ApprovalState, CallState, RunState } from '../runs/run-state.ts';
import { describeChanges } from './describe-changes.ts';
import { effectFields } from './effect-field.ts';
import { evidenceField } from './evidence.ts';
import type { KnownSources } from './evidence.ts';
import { reviewFields } from './review-field.ts';
import { questionFields } from './question-card.ts';
import { shownTool } from './shown-tool.ts';
import type { Reader, StoryWords } from './story-item.ts';
import { voterName } from './voter-name.ts';

/** A past decision on the same tool, for the card. */
export interface Precedent {
  readonly state: 'approved' | 'denied';
  readonly by: string;
  readonly at: number;
  readonly reason?: string;
}

export interface ApprovalView {
  readonly state: RunState;
  readonly approval: ApprovalState;
  readonly call: CallState;
  readonly people: People;
  readonly words: StoryWords;
  readonly reader: Reader;
  readonly precedents: readonly Precedent[];
  /** What memory and documents told the agent, as far as readers of the thread may know. */
  readonly known: KnownSources;
}

export function approvalCard(view: ApprovalView): Card {
  const { approval, words, state } = view;
  const isPending = approval.state === 'pending';
  const title = `${isPending ? 'Approve: ' : ''}${makeVisible(approval.title)}${isPending ? '?' : ''}`;
  const outcome = outcomeText(view);
  const asker = words.nameOf(approval.requester);
  const page = isPending ? words.pageOf?.(approval.id) : undefined;
  const fields = fieldsOf(view);
  return {
    kind: 'approval',
    title,
    badge: isPending ? badge(view) : stateWord(approval),
    lines: [],
    fields,
    ...(outcome !== undefined && { outcome }),
    actions: isPending ? actionsOf(view) : afterwards(view),
    ...(page !== undefined && { page }),
    fallback: [
      `${title} Asked by ${asker} in ${nameChannel(state.channel)}.`,
      outcome ?? `Needs ${needs(view)}.`,
      ...awayFields(view).map(({ label, value }) => `${label}: ${value}`),
      ...[...shownArguments(view), ...cautionsIn(fields)].map(
        ({ label, value }) => `${label}: ${value.replaceAll('\n', '\n  ')}`,
      ),
      `${shownTool(view.call.call)} · ${view.call.call.effect} · digest ${shortDigest(approval.digest)}`,
    ].join('\n'),
  };
}

/** Whoever reads no more than the words is warned as well. */
function cautionsIn(fields: readonly CardField[]): readonly CardField[] {
  return fields.filter(({ form }) => form === 'warning');
}

function fieldsOf(view: ApprovalView): readonly CardField[] {
  const { approval, call, words, reader, state } = view;
  const argsJson = argumentsOf(state, approval);
  const fields: CardField[] = [...shownArguments(view)];
  for (const warning of findSuspicious(argsJson ?? '')) {
    fields.push({ label: 'Look twice', value: warning, form: 'warning' });
  }
  const edit = call.edits.findLast((entry) => entry.mark.number < approval.mark.number);
  if (edit !== undefined) {
    fields.push({
      label: `Changed by ${words.nameOf(edit.by)}`,
      value: describeChanges(edit.before, argsJson),
      form: 'plain',
    });
  }
  fields.push(...effectFields(approval, reader, words, isPlan(call.call)));
  fields.push({
    label: 'Asked by',
    value: `${words.nameOf(approval.requester)}, in ${nameChannel(state.channel)}, ${words.time(approval.mark.stamp.at)}`,
    form: 'plain',
  });
  const why = whyAsked(call.call);
  if (why !== undefined) fields.push({ label: 'Why it asks', value: why, form: 'plain' });
  if (reader.mayReadThread) fields.push(...contextFields(view));
  fields.push(
    ...reviewFields(call, approval, reader),
    ...awayFields(view),
    ...questionFields(approval, reader, words),
  );
  if (view.precedents.length > 0)
    fields.push({ label: 'Similar', value: precedentText(view), form: 'plain' });
  fields.push({
    label: 'Expires',
    value:
      approval.state === 'pending'
        ? `${words.time(approval.expiresAt)}, then nothing runs`
        : words.time(approval.expiresAt),
    form: 'plain',
  });
  const { tool, server, effect } = call.call;
  fields.push({
    label: 'What runs',
    value: isPlan(call.call)
      ? `calls within this plan, each checked again when it is made; everything else asks · digest ${shortDigest(approval.digest)}`
      : server === decisionServer
        ? `nothing by itself: the workflow goes on with the answer · digest ${shortDigest(approval.digest)}`
        : `${tool} on server ${server} · ${effect} · digest ${shortDigest(approval.digest)}`,
    form: 'plain',
  });
  return fields;
}

/** A plan in words, every bound of it; of other calls every argument. */
function shownArguments({ state, call, approval }: ApprovalView): readonly CardField[] {
  const lines = usedLines(state, call, approval);
  if (lines === undefined) return argumentFields(argumentsOf(state, approval));
  const { lastsMs = 0 } = planIn(call.call) ?? {};
  return [
    ...lines.map((line, index) => ({
      label: `Line ${String(index + 1)}`,
      value: `${makeVisible(lineText(line))}${call.taken === undefined ? '' : ` (${String(line.used)} of ${String(line.times)} used)`}`,
      form: 'code' as const,
    })),
    {
      label: 'Holds',
      value: `${lastsText(lastsMs)} from its approval, in this run alone, and until the agent reads something that nobody vouches for`,
      form: 'plain',
    },
  ];
}

/** Every argument, whole; the bytes that run are the canonical form of exactly these. */
export function argumentFields(argsJson: string | undefined, labelOf = argumentLabel): readonly CardField[] {
  if (argsJson === undefined) return [{ label: 'Arguments', value: '(erased)', form: 'plain' }];
  const args = parseStrictJson(argsJson);
  if (!isJsonObject(args)) return [{ label: 'Arguments', value: makeVisible(argsJson), form: 'code' }];
  const entries = Object.entries(args);
  if (entries.length === 0) return [{ label: 'Arguments', value: 'none', form: 'plain' }];
  return entries.map(([name, value]) => ({
    label: labelOf(name),
    value: argumentText(value),
    form: 'code' as const,
  }));
}

/** A card's own rows begin with a capital letter: what a model named so, or in any odd way, is told apart from them. */
function argumentLabel(name: string): string {
  return /^[\p{Ll}_$][\p{L}\p{N}_.$-]{0,63}$/u.test(name)
    ? makeVisible(name)
    : `argument «${makeVisible(name)}»`;
}

/** What a reader takes in at a glance stands on one line. */
const oneLine = 80;

/** Objects and lists in lists over lines, indented, with their keys in the order of the canonical form. */
function argumentText(value: Json): string {
  if (typeof value === 'string') return makeVisible(value, { keepLineBreaks: true });
  const canonical = canonicalJson(value);
  const isShort = canonical.length <= oneLine;
  const text = isShort ? canonical : JSON.stringify(parseStrictJson(canonical), undefined, 2);
  return makeVisible(text, { keepLineBreaks: true });
}

function contextFields(view: ApprovalView): readonly CardField[] {
  const { state, approval, call, words } = view;
  const fields: CardField[] = [evidenceField(state, call, view.known, words)];
  if (state.taintedBy !== undefined) {
    fields.push({
      label: 'Look twice',
      value: `The agent has read content that nobody vouches for (${state.taintedBy}).`,
      form: 'warning',
    });
  }
  const answers = new Set(approval.questions.map(({ answer }) => answer?.mark.number));
  const later = state.messages.filter(
    ({ mark: { number } }) => number > approval.mark.number && !answers.has(number),
  );
  for (const message of later) {
    fields.push({
      label: `${words.nameOf(message.by)} said since`,
      value: makeVisible(message.text, { keepLineBreaks: true }),
      form: 'plain',
    });
  }
  if (approval.claim !== undefined)
    fields.push({
      label: 'Agent says',
      value: makeVisible(approval.claim, { keepLineBreaks: true }),
      form: 'claim',
    });
  return fields;
}

/** So many reasons of each sort stand on a card, the latest first. */
const shownReasons = 2;

/** «3 approved, 1 denied («ask for a photo first», Ben, 3 Nov)» */
function precedentText({ precedents, words }: ApprovalView): string {
  return (['approved', 'denied'] as const)
    .map((sort) => {
      const all = precedents.filter(({ state }) => state === sort);
      const reasons = all
        .filter(({ reason = '' }) => reason.trim() !== '')
        .slice(0, shownReasons)
        .map(({ reason = '', by, at }) => `«${onOneLine(reason)}», ${words.nameOf(by)}, ${words.time(at)}`);
      return `${String(all.length)} ${sort}${reasons.length === 0 ? '' : ` (${reasons.join('; ')})`}`;
    })
    .join(', ');
}

function onOneLine(text: string): string {
  return makeVisible(text.replaceAll(/\s+/gu, ' ').trim());
}

function badge(view: ApprovalView): string {
  const outlook = outlookOf(view.approval, view.people);
  return outlook.isReachable ? `needs ${needs(view)}` : 'nobody can approve this';
}

/** «1 of finance», «1 more of approver (1 of 2 so far)», «stage 1 of 2: 1 of finance, then 1 of security». */
export function needs(view: Pick<ApprovalView, 'approval' | 'people'>): string {
  const open = outlookOf(view.approval, view.people).requirements.filter((outlook) => !outlook.isMet);
  return open
    .filter(({ turn }) => turn !== 'later')
    .map((outlook) => {
      const { stage, rule } = outlook.requirement;
      if (stage === undefined) return missing(outlook);
      const later = open.filter(({ turn, requirement }) => turn === 'later' && requirement.rule === rule);
      const then = later.map((entry) => `, then ${missing(entry)}`).join('');
      return `stage ${String(stage.number)} of ${String(stage.of)}: ${missing(outlook)}${then}`;
    })
    .join(' and ');
}

function missing({ have, need, requirement }: RequirementOutlook): string {
  const who = requirement.approvers.join(' or ') || 'nobody';
  return have === 0
    ? `${String(need)} of ${who}`
    : `${String(need - have)} more of ${who} (${String(have)} of ${String(need)} so far)`;
}

/** «1 of 2» and «One more of approver», where that is all that is open and each of the votes counts in it. */
function halfQuorum(
  view: ApprovalView,
  votes: number,
): { readonly count: string; readonly more: string } | undefined {
  const [only, ...others] = outlookOf(view.approval, view.people).requirements.filter(({ isMet }) => !isMet);
  if (only === undefined || others.length > 0) return undefined;
  const { have, need, requirement } = only;
  if (requirement.stage !== undefined || have === 0 || have !== votes) return undefined;
  const left = need - have;
  return {
    count: `${String(have)} of ${String(need)}`,
    more: `${left === 1 ? 'One' : String(left)} more of ${requirement.approvers.join(' or ')}`,
  };
}

function actionsOf(view: ApprovalView): readonly CardAction[] {
  const { approval, reader, people } = view;
  if (!outlookOf(approval, people).isReachable) return withdrawal(view);
  const picks = [
    ...new Set(
      view.precedents.flatMap(({ state, reason }) =>
        state === 'approved' || reason === undefined ? [] : [reason],
      ),
    ),
  ].slice(0, 4);
  // What was added since is on this card: whoever presses has been shown that much.
  const seen = approval.additions === 0 ? '' : `:${String(approval.additions)}`;
  return [
    { id: `v1:${approval.id}:approve${seen}`, label: 'Approve', style: 'primary' },
    {
      id: `v1:${approval.id}:deny`,
      label: 'Deny…',
      style: 'danger',
      asks: { kind: 'text', label: 'Reason (the agent reads it)', isRequired: false, picks },
    },
    // A decision that is no call has facts, which are not a person's to change.
    ...(view.call.call.server === decisionServer
      ? []
      : [{ id: `v1:${approval.id}:edit`, label: 'Edit…', style: 'plain', asks: { kind: 'form' } } as const]),
    {
      id: `v1:${approval.id}:ask`,
      label: 'Ask a question…',
      style: 'plain',
      asks: {
        kind: 'text',
        label: 'What do you want to know? It is asked in the thread',
        isRequired: true,
        picks: [],
      },
    },
    ...grantAction(approval),
    ...(reader.id === approval.requester ? withdrawal(view) : []),
  ];
}

/** Offered only where the policy lets an approver grant more than the call at hand. */
function grantAction({ id, grants }: ApprovalState): readonly CardAction[] {
  if (grants === undefined) return [];
  return [
    {
      id: `v1:${id}:grant`,
      label: 'Approve and grant more…',
      style: 'plain',
      asks: {
        kind: 'text',
        label: 'How often, how long, and what may differ',
        isRequired: true,
        picks: wishPicks(grants),
      },
    },
  ];
}

function withdrawal(view: ApprovalView): readonly CardAction[] {
  const { approval, reader } = view;
  return reader.id === approval.requester
    ? [{ id: `v1:${approval.id}:withdraw`, label: 'Withdraw', style: 'plain' }]
    : [];
}

function afterwards(view: ApprovalView): readonly CardAction[] {
  const { approval, reader } = view;
  const canAsk = approval.state === 'expired' && reader.id === approval.requester;
  return canAsk ? [{ id: `v1:${approval.id}:ask-again`, label: 'Ask again', style: 'plain' }] : [];
}

/** The sentence that settles a card, or says how far it is. That it was a drill is told once somebody has decided. */
export function outcomeText(view: ApprovalView): string | undefined {
  const { drill } = view.state;
  const { state } = view.approval;
  const outcome = plainOutcome(view);
  if (drill === undefined || state === 'pending' || state === 'stale') return outcome;
  return `${outcome ?? ''} ${makeVisible(drillText(drill))}`.trim();
}

function plainOutcome(view: ApprovalView): string | undefined {
  const { approval, call, words, people } = view;
  const { decision } = approval;
  const own = approval.votes.find((vote) => vote.by === decision?.by);
  const by =
    own !== undefined
      ? voterName(own, words)
      : decision?.by === undefined
        ? undefined
        : words.nameOf(decision.by);
  const at = approval.decision === undefined ? '' : ` at ${words.time(approval.decision.mark.stamp.at)}`;
  switch (approval.state) {
    case 'pending': {
      if (!outlookOf(approval, people).isReachable) {
        const who = approval.requirements
          .map((requirement) => requirement.approvers.join(' or ') || 'nobody')
          .join(' and ');
        return `Nobody can approve this: too few people are in ${who} besides those who had a part in it. Fix: an operator writes /countersign people add, or names more people in people.yaml or policy.yaml.`;
      }
      const votes = approval.votes.filter((vote) => vote.vote === 'approve');
      if (votes.length === 0) return undefined;
      const namesOf = (worn: boolean): string =>
        votes
          .filter((vote) => isWorn(approval, vote) === worn)
          .map((vote) => voterName(vote, words))
          .join(' and ');
      const standing = namesOf(false);
      const worn = namesOf(true);
      const half = worn === '' ? halfQuorum(view, votes.length) : undefined;
      if (half !== undefined) return `${half.count}: ${standing} approved. ${half.more}.`;
      return [
        ...(standing === '' ? [] : [`${standing} approved.`]),
        ...(worn === '' ? [] : [`${worn} approved before ${whatWore(view)}.`]),
        `Still needs ${needs(view)}.`,
      ].join(' ');
    }
    case 'approved': {
      const names = approval.votes
        .filter((vote) => vote.vote === 'approve')
        .map((vote) => voterName(vote, words));
      const decided = `Approved by ${names.join(' and ')}${at}`;
      if (view.state.drill !== undefined) return `${decided}.`;
      const failed = failureText(call);
      return failed === undefined
        ? `${decided}. ${usesText(view) ?? resultText(call)}`.trim()
        : `${decided}, but ${failed}`;
    }
    case 'denied': {
      const reason = approval.decision?.reason ?? '';
      return `Denied by ${by ?? 'somebody'}${at}${reason === '' ? '.' : `: ${makeVisible(reason)}`}`;
    }
    case 'expired':
      return `Nobody answered by ${words.time(approval.expiresAt)}, so nothing ran.`;
    case 'stale': {
      const edit = call.edits.find((entry) => entry.approval === approval.id);
      if (edit !== undefined) {
        const index = call.edits.indexOf(edit);
        const after = call.edits[index + 1]?.before ?? call.call.argsJson;
        return `Changed by ${words.nameOf(edit.by)}${at}: ${describeChanges(edit.before, after)}. A new question follows.`;
      }
      const anew = isAskedAnew(view) ? ' A new question follows.' : '';
      return `Stale: ${approval.decision?.reason ?? 'something changed since it was approved'}. Nothing ran.${anew}`;
    }
    case 'cancelled':
      // Only a freeze gives its reason here.
      if (approval.decision?.reason !== undefined) return makeVisible(approval.decision.reason);
      return by === undefined ? 'The run ended. Nothing ran.' : `Withdrawn by ${by}. Nothing ran.`;
    default:
      return approval.state satisfies never;
  }
}

function isAskedAnew({ state, approval }: ApprovalView): boolean {
  return [...state.approvals.values()].some(
    ({ call, mark }) => call === approval.call && mark.number > approval.mark.number,
  );
}

/** Who is away of those who are asked, and who decides for them. */
function awayFields({ approval, people, words }: ApprovalView): readonly CardField[] {
  const away = approval.state === 'pending' ? outlookOf(approval, people).away : [];
  if (away.length === 0) return [];
  const value = away
    .map(({ person, until, standIn }) => {
      const rest = standIn === undefined ? '' : `, ${standIn.name} decides for ${person.name}`;
      return `${person.name} until ${words.time(until)}${rest}`;
    })
    .join('; ');
  return [{ label: 'Away', value, form: 'plain' }];
}

function whatWore({ approval, words }: ApprovalView): string {
  return approval.isPreviewChanged === true
    ? 'this card changed'
    : `${words.nameOf(approval.requester)} said more`;
}

/** How much of an approved plan is used. */
function usesText({ state, call, approval }: ApprovalView): string | undefined {
  const lines = usedLines(state, call, approval);
  if (lines === undefined || call.taken === undefined) return undefined;
  const sum = (of: 'used' | 'times'): number => lines.reduce((all, line) => all + line[of], 0);
  return `${String(sum('used'))} of ${String(sum('times'))} calls used.`;
}

/** What a tool answered that could not do it. */
function failureText({ call, result, unknown }: CallState): string | undefined {
  if (unknown !== undefined || result?.kind !== 'answered' || !result.isError) return undefined;
  return `${call.server} answered: ${firstLine(result.content)}`;
}

function resultText(call: CallState): string {
  if (call.unknown !== undefined) return 'The outcome is unknown.';
  const { result } = call;
  if (result === undefined)
    return call.dispatches.length > 0 ? 'Sent; waiting for the answer.' : 'Not yet sent.';
  switch (result.kind) {
    case 'answered':
    case 'not-run':
      return firstLine(result.content);
    case 'settled':
      return result.content;
    default:
      return result satisfies never;
  }
}

export function firstLine(text: string): string {
  const line = makeVisible(text.split('\n').find((entry) => entry.trim() !== '') ?? '').trim();
  return line.length > 160 ? `${line.slice(0, 157)}…` : line;
}

function stateWord({ state, decision }: ApprovalState): string {
  if (state !== 'cancelled') return state;
  return decision?.reason === undefined ? 'withdrawn' : 'frozen';
}
