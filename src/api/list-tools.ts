/** The tools page: what servers offer, and what policy says about each. */
import { fitsPattern } from '../gate/policy-data.ts';
import type { Policy, PolicyLine, Verdict } from '../gate/policy.ts';
import type { ToolRegistry } from '../tools/tool.ts';
import type { ToolsJson } from './shapes.ts';

export async function listTools(options: {
  readonly registry: ToolRegistry;
  policy(): Policy;
}): Promise<ToolsJson> {
  const tools = await options.registry.list();
  const policy = options.policy();
  return {
    items: tools.map((tool) => ({
      name: tool.name,
      server: tool.server,
      description: tool.description,
      ...standingOf(policy, tool.name),
      state: 'ready' as const,
      isNew: options.registry.reviewOf(tool.name).isNewTool,
    })),
    servers: options.registry.servers().map((server) => ({ ...server })),
  };
}

/** What the policy's own line for a tool says, or its default; rules may still raise it. */
export function standingOf(
  policy: Policy,
  tool: string,
): { readonly effect: string; readonly verdict: Verdict; readonly approvers: string[] } {
  const fallback = policy.lines.find(({ kind }) => kind === 'default');
  const stated = ownLine(policy, tool) ?? fallback;
  const requirements = stated?.requirements ?? [];
  return {
    effect: policy.effectOf(tool),
    verdict: stated?.verdict ?? fallback?.verdict ?? 'ask',
    approvers: [...new Set(requirements.flatMap(({ approvers }) => approvers))],
  };
}

/** The exact line, else the one with the longest pattern that fits. */
function ownLine(policy: Policy, tool: string): PolicyLine | undefined {
  const fitting = policy.lines.filter((line) => line.kind === 'tool' && fitsPattern(tool, line.tool));
  const exact = fitting.find((line) => line.tool === tool);
  return exact ?? fitting.sort((left, right) => right.tool.length - left.tool.length)[0];
}
