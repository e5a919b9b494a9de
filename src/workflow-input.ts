/**
 * What a workflow takes in, from text: `amount: 120, urgent: yes` becomes a number and a truth value where its schema
 * asks for them. What does not fit is named by its field. Pure.
 */
import { z } from 'zod';
import { parseJsonObject } from './core/json.ts';
import type { Json, JsonObject } from './core/json.ts';
import type { Workflow } from './workflow-kit.ts';

const described = z.object({
  properties: z.record(z.string(), z.looseObject({})).default({}),
  required: z.array(z.string()).default([]),
});

/** A comma ends a value unless a digit follows: `amount=1,250.00`, `except=1042,1050`. */
const pairs = /([a-z][a-z0-9_]*)\s*[:=]\s*(?:"([^"]*)"|«([^»]*)»|((?:[^\s,]|,(?=\d))+))/giu;

/**
 * What a person's words say: pairs first, then what the workflow itself reads in them, then a bare number or id where a
 * single field needs one.
 */
export function readInput(
  schema: Workflow['input'],
  words: Workflow['start']['words'],
  text: string,
): JsonObject {
  return fillInput(schema, words?.(text, '') ?? {}, text);
}

/** The same, where the workflow has read the words already. */
export function fillInput(schema: Workflow['input'], read: object, text: string): JsonObject {
  // Plain values by the kit's contract: what is recorded is what a restarted run reads again.
  const own = parseJsonObject(JSON.stringify(read)) ?? {};
  const said = { ...own, ...readPairs(schema, text) };
  return { ...readBare(schema, text.replaceAll(pairs, ' '), said), ...said };
}

/** Reads `name: value` pairs; each becomes what the field of that name is, or stays text when it cannot. */
export function readPairs(schema: Workflow['input'], text: string): JsonObject {
  const { fields } = shapeOf(schema);
  const values: Record<string, Json> = {};
  for (const match of text.matchAll(pairs)) {
    const given = match[1] ?? '';
    const name = Object.keys(fields).find((known) => known.toLowerCase() === given.toLowerCase());
    if (name !== undefined) values[name] = coerce(fields[name] ?? {}, match[2] ?? match[3] ?? match[4] ?? '');
  }
  return values;
}

/**
 * `reply to ticket 141`: the only field that must be given, when it is a number or an id and the words hold exactly one
 * that could be meant. Anything else is left to be asked for.
 */
function readBare(schema: Workflow['input'], text: string, said: JsonObject): JsonObject {
  const { fields, required } = shapeOf(schema);
  const [name, ...others] = required;
  if (name === undefined || others.length > 0 || said[name] !== undefined) return {};
  const field = fields[name] ?? {};
  const found = [...new Set(candidatesFor(name, field, text))];
  const [only] = found;
  return found.length === 1 && only !== undefined ? { [name]: coerce(field, only) } : {};
}

/** Not a part of a longer word, a time, a date or a grouped number. */
const number = /(?<![\w.,:/-])#?(\d+(?:\.\d+)?)(?![\w:/-]|[.,]\d)/gu;
const id = /(?<![\w.,:/-])#?((?:[a-z]{1,8}-?)?\d[\w-]*)(?![\w:/-]|[.,]\d)/giu;
const idName = /(?:^|_)(?:id|ticket|invoice|order|case|number|key|reference)$/u;

function candidatesFor(
  name: string,
  field: Readonly<Record<string, unknown>>,
  text: string,
): readonly string[] {
  const types = typesOf(field);
  const all = (pattern: RegExp): readonly string[] =>
    [...text.matchAll(pattern)].map((match) => match[1] ?? '');
  if (types.has('integer')) return all(number).filter((found) => !found.includes('.'));
  if (types.has('number')) return all(number);
  const isText = field['type'] === 'string';
  const { pattern, format } = field;
  // A pattern comes from the workflow's own file.
  if (isText && typeof pattern === 'string' && format === undefined)
    return all(id).filter((found) => new RegExp(pattern, 'u').test(found));
  return isText && format === undefined && field['enum'] === undefined && idName.test(name) ? all(id) : [];
}

export type FittedInput =
  { readonly kind: 'fits'; readonly value: object } | { readonly kind: 'misfit'; readonly text: string };

/** Recorded JSON as the workflow takes it: dates, which JSON cannot hold, are dates again. */
export function fitInput(schema: Workflow['input'], input: JsonObject): FittedInput {
  const dates = new Set(
    Object.entries(shapeOf(schema).fields).flatMap(([name, field]) =>
      field['x-date'] === true ? [name] : [],
    ),
  );
  const value = Object.fromEntries(
    Object.entries(input).map(([name, entry]) => [
      name,
      dates.has(name) && typeof entry === 'string' ? new Date(entry) : entry,
    ]),
  );
  const parsed = schema.safeParse(value);
  if (parsed.success) return { kind: 'fits', value: parsed.data };
  const problems = parsed.error.issues.map(({ path, message }) => {
    const name = path.join('.');
    const given = path.length === 0 ? undefined : input[String(path[0])];
    if (name !== '' && given === undefined) return `${name} is missing`;
    const seen = given === undefined ? '' : `, given was ${JSON.stringify(given).slice(0, 80)}`;
    return `${name === '' ? 'the input' : name}: ${message}${seen}`;
  });
  return { kind: 'misfit', text: problems.join('; ') };
}

interface Shape {
  readonly fields: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly required: readonly string[];
}

/** Schemas do not change, and each start of a run asks for its own. */
const shapes = new WeakMap<Workflow['input'], Shape>();

function shapeOf(schema: Workflow['input']): Shape {
  const known = shapes.get(schema);
  if (known !== undefined) return known;
  const shape = readShape(schema);
  shapes.set(schema, shape);
  return shape;
}

function readShape(schema: Workflow['input']): Shape {
  const json = described.safeParse(
    z.toJSONSchema(schema, {
      io: 'input',
      unrepresentable: 'any',
      override({ zodSchema, jsonSchema }) {
        if (zodSchema._zod.def.type === 'date') jsonSchema['x-date'] = true;
      },
    }),
  );
  return json.success
    ? { fields: json.data.properties, required: json.data.required }
    : { fields: {}, required: [] };
}

const yes: ReadonlySet<string> = new Set(['true', 'yes', 'y', 'on', '1']);
const no: ReadonlySet<string> = new Set(['false', 'no', 'n', 'off', '0']);

function coerce(field: Readonly<Record<string, unknown>>, text: string): Json {
  const types = typesOf(field);
  if (types.has('number') || types.has('integer')) {
    const plain = text.replace(/^[#$€£]|[$€£]$/u, '');
    if (/^[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?$/u.test(plain)) return Number(plain.replaceAll(',', ''));
  }
  if (types.has('boolean')) {
    if (yes.has(text.toLowerCase())) return true;
    if (no.has(text.toLowerCase())) return false;
  }
  return text;
}

/** The types a field may have, also inside `anyOf`: none of them when a text fits as well. */
function typesOf(field: Readonly<Record<string, unknown>>): ReadonlySet<unknown> {
  const arms = Array.isArray(field['anyOf']) ? field['anyOf'].filter(isRecord) : [field];
  const types = new Set(arms.flatMap(({ type }) => type));
  return types.has('string') ? new Set() : types;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
