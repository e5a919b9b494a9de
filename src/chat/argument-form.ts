/**
 * A form over a tool's arguments, made from its JSON schema, and what was typed into it read back as arguments.
 *
 * The schema is untrusted text: what this simple look does not understand is offered as JSON. The tool's schema is
 * checked by whoever takes the arguments; here only each field's own form is.
 */
import { canonicalJson, parseStrictJson } from '../core/canonical-json.ts';
import { isJsonObject } from '../core/json.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { makeVisible } from '../core/visible-text.ts';
import type { FormField, FormValues } from './form.ts';

export type ReadArguments =
  | { readonly kind: 'read'; readonly args: JsonObject }
  | { readonly kind: 'wrong'; readonly problems: readonly string[] };

const mostFields = 20;
/** Names on the way to a field: what stands in six objects is one. In a form with too many fields the innermost stay JSON. */
const deepest = 7;
const longText = 80;
/** What every platform lists; one of more is typed. Discord's forms hold five menus of 25. */
const mostOptions = 125;
/** Of those that are named where something else was given. */
const mostNamed = 10;

/** One place in the arguments: what stands there and what its schema says. */
interface Place {
  readonly path: readonly string[];
  readonly schema: JsonObject;
  readonly value: Json | undefined;
  readonly isRequired: boolean;
}

export function argumentForm(schema: JsonObject, args: JsonObject): readonly FormField[] {
  const fields = fieldPlaces(schema, args).map(fieldOf);
  if (fields.length > 0) return fields;
  return [{ kind: 'json', id: '', label: 'Arguments (JSON)', isRequired: true, value: plainJson(args) }];
}

/** `worded` says how the field was shown, for what is said about it. */
export function readArgumentForm(
  schema: JsonObject,
  args: JsonObject,
  values: FormValues,
  worded: (field: FormField) => FormField = (field) => field,
): ReadArguments {
  const fields = argumentForm(schema, args);
  const problems: string[] = [];
  let changed: JsonObject = args;
  for (const field of fields) {
    const typed = values[field.id];
    // A platform may turn the ends of lines or cut white space at the ends.
    if (typed === undefined || sameText(typed, field.value)) continue;
    const read = readField(field, typed, schema, args);
    if (read.kind === 'wrong') problems.push(`${worded(field).label}: ${read.why}`);
    else if (field.id !== '') changed = withValue(changed, pathOf(field.id), read.value);
    else if (isJsonObject(read.value)) changed = read.value;
    else problems.push('The arguments must be a JSON object.');
  }
  return problems.length > 0 ? { kind: 'wrong', problems } : { kind: 'read', args: changed };
}

/** As deep as a form takes; empty when it does not even take the outermost. */
function fieldPlaces(schema: JsonObject, args: JsonObject): readonly Place[] {
  for (let depth = deepest; depth > 0; depth -= 1) {
    const places = placesOf(schema, args, depth);
    if (places.length <= mostFields) return places;
  }
  return [];
}

function placesOf(
  schema: JsonObject,
  args: JsonObject,
  depth: number,
  path: readonly string[] = [],
): readonly Place[] {
  const known = isJsonObject(schema['properties']) ? schema['properties'] : {};
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  const names = [...new Set([...Object.keys(known), ...Object.keys(args)])];
  return names.flatMap((name): readonly Place[] => {
    const own = ownValue(known, name);
    const place: Place = {
      path: [...path, name],
      schema: isJsonObject(own) ? own : {},
      value: ownValue(args, name),
      isRequired: required.includes(name),
    };
    const isGroup =
      isJsonObject(place.value) &&
      isJsonObject(place.schema['properties']) &&
      place.path.length < depth &&
      Object.keys(place.value).length > 0;
    return isGroup && isJsonObject(place.value)
      ? placesOf(place.schema, place.value, depth, place.path)
      : [place];
  });
}

function fieldOf(place: Place): FormField {
  const { schema, value, path, isRequired } = place;
  const hint = typeof schema['description'] === 'string' ? makeVisible(schema['description']) : undefined;
  const base = {
    id: idOf(path),
    label: path.map((name) => makeVisible(name)).join(' › '),
    ...(hint !== undefined && { hint }),
    isRequired,
  };
  const options = choicesOf(schema);
  if (options !== undefined) {
    const shown = options.map((option) => ({ value: canonicalJson(option), label: choiceLabel(option) }));
    const now = value === undefined ? '' : canonicalJson(value);
    const isKnown = value === undefined || shown.some((option) => option.value === now);
    // What stands there is offered too, though the schema does not know it.
    const all = isKnown ? shown : [...shown, { value: now, label: choiceLabel(value) }];
    if (all.length <= mostOptions) return { ...base, kind: 'choice', value: now, options: all };
  }
  const type = schema['type'];
  if (type === 'number' || type === 'integer') {
    if (value === undefined || typeof value === 'number')
      return { ...base, kind: 'number', value: value === undefined ? '' : canonicalJson(value) };
  }
  if (type === 'string' && isPlainText(value)) {
    const text = value ?? '';
    const format = schema['format'];
    if (format === 'date') return { ...base, kind: 'date', value: text };
    return { ...base, kind: 'text', value: text, isLong: text.length > longText || text.includes('\n') };
  }
  if (type === 'array' && isJsonObject(schema['items']) && isPlainList(schema['items']['type'], value))
    return { ...base, kind: 'list', value: (value ?? []).map(String).join('\n') };
  return { ...base, kind: 'json', value: value === undefined ? '' : plainJson(value) };
}

function readField(
  field: FormField,
  typed: string,
  schema: JsonObject,
  args: JsonObject,
):
  | { readonly kind: 'value'; readonly value: Json | undefined }
  | { readonly kind: 'wrong'; readonly why: string } {
  const text = typed.replaceAll('\r\n', '\n');
  if (text.trim() === '' && !field.isRequired) return { kind: 'value', value: undefined };
  switch (field.kind) {
    case 'text':
      return { kind: 'value', value: text };
    case 'date':
      return { kind: 'value', value: text.trim() };
    case 'number': {
      const value = tryJson(text.trim());
      return typeof value === 'number'
        ? { kind: 'value', value }
        : { kind: 'wrong', why: 'write a number, with a point for decimals' };
    }
    case 'choice': {
      const given = text.trim();
      const found = field.options.find((option) => option.value === given || option.label === given);
      if (found === undefined) return { kind: 'wrong', why: `choose ${namedOptions(field.options, given)}` };
      return { kind: 'value', value: tryJson(found.value) };
    }
    case 'list': {
      const lines = text
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '');
      const place = fieldPlaces(schema, args).find((entry) => idOf(entry.path) === field.id);
      const items = isJsonObject(place?.schema['items']) ? place.schema['items'] : {};
      if (items['type'] === 'string') return { kind: 'value', value: lines };
      const numbers = lines.map(tryJson);
      return numbers.every((entry) => typeof entry === 'number')
        ? { kind: 'value', value: numbers }
        : { kind: 'wrong', why: 'write one number a line' };
    }
    case 'json': {
      const value = tryJson(text);
      return value === undefined ? { kind: 'wrong', why: 'this is not JSON' } : { kind: 'value', value };
    }
    default:
      return field satisfies never;
  }
}

/** Those that hold what was given first. */
function namedOptions(options: readonly { readonly label: string }[], given: string): string {
  const labels = options.map(({ label }) => label);
  const isNear = (label: string): boolean =>
    given !== '' && label.toLowerCase().includes(given.toLowerCase());
  const ordered = [...labels.filter(isNear), ...labels.filter((label) => !isNear(label))];
  const named = ordered.slice(0, mostNamed).join(', ');
  const left = labels.length - mostNamed;
  return left > 0 ? `one of ${named} or ${String(left)} more` : named;
}

function choicesOf(schema: JsonObject): readonly Json[] | undefined {
  const { enum: options, type } = schema;
  // JSON: a list holds Json values.
  if (Array.isArray(options) && options.length > 0 && options.length <= mostOptions)
    return options as readonly Json[];
  return type === 'boolean' ? [true, false] : undefined;
}

function choiceLabel(value: Json): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return makeVisible(typeof value === 'string' ? value : canonicalJson(value));
}

/** Text without hidden characters: what a person sees in an input is what stands there. */
function isPlainText(value: Json | undefined): value is string | undefined {
  return value === undefined || (typeof value === 'string' && makeVisible(value, visible) === value);
}

function isPlainList(
  type: Json | undefined,
  value: Json | undefined,
): value is readonly (string | number)[] | undefined {
  if (type !== 'string' && type !== 'number' && type !== 'integer') return false;
  if (value === undefined) return true;
  if (!Array.isArray(value)) return false;
  return value.every((entry) =>
    type === 'string'
      ? typeof entry === 'string' && makeVisible(entry) === entry && entry.trim() === entry && entry !== ''
      : typeof entry === 'number',
  );
}

const visible = { keepLineBreaks: true };

/** A field may be called `constructor`: what every object has is nobody's value. */
function ownValue(within: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(within, name) ? within[name] : undefined;
}

/** JSON over lines, with whatever would not be seen as it is written as an escape. */
function plainJson(value: Json): string {
  return JSON.stringify(value, undefined, 2).replaceAll(/[^\n\x20-\x7e]/gu, (character) =>
    makeVisible(character) === character
      ? character
      : [...Array(character.length).keys()]
          .map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`)
          .join(''),
  );
}

function sameText(typed: string, shown: string): boolean {
  const bare = (text: string): string => text.replaceAll('\r\n', '\n').trim();
  return bare(typed) === bare(shown);
}

function tryJson(text: string): Json | undefined {
  try {
    return parseStrictJson(text);
  } catch {
    return undefined;
  }
}

/** A JSON pointer (RFC 6901). */
function idOf(path: readonly string[]): string {
  return path.map((name) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function pathOf(id: string): readonly string[] {
  return id
    .split('/')
    .slice(1)
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function withValue(within: JsonObject, path: readonly string[], value: Json | undefined): JsonObject {
  const [name, ...rest] = path;
  if (name === undefined) return within;
  const inner = ownValue(within, name);
  const next = rest.length === 0 ? value : withValue(isJsonObject(inner) ? inner : {}, rest, value);
  const others = Object.entries(within).filter(([key]) => key !== name);
  return Object.fromEntries(next === undefined ? others : [...others, [name, next]]);
}
