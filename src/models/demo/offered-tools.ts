/** The tools offered with a request, found by `server/tool` under their encoded names, and calls that fit them. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ValidateFunction } from 'ajv';
import { isJsonObject } from '../../core/json.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import type { ModelTool } from '../model.ts';

/** Compiled schemas, kept as long as the schema itself: compiling is most of what an answer costs. */
interface SchemaChecks {
  /** What is wrong with the arguments, or undefined when they fit. */
  findMisfit(schema: JsonObject, args: JsonObject): string | undefined;
}

export function createSchemaChecks(): SchemaChecks {
  const compiled = new WeakMap<JsonObject, ValidateFunction>();
  return {
    findMisfit(schema, args) {
      try {
        const check = compiled.get(schema) ?? compile(schema);
        compiled.set(schema, check);
        if (check(args)) return undefined;
        const first = check.errors?.[0];
        return `${first?.instancePath.replace('/', '') ?? ''} ${first?.message ?? 'does not fit'}`.trim();
      } catch {
        return 'its input schema cannot be read';
      }
    },
  };
}

function compile(schema: JsonObject): ValidateFunction {
  const { $schema: _dialect, ...rules } = schema;
  const options = {
    strict: false,
    meta: false,
    validateSchema: false,
    validateFormats: false,
    logger: false,
  } as const;
  return new Ajv2020(options).compile(rules);
}

export interface OfferedTools {
  find(tool: string): ModelTool | undefined;
  readonly checks: SchemaChecks;
}

export function readOfferedTools(tools: readonly ModelTool[], checks: SchemaChecks): OfferedTools {
  return {
    find(tool) {
      const [server = '', own = ''] = tool.split('/');
      // Long names are shortened from the left by the encoder, so the tool's own name is always at the end.
      return (
        tools.find((one) => one.name === `${server}__${own}`) ??
        tools.find((one) => one.name.startsWith(server) && one.name.endsWith(`__${own}`))
      );
    },
    checks,
  };
}

type FittedCall =
  | { readonly kind: 'fits'; readonly name: string; readonly args: JsonObject }
  | { readonly kind: 'missing'; readonly tool: string }
  | { readonly kind: 'misfit'; readonly tool: string; readonly problem: string };

/** The call as the offered tool takes it: only fields it knows, in the types it wants, checked against its schema. */
export function fitCall(
  tools: OfferedTools,
  ask: { readonly tool: string; readonly args: Readonly<Record<string, unknown>> },
): FittedCall {
  const tool = tools.find(ask.tool);
  if (tool === undefined) return { kind: 'missing', tool: ask.tool };
  const args = shape(ask.args, tool.inputSchema);
  const problem = tools.checks.findMisfit(tool.inputSchema, args);
  return problem === undefined
    ? { kind: 'fits', name: tool.name, args }
    : { kind: 'misfit', tool: ask.tool, problem };
}

function shape(args: Readonly<Record<string, unknown>>, schema: JsonObject): JsonObject {
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : undefined;
  const shaped: Record<string, Json> = {};
  for (const [key, value] of Object.entries(args)) {
    if (value === undefined || (properties !== undefined && !Object.hasOwn(properties, key))) continue;
    const property = properties?.[key];
    // Values are built by the intents from strings, numbers and plain objects of them.
    shaped[key] = coerce(value as Json, isJsonObject(property) ? property['type'] : undefined);
  }
  return shaped;
}

function coerce(value: Json, type: Json | undefined): Json {
  if (
    (type === 'integer' || type === 'number') &&
    typeof value === 'string' &&
    /^\d{1,15}(?:\.\d+)?$/u.test(value)
  )
    return Number(value);
  return type === 'string' && typeof value === 'number' ? String(value) : value;
}
