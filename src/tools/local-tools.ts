/**
 * Tools in this process: our own, and those of benchmarks and scenario tests. Configuration cannot reach them.
 *
 * They go through the same definition hash, schema check and result caps as tools of a server.
 */
import { canonicalJson, parseStrictJson } from '../core/canonical-json.ts';
import { describeError } from '../core/errors.ts';
import { isJsonObject } from '../core/json.ts';
import type { JsonObject } from '../core/json.ts';
import { definitionHash } from './definition-hash.ts';
import type { CallOrigin, Tool, ToolAnnotations, ToolCaller, ToolOutcome, ToolRegistry } from './tool.ts';
import { capText } from './tool-result.ts';
import { createToolSchemas } from './tool-schemas.ts';

export interface LocalTool {
  /** `server/tool`. */
  readonly name: string;
  readonly description: string;
  readonly inputSchema: JsonObject;
  readonly annotations?: ToolAnnotations;
  run(args: JsonObject, origin: CallOrigin | undefined): LocalAnswer | Promise<LocalAnswer>;
}

export type LocalAnswer =
  string | { readonly content: string; readonly isError?: boolean; readonly taintedBy?: string };

export interface LocalTools {
  readonly registry: ToolRegistry;
  readonly caller: ToolCaller;
}

/** Every server counts as reviewed. A tool that throws answers with `isError`. */
export function createLocalTools(definitions: readonly LocalTool[]): LocalTools {
  const schemas = createToolSchemas();
  const entries = new Map(definitions.map((local) => [local.name, { local, tool: toTool(local) }]));
  const tools = [...entries.values()].map(({ tool }) => tool);
  const servers = [...new Set(tools.map((tool) => tool.server))];
  return {
    registry: {
      list: () => Promise.resolve(tools),
      find(name) {
        const tool = entries.get(name)?.tool;
        return Promise.resolve(tool === undefined ? { kind: 'unknown' } : { kind: 'ready', tool });
      },
      findMisfit: (tool, args) => schemas.findMisfit(tool, args),
      isReviewed: (server) => servers.includes(server),
      reviewOf: (tool) => ({
        isServerReviewed: servers.includes(tool.slice(0, Math.max(0, tool.indexOf('/')))),
        isNewTool: false,
      }),
      servers: () =>
        servers.map((name) => ({
          name,
          state: 'ready',
          tools: tools.filter((tool) => tool.server === name).length,
          drifted: 0,
          newTools: 0,
          isReviewed: true,
        })),
      stop: () => Promise.resolve(),
    },
    caller: {
      async call({ tool, argsJson, signal, origin }) {
        const entry = entries.get(tool.name);
        if (entry?.tool.definitionHash !== tool.definitionHash)
          return { kind: 'not-sent', why: `${tool.name} is not a tool of this process.` };
        if (signal.aborted) return { kind: 'not-sent', why: 'The call was given up.' };
        const args = parseStrictJson(argsJson);
        if (!isJsonObject(args)) return { kind: 'not-sent', why: 'The arguments are not an object.' };
        try {
          return toOutcome(await entry.local.run(args, origin));
        } catch (error) {
          return { kind: 'answered', content: capText(describeError(error)), isError: true };
        }
      },
    },
  };
}

function toOutcome(answer: LocalAnswer): ToolOutcome {
  if (typeof answer === 'string') return { kind: 'answered', content: capText(answer), isError: false };
  const { content, isError = false, taintedBy } = answer;
  return {
    kind: 'answered',
    content: capText(content),
    isError,
    ...(taintedBy !== undefined && { taintedBy }),
  };
}

function toTool({ name, description, inputSchema, annotations = {} }: LocalTool): Tool {
  const slash = name.indexOf('/');
  const server = name.slice(0, slash);
  const ownName = name.slice(slash + 1);
  // The hash is over plain JSON: a given definition may hold undefined hints, which JSON has not.
  const listed = JSON.parse(
    JSON.stringify({ name: ownName, description, inputSchema, annotations }),
  ) as JsonObject;
  return {
    name,
    server,
    ownName,
    description,
    inputSchema,
    annotations,
    definitionHash: definitionHash(listed),
    serverIdentity: `local:${canonicalJson(server)}`,
  };
}
