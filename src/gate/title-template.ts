/**
 * Titles of approval cards: the policy's template over the frozen arguments, never a word of the model.
 *
 * A title that cannot be shown whole and true (a missing argument, too long) gives way to plain `server/tool`.
 */
import { canonicalJson } from '../core/canonical-json.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { isJsonObject } from '../core/json.ts';
import { makeVisible } from '../core/visible-text.ts';

const longestTitle = 200;
const placeholder = /\{([^{}]*)\}/gu;
const fieldName = /^[A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*$/u;

/** What is wrong with a template, or undefined. */
export function findTemplateMistake(template: string): string | undefined {
  const rest = template.replaceAll(placeholder, '');
  if (rest.includes('{') || rest.includes('}')) return 'has a brace without its partner';
  for (const [, name = ''] of template.matchAll(placeholder)) {
    if (!fieldName.test(name)) return `{${name}} is not an argument's name`;
  }
  if (template.length > longestTitle) return `is longer than ${String(longestTitle)} characters`;
  return makeVisible(template) === template
    ? undefined
    : 'has characters that cannot be seen, or spaces at its ends';
}

/** «Refund {amount} on invoice {invoice}» → «Refund 120 on invoice 1042». */
export function renderTitle(template: string | undefined, tool: string, args: JsonObject): string {
  if (template === undefined) return tool;
  const values = new Map<string, string>();
  for (const [, name = ''] of template.matchAll(placeholder)) {
    const value = findField(args, name);
    if (value === undefined || value === null) return tool;
    values.set(name, showValue(value));
  }
  const title = template.replaceAll(placeholder, (_whole, name: string) => values.get(name) ?? '');
  return title.length <= longestTitle ? title : tool;
}

function showValue(value: Json): string {
  if (value === '') return '⟨empty⟩';
  return makeVisible(typeof value === 'string' ? value : canonicalJson(value));
}

function findField(args: JsonObject, path: string): Json | undefined {
  let value: Json | undefined = args;
  for (const name of path.split('.')) {
    if (!isJsonObject(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}
