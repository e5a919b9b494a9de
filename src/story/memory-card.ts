/** «Remembered for #finance: … [Undo] [Edit]»: what a call of this run kept, and what a person did to it since. */
import type { Card, CardAction } from '../chat/card.ts';
import { makeVisible } from '../core/visible-text.ts';
import { isJsonObject } from '../core/json.ts';
import type { CallState, RunState } from '../runs/run-state.ts';
import type { StoryWords } from './story-item.ts';

export function memoryCard(
  state: RunState,
  { call, result }: CallState,
  words: StoryWords,
): { readonly at: Date; readonly card: Card } | undefined {
  if (call.tool !== 'memory/save' || result?.kind !== 'answered' || result.isError) return undefined;
  // What was known already keeps nothing, so there is nothing to take back.
  if (!result.content.startsWith('Remembered as ')) return undefined;
  const change = state.memoryChanges.get(call.id);
  const { text, scope } = readArguments(call.argsJson);
  const by = change === undefined ? '' : words.nameOf(change.by);
  const isGone = change?.change === 'undone';
  const kept = makeVisible(change?.text ?? text);
  const title = isGone ? 'Forgotten again' : `Remembered ${forWhom(state, scope)}: ${kept}`;
  const outcome = change === undefined ? undefined : isGone ? `Taken back by ${by}.` : `Corrected by ${by}.`;
  return {
    at: result.mark.stamp.at,
    card: {
      kind: 'notice',
      title,
      lines: [],
      fields: [],
      ...(outcome !== undefined && { outcome }),
      actions: isGone ? [] : actionsFor(state, call.id),
      fallback: outcome === undefined ? title : `${title}\n${outcome}`,
    },
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
