/**
 * What a workflow takes in, from text: `amount: 120, urgent: yes` becomes a number and a truth value where its schema
 * asks for them. What does not fit is named by its field. Pure.
 */
import { z } from 'zod';
import type { Json, JsonObject } from './core/json.ts';
import type { Workflow } from './workflow-kit.ts';

const described = z.object({ properties: z.record(z.string(), z.looseObject({})).default({}) });

/** Reads `name: value` pairs; each becomes what the field of that name is, or stays text when it cannot. */
export function readPairs(schema: Workflow['input'], text: string): JsonObject {
  const fields = fieldsOf(schema);
  const values: Record<string, Json> = {};
  const pairs = /([a-z][a-z0-9_]*)\s*[:=]\s*(?:"([^"]*)"|([^\s,]+))/giu;
  for (const match of text.matchAll(pairs)) {
    const given = match[1] ?? '';
    const name = Object.keys(fields).find((known) => known.toLowerCase() === given.toLowerCase());
    if (name !== undefined) values[name] = coerce(fields[name] ?? {}, match[2] ?? match[3] ?? '');
  }
  return values;
}

export type FittedInput =
  { readonly kind: 'fits'; readonly value: object } | { readonly kind: 'misfit'; readonly text: string };

/** Recorded JSON as the workflow takes it: dates, which JSON cannot hold, are dates again. */
export function fitInput(schema: Workflow['input'], input: JsonObject): FittedInput {
  const dates = new Set(
    Object.entries(fieldsOf(schema)).flatMap(([name, field]) => (field['x-date'] === true ? [name] : [])),
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

type Fields = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Schemas do not change, and each start of a run asks for its own. */
const fieldsBySchema = new WeakMap<Workflow['input'], Fields>();

function fieldsOf(schema: Workflow['input']): Fields {
  const known = fieldsBySchema.get(schema);
  if (known !== undefined) return known;
  const fields = readFields(schema);
  fieldsBySchema.set(schema, fields);
  return fields;
}

function readFields(schema: Workflow['input']): Fields {
  const json = described.safeParse(
    z.toJSONSchema(schema, {
      io: 'input',
      unrepresentable: 'any',
      override({ zodSchema, jsonSchema }) {
        if (zodSchema._zod.def.type === 'date') jsonSchema['x-date'] = true;
      },
    }),
  );
  return json.success ? json.data.properties : {};
}

const yes: ReadonlySet<string> = new Set(['true', 'yes', 'y', 'on', '1']);
const no: ReadonlySet<string> = new Set(['false', 'no', 'n', 'off', '0']);

function coerce(field: Readonly<Record<string, unknown>>, text: string): Json {
  const types = typesOf(field);
  if (types.has('number') || types.has('integer')) {
    if (/^[+-]?\d+(?:\.\d+)?$/u.test(text)) return Number(text);
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
