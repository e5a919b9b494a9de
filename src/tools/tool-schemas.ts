/**
 * Arguments and results against a tool's JSON schemas.
 *
 * Draft-07 where the schema says so, 2020-12 otherwise; compiled once per definition. A schema that cannot be
 * compiled lets nothing through. No schema is ever fetched.
 */
import { Ajv } from 'ajv';
import type { ErrorObject, ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormatsModule from 'ajv-formats';
import { canonicalJson } from '../core/canonical-json.ts';
import { describeError } from '../core/errors.ts';
import { sha256 } from '../core/hash.ts';
import { isJsonObject } from '../core/json.ts';
import type { Json, JsonObject } from '../core/json.ts';
import type { Tool } from './tool.ts';

export interface ToolSchemas {
  /** What is wrong with arguments, as «path: problem», or undefined when they fit. */
  findMisfit(tool: Pick<Tool, 'inputSchema'>, args: JsonObject): string | undefined;
  /** True when the tool declares what its results look like and this one does. */
  fitsOutput(tool: Tool, structured: Json): boolean;
}

type Compiled = ValidateFunction | { readonly unusable: string };

const maxCompiled = 1000;
const maxProblems = 5;
// The package is CommonJS: its function is the default export's default for TypeScript, and the export itself at run time.
const addFormats = addFormatsModule.default;

export function createToolSchemas(): ToolSchemas {
  const options = {
    strict: false,
    allErrors: true,
    logger: false,
    addUsedSchema: false,
    validateSchema: false,
  } as const;
  const draft07 = new Ajv(options);
  const draft2020 = new Ajv2020(options);
  addFormats(draft07);
  addFormats(draft2020);
  const compiled = new Map<string, Compiled>();
  const compiledOf = new WeakMap<JsonObject, Compiled>();

  /** By object first, which is cheap, then by content: each listing brings new objects of the same schemas. */
  function compile(schema: JsonObject): Compiled {
    const near = compiledOf.get(schema);
    if (near !== undefined) return near;
    const key = sha256(canonicalJson(schema));
    const found = compiled.get(key) ?? compileAnew(key, schema);
    compiledOf.set(schema, found);
    return found;
  }

  function compileAnew(key: string, schema: JsonObject): Compiled {
    const dialect =
      typeof schema['$schema'] === 'string' && /draft-0[4-7]/u.test(schema['$schema']) ? draft07 : draft2020;
    const result = tryCompile(dialect, schema);
    const oldest = compiled.size >= maxCompiled ? compiled.keys().next().value : undefined;
    if (oldest !== undefined) compiled.delete(oldest);
    compiled.set(key, result);
    return result;
  }

  return {
    findMisfit(tool, args) {
      const validate = compile(tool.inputSchema);
      if (typeof validate !== 'function')
        return `$: the tool's input schema cannot be used (${validate.unusable})`;
      if (!validate(args)) return describeProblems(validate.errors ?? []);
      return findUnknownArgument(tool.inputSchema, args);
    },
    fitsOutput(tool, structured) {
      if (tool.outputSchema === undefined) return false;
      const validate = compile(tool.outputSchema);
      return typeof validate === 'function' && validate(structured);
    },
  };
}

function tryCompile(dialect: Ajv, schema: JsonObject): Compiled {
  // The dialect's address was looked at already; ajv would want to resolve it.
  const { $schema: _dialect, ...rest } = schema;
  try {
    const validate = dialect.compile(rest);
    // Ajv would keep every schema of every listing for good.
    dialect.removeSchema(rest);
    return validate;
  } catch (error) {
    return { unusable: describeError(error).slice(0, 200) };
  }
}

function describeProblems(errors: readonly ErrorObject[]): string {
  const shown = errors.slice(0, maxProblems).map((error) => {
    const path = `$${error.instancePath.replaceAll('/', '.')}`;
    // Ajv puts what each keyword needs into one loose record; both fields are checked below.
    const { additionalProperty, allowedValues } = error.params as {
      readonly additionalProperty?: unknown;
      readonly allowedValues?: unknown;
    };
    if (typeof additionalProperty === 'string') return `${path}.${additionalProperty}: not known to the tool`;
    const choice = Array.isArray(allowedValues)
      ? ` ${allowedValues
          .slice(0, 10)
          .map((value) => JSON.stringify(value))
          .join(', ')}`
      : '';
    return `${path}: ${error.message ?? error.keyword}${choice}`;
  });
  if (errors.length > maxProblems) shown.push(`and ${String(errors.length - maxProblems)} more`);
  return shown.join('; ');
}

const branchKeys = ['allOf', 'anyOf', 'oneOf'] as const;
const singleKeys = ['then', 'else', 'if'] as const;

/**
 * The first top-level argument that the schema does not know, as «path: problem».
 *
 * Most schemas forget to forbid what they do not know; a misspelt argument would then be shown to people, approved,
 * and ignored by the tool. Schemas that say plainly that more is welcome are left alone.
 */
function findUnknownArgument(schema: JsonObject, args: JsonObject): string | undefined {
  const known = new Set<string>();
  const patterns: string[] = [];
  if (isOpen(schema, schema, known, patterns, 0) || known.size === 0) return undefined;
  const unknown = Object.keys(args).find(
    (key) => !known.has(key) && !patterns.some((pattern) => matches(pattern, key)),
  );
  if (unknown === undefined) return undefined;
  return `$.${unknown}: not known to the tool, which takes ${[...known].slice(0, 20).join(', ')}`;
}

/** Gathers declared names; true when the schema welcomes more or cannot be read by this simple look. */
function isOpen(
  root: JsonObject,
  schema: JsonObject,
  known: Set<string>,
  patterns: string[],
  depth: number,
): boolean {
  if (depth > 8) return true;
  const more = schema['additionalProperties'] ?? schema['unevaluatedProperties'];
  if (more === true || isJsonObject(more)) return true;
  if (isJsonObject(schema['properties'])) for (const key of Object.keys(schema['properties'])) known.add(key);
  if (isJsonObject(schema['patternProperties'])) patterns.push(...Object.keys(schema['patternProperties']));
  const parts: Json[] = singleKeys.flatMap((key) => schema[key] ?? []);
  for (const key of branchKeys) {
    const branches = schema[key];
    // JSON: a list holds Json values.
    if (Array.isArray(branches)) parts.push(...(branches as readonly Json[]));
  }
  if (isJsonObject(schema['dependentSchemas'])) parts.push(...Object.values(schema['dependentSchemas']));
  if (typeof schema['$ref'] === 'string') {
    const target = resolveLocal(root, schema['$ref']);
    if (target === undefined) return true;
    parts.push(target);
  }
  return parts.some((part) => isJsonObject(part) && isOpen(root, part, known, patterns, depth + 1));
}

function resolveLocal(root: JsonObject, reference: string): JsonObject | undefined {
  if (!reference.startsWith('#')) return undefined;
  let at: Json | undefined = root;
  for (const step of reference
    .slice(1)
    .split('/')
    .filter((part) => part !== '')) {
    if (!isJsonObject(at)) return undefined;
    at = at[step.replaceAll('~1', '/').replaceAll('~0', '~')];
  }
  return isJsonObject(at) ? at : undefined;
}

function matches(pattern: string, key: string): boolean {
  // Ajv compiled the same pattern before this is reached, so it is a valid expression.
  return new RegExp(pattern, 'u').test(key);
}
