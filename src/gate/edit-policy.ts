/**
 * One change to the text of `policy.yaml`, which keeps the rest of it, order and comments included. Pure.
 *
 * What comes out is parsed like any other file by whoever asked, so a change that would break it is never written.
 */
import { isMap, isScalar, isSeq, parseDocument, stringify } from 'yaml';
import type { Document, YAMLMap, YAMLSeq } from 'yaml';
import { AppError } from '../core/errors.ts';
import { isJsonObject } from '../core/json.ts';
import type { Json } from '../core/json.ts';

/** `target` is a rule's id, the name or pattern of a tool, or `default`. */
export type PolicyChange =
  /** A whole rule, as YAML. */
  | { readonly kind: 'add'; readonly rule: string }
  /** One key of a line; `value` is YAML. */
  | { readonly kind: 'set'; readonly target: string; readonly key: string; readonly value: string }
  /** A line, or one key of it. */
  | { readonly kind: 'remove'; readonly target: string; readonly key?: string };

export interface ChangedPolicy {
  readonly text: string;
  /** What it is about, for people: `rule large-refund`. */
  readonly about: string;
  /** The line as it was and as it would be, as YAML; empty where there is none. */
  readonly before: string;
  readonly after: string;
}

/** Throws `policy.invalid` with a sentence for people when the file has no such line, or the words cannot be read. */
export function changePolicyText(text: string, change: PolicyChange): ChangedPolicy {
  const document = parseDocument(text);
  if (document.errors.length > 0 || !isMap(document.contents))
    throw refuse('The file itself cannot be read. Mend it first: `countersign policy check`.');
  switch (change.kind) {
    case 'add':
      return addRule(document, change.rule);
    case 'set':
      return setKey(document, change.target, change.key, readValue(change.value));
    case 'remove':
      return removeLine(document, change.target, change.key);
    default:
      return change satisfies never;
  }
}

interface Line {
  readonly about: string;
  readonly map: YAMLMap;
  /** Takes the whole line out of the file; absent for the default, which stays. */
  readonly drop?: () => void;
}

function addRule(document: Document, written: string): ChangedPolicy {
  const rule = readValue(written);
  const id = isJsonObject(rule) ? rule['id'] : undefined;
  if (typeof id !== 'string')
    throw refuse(
      'Write the whole rule, like `{ id: large-refund, tool: billing/refund, when: "args.amount > 500", verdict: ask_two }`.',
    );
  if (findRule(document, id) !== undefined)
    throw refuse(`There is a rule ${id} already: change it with \`set ${id} <key> <value>\`, or remove it.`);
  const rules = rulesOf(document) ?? newRules(document);
  const node = document.createNode(rule);
  if (isMap(node)) node.flow = true;
  rules.add(node);
  return { text: textOf(document), about: `rule ${id}`, before: '', after: yamlOf(rule) };
}

function setKey(document: Document, target: string, key: string, value: Json): ChangedPolicy {
  const line = findLine(document, target);
  const before = yamlOf(jsonOf(line.map));
  const node = document.createNode(value);
  if (isMap(node) || isSeq(node)) node.flow = true;
  const old: unknown = line.map.get(key, true);
  // A plain value changes in its place, with the comment beside it.
  if (isScalar(old) && isScalar(node)) old.value = node.value;
  else line.map.set(key, node);
  return { text: textOf(document), about: line.about, before, after: yamlOf(jsonOf(line.map)) };
}

function removeLine(document: Document, target: string, key: string | undefined): ChangedPolicy {
  const line = findLine(document, target);
  const before = yamlOf(jsonOf(line.map));
  if (key !== undefined) {
    if (!line.map.delete(key)) throw refuse(`${line.about} has no «${key}».`);
    return { text: textOf(document), about: line.about, before, after: yamlOf(jsonOf(line.map)) };
  }
  if (line.drop === undefined) throw refuse('The default stays: change it with `set default <key> <value>`.');
  line.drop();
  return { text: textOf(document), about: line.about, before, after: '' };
}

function findLine(document: Document, target: string): Line {
  if (target === 'default') {
    const map: unknown = document.get('default');
    if (isMap(map)) return { about: 'the default', map };
    throw refuse('The file has no «default»; add it there.');
  }
  if (target.includes('/') || target.includes('*')) return findTool(document, target);
  const rule = findRule(document, target);
  if (rule === undefined) throw refuse(`There is no rule ${target}. Add one with \`add <rule>\`.`);
  return {
    about: `rule ${target}`,
    map: rule,
    drop: () => {
      const rules = rulesOf(document);
      if (rules === undefined) return;
      rules.items = rules.items.filter((entry) => entry !== rule);
      // An empty list is written as one; a section that is left with nothing reads as a mistake.
      if (rules.items.length === 0) rules.flow = true;
    },
  };
}

function findTool(document: Document, target: string): Line {
  const tools: unknown = document.get('tools');
  const map: unknown = isMap(tools) ? tools.get(target) : undefined;
  if (isMap(tools) && isMap(map))
    return {
      about: `tool ${target}`,
      map,
      drop: () => {
        tools.delete(target);
        if (tools.items.length === 0) tools.flow = true;
      },
    };
  throw refuse(
    `The file has no line for ${target}. Add a rule for it: \`add { id: …, tool: ${target}, verdict: ask }\`.`,
  );
}

function rulesOf(document: Document): YAMLSeq | undefined {
  const rules: unknown = document.get('rules');
  return isSeq(rules) ? rules : undefined;
}

function newRules(document: Document): YAMLSeq {
  document.set('rules', document.createNode([]));
  const rules = rulesOf(document);
  if (rules === undefined) throw refuse('The section «rules» is no list. Mend it in the file.');
  rules.flow = false;
  return rules;
}

function findRule(document: Document, id: string): YAMLMap | undefined {
  return rulesOf(document)?.items.find((entry): entry is YAMLMap => isMap(entry) && entry.get('id') === id);
}

/** What stands in a message, as YAML: `3`, `[finance]`, `"args.amount > 300"`; anything else is text as it is. */
function readValue(written: string): Json {
  const document = parseDocument(written, { prettyErrors: false });
  if (document.errors.length > 0 || document.contents === null)
    throw refuse(
      `«${written.slice(0, 60)}» cannot be read as YAML. Quote text that has «: », «#», «[» or «{» in it.`,
    );
  // JSON by its schema: the core schema of YAML knows no other types.
  return document.toJS() as Json;
}

function jsonOf(node: YAMLMap): Json {
  // The same: a map of the core schema.
  return node.toJSON() as Json;
}

function yamlOf(value: Json): string {
  return stringify(value, { lineWidth: 0 }).trimEnd();
}

function textOf(document: Document): string {
  return document.toString({ lineWidth: 120 });
}

function refuse(sentence: string): AppError {
  return new AppError('policy.invalid', sentence);
}

/** The lines that go and those that come, with those that stay: `- quorum: 1`, `+ quorum: 2`. */
export function describeLineChange({ before, after }: Pick<ChangedPolicy, 'before' | 'after'>): string {
  const old = before === '' ? [] : before.split('\n');
  const fresh = after === '' ? [] : after.split('\n');
  const lines = [
    ...old.map((line) => `${fresh.includes(line) ? ' ' : '-'} ${line}`),
    ...fresh.filter((line) => !old.includes(line)).map((line) => `+ ${line}`),
  ];
  return lines.join('\n');
}
