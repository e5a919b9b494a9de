/** The tools page: what servers offer, and what policy says about each. */
import type { Policy } from '../gate/policy.ts';
import type { ToolRegistry } from '../tools/tool.ts';
import type { ToolsJson } from './shapes.ts';

export async function listTools(options: {
  readonly registry: ToolRegistry;
  policy(): Policy;
}): Promise<ToolsJson> {
  const tools = await options.registry.list();
  const policy = options.policy();
  return {
    items: tools.map((tool) => {
      const line = policy.lines.find((entry) => entry.kind === 'tool' && entry.tool === tool.name);
      const fallback = policy.lines.find((entry) => entry.kind === 'default');
      const requirements = (line ?? fallback)?.requirements ?? [];
      return {
        name: tool.name,
        server: tool.server,
        description: tool.description,
        effect: policy.effectOf(tool.name),
        verdict: line?.verdict ?? fallback?.verdict ?? 'ask',
        approvers: [...new Set(requirements.flatMap((requirement) => requirement.approvers))],
        state: 'ready' as const,
      };
    }),
    servers: options.registry.servers().map((server) => ({ ...server })),
  };
}
