/** The tools one agent may propose, as its model sees them. */
import { isJsonObject } from '../core/json.ts';
import type { JsonObject } from '../core/json.ts';
import type { ModelTool } from '../models/model.ts';
import { offeredPlanTool, planTool } from './plan-tool.ts';
import { createToolNames } from '../tools/tool-names.ts';
import type { ToolNames } from '../tools/tool-names.ts';
import type { Tool } from '../tools/tool.ts';

export interface OfferedTools {
  readonly tools: readonly ModelTool[];
  readonly names: ToolNames;
}

/** `allowed` holds tool names and patterns with `*` at the end. `keyOf` names arguments that models do not see. */
export function offerTools(
  all: readonly Tool[],
  allowed: readonly string[],
  keyOf: (tool: string) => string | undefined,
): OfferedTools {
  const offered = [
    ...all.filter((tool) => allowed.some((pattern) => matches(pattern, tool.name))),
    ...(allowed.includes(planTool) ? [offeredPlanTool] : []),
  ];
  const names = createToolNames(offered.map((tool) => tool.name));
  return {
    names,
    tools: offered.map((tool) => ({
      name: names.encode(tool.name),
      description: tool.description,
      inputSchema: withoutProperty(tool.inputSchema, keyOf(tool.name)),
    })),
  };
}

export function matches(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
}

function withoutProperty(schema: JsonObject, name: string | undefined): JsonObject {
  const properties = schema['properties'];
  if (name === undefined || !isJsonObject(properties)) return schema;
  const kept = Object.fromEntries(Object.entries(properties).filter(([key]) => key !== name));
  const required = schema['required'];
  return {
    ...schema,
    properties: kept,
    ...(Array.isArray(required) && { required: required.filter((key) => key !== name) }),
  };
}
