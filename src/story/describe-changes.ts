/** What a person changed in the arguments of a call: each place with what stood there and what stands there. Pure. */
import { canonicalJson, parseStrictJson } from '../core/canonical-json.ts';
import type { Json } from '../core/json.ts';
import { jsonChanges } from '../core/json-changes.ts';
import type { JsonChange } from '../core/json-changes.ts';
import { makeVisible } from '../core/visible-text.ts';

/** Both versions are shown in full elsewhere; here a long value is told by its length. */
const shownCharacters = 80;

export function describeChanges(before: string | undefined, after: string | undefined): string {
  if (before === undefined || after === undefined) return '(erased)';
  const changes = jsonChanges(parseStrictJson(before), parseStrictJson(after));
  return changes.length === 0 ? 'nothing' : changes.map(changeText).join(', ');
}

function changeText({ path, before, after }: JsonChange): string {
  const name = path.map((part) => makeVisible(part)).join(' › ');
  if (before === undefined) return `${name} added: ${short(after)}`;
  if (after === undefined) return `${name} removed (was ${short(before)})`;
  return `${name} ${short(before)} → ${short(after)}`;
}

function short(value: Json | undefined): string {
  const text =
    value === undefined ? '' : makeVisible(typeof value === 'string' ? value : canonicalJson(value));
  return text.length > shownCharacters ? `(${String(text.length)} characters)` : text;
}
