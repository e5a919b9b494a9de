/**
 * A look with the read tool that stands beside another tool: its preview, or the probe that tells whether a call of it
 * happened. Nobody is asked for it, so it goes only where policy lets that very read run.
 */
import { canonicalJson } from '../core/canonical-json.ts';
import type { JsonObject } from '../core/json.ts';
import { isJsonObject } from '../core/json.ts';
import type { Redactor } from '../core/redact.ts';
import type { RunState } from '../runs/run-state.ts';
import type { ToolCaller, ToolOutcome, ToolRegistry } from '../tools/tool.ts';
import { whyUnsendable } from './find-secret.ts';
import type { ArgumentLimits } from './find-secret.ts';
import type { Policy } from './policy.ts';

export type TwinAnswer =
  | {
      readonly kind: 'answered';
      readonly outcome: ToolOutcome & { readonly kind: 'answered' };
      /** The arguments it was given. */
      readonly args: JsonObject;
    }
  | { readonly kind: 'not-read'; readonly why: string };

/** It is given those of `args` that its schema knows. */
export async function readTwin(
  options: {
    readonly registry: ToolRegistry;
    readonly caller: ToolCaller;
    readonly redact: Redactor;
    readonly argumentLimits?: () => ArgumentLimits;
    policy(): Policy;
  },
  state: RunState,
  toolName: string,
  args: JsonObject,
  { timeoutMs, isFresh = false }: { readonly timeoutMs: number; readonly isFresh?: boolean },
): Promise<TwinAnswer> {
  const notRead = (why: string): TwinAnswer => ({ kind: 'not-read', why });
  // Only what policy calls a read may be used to look.
  if (options.policy().effectOf(toolName) !== 'read')
    return notRead(`policy does not call ${toolName} a read`);
  const found = await options.registry.find(toolName, { fresh: isFresh });
  if (found.kind !== 'ready') return notRead(`${toolName} cannot be reached or is not what was accepted`);
  const known = found.tool.inputSchema['properties'];
  const names = isJsonObject(known) ? Object.keys(known) : [];
  const own = Object.fromEntries(Object.entries(args).filter(([name]) => names.includes(name)));
  // Guardrails may have come since the call was judged.
  const unsendable = whyUnsendable({ tool: toolName, args: own }, options.redact, options.argumentLimits?.());
  if (unsendable !== undefined) return notRead(unsendable);
  const misfit = options.registry.findMisfit(found.tool, own);
  if (misfit !== undefined) return notRead(`${toolName} wants other arguments: ${misfit}`);
  const answer = options.policy().resolve({
    tool: toolName,
    args: own,
    actor: { id: state.requester, roles: [] },
    channel: state.channel.slice(state.channel.indexOf(':') + 1),
    workflow: state.workflow,
    isTainted: state.taintedBy !== undefined,
    ...options.registry.reviewOf(toolName),
    budget: { usdSpent: state.usdSpent, calls: state.calls.size },
  });
  if (answer.verdict !== 'allow') return notRead(`policy does not let ${toolName} run without asking`);
  const outcome = await options.caller.call({
    tool: found.tool,
    argsJson: canonicalJson(own),
    timeoutMs,
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (outcome.kind !== 'answered') return notRead(`${toolName} did not answer: ${outcome.why}`);
  if (outcome.isError) return notRead(`${toolName} answered with an error: ${outcome.content}`);
  return { kind: 'answered', outcome, args: own };
}
