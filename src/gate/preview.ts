/**
 * The present state of what a call would change, read from the tool's read-only twin before people are asked.
 *
 * A preview is a courtesy: when it cannot be read, the card goes without it.
 */
import type { JsonObject } from '../core/json.ts';
import type { RunState } from '../runs/run-state.ts';
import type { ToolCaller, ToolRegistry } from '../tools/tool.ts';
import type { Policy } from './policy.ts';
import { readTwin } from './read-twin.ts';

export interface Preview {
  readonly tool: string;
  readonly content: string;
}

const previewTimeoutMs = 5_000;
const previewCharacters = 1_500;

export async function readPreview(
  options: { readonly registry: ToolRegistry; readonly caller: ToolCaller; policy(): Policy },
  state: RunState,
  toolName: string | undefined,
  args: JsonObject,
): Promise<Preview | undefined> {
  if (toolName === undefined) return undefined;
  const answer = await readTwin(options, state, toolName, args, { timeoutMs: previewTimeoutMs });
  if (answer.kind === 'not-read') return undefined;
  return { tool: toolName, content: answer.outcome.content.slice(0, previewCharacters) };
}
