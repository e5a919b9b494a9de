/**
 * Changes to the text of `people.yaml` that keep the rest of it, order and comments included. Pure.
 *
 * What comes out is parsed like any other file, so a change that would break it throws `people.invalid` with the
 * mistakes, and is never written.
 */
import { isMap, isSeq, parseDocument } from 'yaml';
import type { Document, YAMLMap } from 'yaml';
import { AppError } from '../core/errors.ts';
import { parsePeople } from './parse-people.ts';

export interface PersonChange {
  readonly id: string;
  /** Needed for somebody who is not in the file yet. */
  readonly name?: string;
  /** Each is added to what is there. */
  readonly roles?: readonly string[];
  readonly slack?: readonly string[];
  readonly discord?: readonly string[];
  readonly tokenSha256?: readonly string[];
}

const lists = ['roles', 'slack', 'discord', 'tokenSha256'] as const;

/** The file with the person added or changed; `undefined` for a file that does not exist yet. */
export function withPerson(text: string | undefined, change: PersonChange, file: string): string {
  const document = parseDocument(text ?? 'people: {}\n');
  if (text !== undefined) parsePeople(text, file);
  const people = mapAt(document, 'people', file);
  // A map that began as `{}` would go on in one line for ever.
  people.flow = false;
  if (!people.has(change.id)) {
    if (change.name === undefined || change.name.trim() === '')
      throw new AppError('people.invalid', `${change.id} is not in ${file}. Fix: give the name too.`);
    people.set(change.id, document.createNode({ name: change.name.trim() }));
  } else if (change.name !== undefined) people.setIn([change.id, 'name'], change.name.trim());
  const person: unknown = people.get(change.id);
  if (!isMap(person)) throw new AppError('people.invalid', `${file}: ${change.id} is no list of keys.`);
  for (const key of lists) {
    const added = change[key] ?? [];
    if (added.length === 0) continue;
    const there: unknown = person.get(key);
    if (!isSeq(there)) person.set(key, inOneLine(document, added));
    else {
      const known = new Set(there.items.map((item) => String(item)));
      for (const entry of added) if (!known.has(entry)) there.add(document.createNode(entry));
    }
  }
  const changed = document.toString({ lineWidth: 120 });
  parsePeople(changed, file);
  return changed;
}

function mapAt(document: Document, key: string, file: string): YAMLMap {
  const found: unknown = document.get(key);
  if (!isMap(found)) throw new AppError('people.invalid', `${file} has no «${key}» section.`);
  return found;
}

function inOneLine(document: Document, entries: readonly string[]): unknown {
  const list = document.createNode([...new Set(entries)]);
  list.flow = true;
  return list;
}
