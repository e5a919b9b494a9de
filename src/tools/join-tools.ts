/** Several sources of tools as one: each server belongs to exactly one of them. */
import type { ToolCaller, ToolRegistry } from './tool.ts';

/** Servers of this process itself; `mcp.json` may not use their names. */
export const ownServers: ReadonlySet<string> = new Set(['memory']);

export interface JoinableTools {
  readonly registry: ToolRegistry;
  readonly caller: ToolCaller;
}

/** Tools of servers named in `own` come from `local`; everything else from `others`, which can never take their place. */
export function joinTools<Tools extends JoinableTools>(
  local: JoinableTools,
  own: ReadonlySet<string>,
  others: Tools,
): JoinableTools {
  const isOwn = (server: string): boolean => own.has(server);
  const serverOf = (tool: string): string => tool.slice(0, Math.max(0, tool.indexOf('/')));
  return {
    registry: {
      async list() {
        const [mine, theirs] = await Promise.all([local.registry.list(), others.registry.list()]);
        return [...theirs.filter((tool) => !isOwn(tool.server)), ...mine];
      },
      find: (name, options) => (isOwn(serverOf(name)) ? local : others).registry.find(name, options),
      findMisfit: (tool, args) => (isOwn(tool.server) ? local : others).registry.findMisfit(tool, args),
      isReviewed: (server) => (isOwn(server) ? local : others).registry.isReviewed(server),
      reviewOf: (tool) => (isOwn(serverOf(tool)) ? local : others).registry.reviewOf(tool),
      servers: () => [
        ...others.registry.servers().filter(({ name }) => !isOwn(name)),
        ...local.registry.servers(),
      ],
      stop: () => others.registry.stop(),
    },
    caller: {
      call: (request) => (isOwn(request.tool.server) ? local : others).caller.call(request),
    },
  };
}
