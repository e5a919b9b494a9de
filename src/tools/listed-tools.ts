/**
 * From what a server listed to tools: names checked, duplicates refused, everything else left as it came.
 *
 * Names are ASCII only, so that no look-alike letter can pass for a known tool.
 */
import { findInexact } from '../core/canonical-json.ts';
import { isJsonObject } from '../core/json.ts';
import type { JsonObject } from '../core/json.ts';
import { definitionHash } from './definition-hash.ts';
import type { Tool, ToolAnnotations } from './tool.ts';

export interface ListedTool {
  readonly tool: Tool;
  /** The object exactly as listed. */
  readonly definition: JsonObject;
}

export interface ListedTools {
  readonly tools: ReadonlyMap<string, ListedTool>;
  /** What was refused and why, for operators. */
  readonly refused: readonly string[];
}

const ownNameShape = /^[A-Za-z0-9_.-]{1,128}$/u;

export function readListedTools(
  server: { readonly name: string; readonly identity: string },
  listed: readonly JsonObject[],
): ListedTools {
  const tools = new Map<string, ListedTool>();
  const refused: string[] = [];
  const seen = new Set<string>();
  for (const definition of listed) {
    const name = definition['name'];
    if (typeof name !== 'string' || !ownNameShape.test(name)) {
      refused.push(`${shownName(name)}: a tool's name must be 1 to 128 of A-Z, a-z, 0-9, "_", "." and "-"`);
      continue;
    }
    if (seen.has(name)) {
      // Which of the two the server would run cannot be known, so neither is offered.
      tools.delete(name);
      refused.push(`${name}: listed twice`);
      continue;
    }
    seen.add(name);
    const inexact = findInexact(definition);
    const inputSchema = definition['inputSchema'];
    if (inexact !== undefined) refused.push(`${name}: its definition has no exact form (${inexact})`);
    else if (!isJsonObject(inputSchema)) refused.push(`${name}: it has no input schema`);
    else tools.set(name, { definition, tool: toTool(server, name, definition, inputSchema) });
  }
  return { tools, refused };
}

function toTool(
  server: { readonly name: string; readonly identity: string },
  ownName: string,
  definition: JsonObject,
  inputSchema: JsonObject,
): Tool {
  const { description, title, outputSchema, annotations } = definition;
  return {
    name: `${server.name}/${ownName}`,
    server: server.name,
    ownName,
    description: typeof description === 'string' ? description : '',
    inputSchema,
    annotations: readAnnotations(annotations),
    definitionHash: definitionHash(definition),
    serverIdentity: server.identity,
    ...(typeof title === 'string' ? { title } : {}),
    ...(isJsonObject(outputSchema) ? { outputSchema } : {}),
  };
}

const hintNames = ['readOnlyHint', 'destructiveHint', 'idempotentHint', 'openWorldHint'] as const;

/** Keeps the hints that are plain booleans; anything else counts as not given. */
export function readAnnotations(value: unknown): ToolAnnotations {
  if (!isJsonObject(value)) return {};
  const given = hintNames.filter((hint) => typeof value[hint] === 'boolean');
  return Object.fromEntries(given.map((hint) => [hint, value[hint]]));
}

function shownName(name: unknown): string {
  return typeof name === 'string'
    ? JSON.stringify(name.slice(0, 60)).replace(/[^\x20-\x7e]/gu, '?')
    : 'a tool without a name';
}
