/**
 * «Remembered for #finance: … [Undo] [Edit]»: what a call of this run kept, and what a person did to it since. And
 * «Held for #finance: … [Keep] [Drop]»: what one would have kept, had the run not read untrusted content.
 */
import type { Card, CardAction, CardLine } from '../chat/card.ts';
import type { CallId } from '../core/ids.ts';
import { makeVisible } from '../core/visible-text.ts';
import { isJsonObject } from '../core/json.ts';
import type { CallState, HeldMemory, RunState } from '../runs/run-state.ts';
import type { StoryWords } from './story-item.ts';

export function memoryCard(
  state: RunState,
  { call, result }: CallState,
  words: StoryWords,
): { readonly at: Date; readonly card: Card } | undefined {
  if (call.tool !== 'memory/save' || result?.kind !== 'answered' || result.isError) return undefined;
  // What was known already keeps nothing, so there is nothing to take back.
  if (!result.content.startsWith('Remembered as ')) return undefined;
  const card = keptCard(state, { id: call.id, argsJson: call.argsJson }, words, undefined);
  return { at: result.mark.stamp.at, card };
}

export function heldCard(
  state: RunState,
  call: CallId,
  held: HeldMemory,
  words: StoryWords,
): { readonly at: Date; readonly card: Card } {
  const { settled, argsJson, replaces } = held;
  const { at } = held.mark.stamp;
  const by = settled === undefined ? '' : words.nameOf(settled.by);
  if (settled?.how === 'kept')
    return { at, card: keptCard(state, { id: call, argsJson }, words, `Kept by ${by}, who vouches for it.`) };
  const { text, scope } = readArguments(argsJson);
  const title =
    settled === undefined ? `Held ${forWhom(state, scope)}: ${makeVisible(text)}` : 'Not remembered';
  const outcome = settled === undefined ? undefined : `Dropped by ${by}.`;
  const lines = settled === undefined ? linesOf(replaces) : [];
  return {
    at,
    card: {
      kind: 'notice',
      title,
      lines,
      fields: [],
      ...(outcome !== undefined && { outcome }),
      actions: settled === undefined ? heldActions(state.id, call) : [],
      fallback: [title, ...lines.map((line) => line.text), ...(outcome === undefined ? [] : [outcome])].join(
        '\n',
      ),
    },
  };
}

export function heldActions(run: string, call: string): readonly CardAction[] {
  return [
    { id: `v1:${run}:${call}:keep`, label: 'Keep', style: 'plain' },
    { id: `v1:${run}:${call}:drop`, label: 'Drop', style: 'plain' },
  ];
}

function linesOf(replaces: string | undefined): readonly CardLine[] {
  const why =
    'This run read content that nobody vouched for. Nobody is told of this until somebody keeps it.';
  return [
    { state: 'waiting', text: why },
    ...(replaces === undefined
      ? []
      : [{ state: 'waiting' as const, text: `It would take the place of: ${makeVisible(replaces)}` }]),
  ];
}

function keptCard(
  state: RunState,
  call: { readonly id: CallId; readonly argsJson: string | undefined },
  words: StoryWords,
  first: string | undefined,
): Card {
  const change = state.memoryChanges.get(call.id);
  const { text, scope } = readArguments(call.argsJson);
  const by = change === undefined ? '' : words.nameOf(change.by);
  const isGone = change?.change === 'undone';
  const kept = makeVisible(change?.text ?? text);
  const title = isGone ? 'Forgotten again' : `Remembered ${forWhom(state, scope)}: ${kept}`;
  const outcome = change === undefined ? first : isGone ? `Taken back by ${by}.` : `Corrected by ${by}.`;
  return {
    kind: 'notice',
    title,
    lines: [],
    fields: [],
    ...(outcome !== undefined && { outcome }),
    actions: isGone ? [] : actionsFor(state, call.id),
    fallback: outcome === undefined ? title : `${title}\n${outcome}`,
  };
}

function actionsFor(state: RunState, call: string): readonly CardAction[] {
  return [
    { id: `v1:${state.id}:${call}:undo`, label: 'Undo', style: 'plain' },
    {
      id: `v1:${state.id}:${call}:edit`,
      label: 'Edit',
      style: 'plain',
      asks: { kind: 'text', label: 'What should be remembered instead', isRequired: true, picks: [] },
    },
  ];
}

function forWhom(state: RunState, scope: string): string {
  if (scope === 'thread') return 'for this thread';
  if (scope === 'person') return 'for you';
  return state.channel.startsWith('console:') ? `for #${state.channel.slice(8)}` : 'for this channel';
}

function readArguments(argsJson: string | undefined): { readonly text: string; readonly scope: string } {
  const args: unknown = argsJson === undefined ? undefined : JSON.parse(argsJson);
  if (!isJsonObject(args)) return { text: '(erased)', scope: 'channel' };
  const { text, scope } = args;
  return {
    text: typeof text === 'string' ? text : '',
    scope: typeof scope === 'string' ? scope : 'channel',
  };
}
