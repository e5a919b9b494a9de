/**
 * The present state of what a call would change, read from the tool's read-only twin before people are asked.
 *
 * A preview is a courtesy: when it cannot be read, the card goes without it.
 */
import type { JsonObject } from '../core/json.ts';
import { canonicalJson } from '../core/canonical-json.ts';
import type { RunState } from '../runs/run-state.ts';
import { isJsonObject } from '../core/json.ts';
import type { ToolCaller, ToolRegistry } from '../tools/tool.ts';
import type { Policy } from './policy.ts';

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
  // Only what policy calls a read may be used to look: a preview asks nobody.
  if (options.policy().effectOf(toolName) !== 'read') return undefined;
  const found = await options.registry.find(toolName);
  if (found.kind !== 'ready') return undefined;
  const known = found.tool.inputSchema['properties'];
  const names = isJsonObject(known) ? Object.keys(known) : [];
  const own = Object.fromEntries(Object.entries(args).filter(([name]) => names.includes(name)));
  if (options.registry.findMisfit(found.tool, own) !== undefined) return undefined;
  const answer = options.policy().resolve({
    tool: toolName,
    args: own,
    actor: { id: state.requester, roles: [] },
    channel: state.channel.slice(state.channel.indexOf(':') + 1),
    workflow: state.workflow,
    isTainted: state.taintedBy !== undefined,
    isServerReviewed: options.registry.isReviewed(found.tool.server),
    budget: { usdSpent: state.usdSpent, calls: state.calls.size },
  });
  if (answer.verdict !== 'allow') return undefined;
  const outcome = await options.caller.call({
    tool: found.tool,
    argsJson: canonicalJson(own),
    timeoutMs: previewTimeoutMs,
    signal: AbortSignal.timeout(previewTimeoutMs),
  });
  if (outcome.kind !== 'answered' || outcome.isError) return undefined;
  return { tool: toolName, content: outcome.content.slice(0, previewCharacters) };
}
