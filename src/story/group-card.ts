/**
 * One card for several calls, each decided by itself or all together: of one turn in its thread, or of several runs in
 * the direct messages of one person.
 *
 * Every call is shown as its own card would show it; what is the same for all of them is said once.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Card, CardAction, CardField, CardLine } from '../chat/card.ts';
import { nameChannel } from '../core/channel-token.ts';
import { makeVisible } from '../core/visible-text.ts';
import { approvalCard, needs, outcomeText } from './approval-card.ts';
import type { ApprovalView } from './approval-card.ts';

/** `joined` came one by one onto a card that stood there already: what was on it stays where it was. */
export type GroupSort = 'turn' | 'joined';

export function groupCard(views: readonly ApprovalView[], sort: GroupSort = 'turn'): Card {
  const cards = views.map((view) => approvalCard(view));
  const pending = views.filter(isPending);
  const count = `${String(views.length)} calls`;
  const titles = views.map(({ approval }) => makeVisible(approval.title)).join('; ');
  const askers = new Set(
    views.map(
      ({ approval, state, words }) => `${words.nameOf(approval.requester)} in ${nameChannel(state.channel)}`,
    ),
  );
  const asked = ` Asked by ${[...askers].join(', ')}.`;
  const lines = views.map((view, index) => lineOf(view, index + 1));
  const isOpen = (index: number): boolean => views[index]?.approval.state === 'pending';
  // When something would have expired is of no interest once it is settled.
  const fields = fieldsOf(
    cards.map((card, index) => card.fields.filter(({ label }) => isOpen(index) || label !== 'Expires')),
  );
  return {
    kind: 'approval',
    title: pending.length > 0 ? `Approve: ${count}?` : count,
    badge:
      pending.length === 0
        ? 'settled'
        : pending.length === views.length
          ? 'each is decided by itself or all together'
          : `${String(pending.length)} of ${String(views.length)} still to be decided`,
    lines,
    fields,
    ...(pending.length === 0 && { outcome: summaryOf(views) }),
    actions: sort === 'turn' ? actionsOf(views, cards) : joinedActions(views, cards),
    ...pageOf(cards),
    fallback: [
      `${pending.length > 0 ? 'Approve ' : ''}${count}: ${titles}.${asked}`,
      ...lines.map((line) => line.text),
      ...fields
        .filter((field) => field.form === 'code')
        .map((field) => `${field.label}: ${field.value.replaceAll('\n', '\n  ')}`),
    ].join('\n'),
  };
}

/** Of the first that waits. */
function pageOf(cards: readonly Card[]): Pick<Card, 'page'> {
  const [page] = cards.flatMap((card) => card.page ?? []);
  return page === undefined ? {} : { page };
}

function lineOf(view: ApprovalView, number: number): CardLine {
  const { approval, call } = view;
  const outcome = outcomeText(view) ?? `Needs ${needs(view)}.`;
  const isRefused = approval.state !== 'pending' && approval.state !== 'approved';
  return {
    state: isRefused ? 'failed' : approval.state === 'approved' ? 'done' : 'waiting',
    text: `${String(number)}. ${makeVisible(approval.title)}: ${outcome}`,
    detail: call.call.tool,
  };
}

/** What differs from call to call bears its number; what all have in common follows once. */
function fieldsOf(all: readonly (readonly CardField[])[]): readonly CardField[] {
  const isCommon = (field: CardField): boolean =>
    field.form !== 'code' && all.every((fields) => fields.some((other) => isDeepStrictEqual(other, field)));
  return [
    ...all.flatMap((fields, index) =>
      fields
        .filter((field) => !isCommon(field))
        .map((field) => ({ ...field, label: `${String(index + 1)} · ${field.label}` })),
    ),
    ...(all[0] ?? []).filter(isCommon),
  ];
}

function summaryOf(views: readonly ApprovalView[]): string {
  const counts = new Map<string, number>();
  for (const { approval } of views) counts.set(approval.state, (counts.get(approval.state) ?? 0) + 1);
  return `${[...counts].map(([state, count]) => `${String(count)} ${state}`).join(', ')}.`;
}

function actionsOf(views: readonly ApprovalView[], cards: readonly Card[]): readonly CardAction[] {
  const first = views.find(isPending);
  const own = cards.flatMap((card, index) => {
    const view = views[index];
    return card.actions
      .filter(
        (action) => view === undefined || !isPending(view) || verbOf(action) !== 'ask' || view === first,
      )
      .map((action) => ({ ...action, label: numbered(action, index + 1) }));
  });
  const all = forAll(views, own, 'all');
  if (all.length === 0) return own;
  return [
    ...all,
    ...own,
    ...(own.some((action) => verbOf(action) === 'withdraw')
      ? [{ id: togetherId(views, 'withdraw-all'), label: 'Withdraw all', style: 'plain' as const }]
      : []),
  ];
}

/** Each with its own; what is for all of them comes last, where nobody meant to press anything else. */
function joinedActions(views: readonly ApprovalView[], cards: readonly Card[]): readonly CardAction[] {
  const own = cards.flatMap((card, index) =>
    card.actions.map((action) => ({ ...action, label: withNumber(action.label, index + 1) })),
  );
  return [...own, ...forAll(views, own, 'these')];
}

/** What decides all calls of a card at once; nothing where fewer than two of them can still be decided. */
function forAll(
  views: readonly ApprovalView[],
  own: readonly CardAction[],
  which: 'all' | 'these',
): readonly CardAction[] {
  if (views.filter(isPending).length < 2 || !own.some((action) => verbOf(action) === 'approve')) return [];
  const denial = own.find((action) => verbOf(action) === 'deny');
  return [
    { id: togetherId(views, `approve-${which}`), label: 'Approve all', style: 'primary' },
    ...(denial === undefined
      ? []
      : [{ ...denial, id: togetherId(views, `deny-${which}`), label: 'Deny all…' }]),
  ];
}

/** The press says how many calls the card showed, and how much was added to each: it counts for no others. */
function togetherId(views: readonly ApprovalView[], verb: string): string {
  const shown = views.map(({ approval }) => String(approval.additions)).join('.');
  return `v1:${views[0]?.approval.id ?? ''}:${verb}:${shown}`;
}

function isPending({ approval }: ApprovalView): boolean {
  return approval.state === 'pending';
}

function verbOf(action: CardAction): string {
  return action.id.split(':')[2] ?? '';
}

/** «Approve 1», «Deny 1…», «Approve 1 and grant more…»; a question is about all of them. */
function numbered(action: CardAction, number: number): string {
  if (verbOf(action) === 'ask') return action.label;
  return withNumber(action.label, number);
}

function withNumber(label: string, number: number): string {
  return label.replace(/^\p{L}+/u, (verb) => `${verb} ${String(number)}`);
}
