/**
 * A first proposal for `policy.yaml` from what a server lists: effect class, verdict and title of each tool.
 *
 * Names and schemas decide; the server's hints may only raise. A proposal is for an operator to edit: nothing here
 * takes effect by itself. What is not plainly a read is asked about.
 */
import { capital } from '../core/capital.ts';
import { isJsonObject } from '../core/json.ts';
import type { JsonObject } from '../core/json.ts';
import type { EffectClass, Tool } from './tool.ts';

export interface ProposedLine {
  /** `server/tool`. */
  readonly tool: string;
  readonly effect: EffectClass;
  readonly verdict: 'allow' | 'ask' | 'ask_two';
  /** The argument that takes our idempotency key, for `keyed`. */
  readonly key?: string;
  readonly title?: string;
  /** Why, for the operator who edits the line. */
  readonly because: readonly string[];
}

const readWords = new Set(
  'count describe explain fetch find get head info inspect list lookup look peek preview query read recent retrieve search show stat stats status summarize view whoami'.split(
    ' ',
  ),
);
const writeWords = new Set(
  'add append apply approve archive assign book cancel change clear close commit connect copy create deploy disable edit enable execute exec export file generate import insert invoke issue kill lock merge modify move patch post publish push put queue register rename reply reset restart resolve restore revert rotate run save schedule send set start stop submit subscribe sync trigger unlock update upload upsert write'.split(
    ' ',
  ),
);
const graveWords = new Set(
  'charge credit debit delete destroy drop erase grant invite impersonate pay payment payout purge refund remove revoke terminate transfer truncate wipe withdraw wire'.split(
    ' ',
  ),
);
const codeArguments =
  /^(sql|statement|script|code|command|cmd|shell|expression|pipeline|aggregation|mutation)$/iu;
const addressArguments = /^(url|uri|endpoint|host|webhook|callback)/iu;
const keyArguments = /^(idempotency_?key|request_?id|client_?request_?id|dedupe_?key)$/iu;

/** Proposes one line for each tool, in the order given. */
export function proposePolicy(tools: readonly Tool[]): readonly ProposedLine[] {
  return tools.map(proposeLine);
}

function proposeLine(tool: Tool): ProposedLine {
  const words = wordsOf(tool.ownName);
  const properties = isJsonObject(tool.inputSchema['properties']) ? tool.inputSchema['properties'] : {};
  const names = Object.keys(properties);
  const because: string[] = [];
  const grave = words.find((word) => graveWords.has(word));
  const write = words.find((word) => writeWords.has(word));
  const read = words.find((word) => readWords.has(word));
  const isNamedRead = read !== undefined && grave === undefined && write === undefined;
  if (isNamedRead) because.push(`named as a read («${read}»)`);
  else
    because.push(
      (grave ?? write)
        ? `named as a change («${grave ?? write ?? ''}»)`
        : 'its name does not say that it only reads',
    );

  const doubts: string[] = [];
  const code = names.find((name) => codeArguments.test(name));
  if (code !== undefined) doubts.push(`takes code in «${code}»`);
  const address = names.find((name) => addressArguments.test(name));
  if (address !== undefined) doubts.push(`reaches an address the caller names in «${address}»`);
  const { readOnlyHint, destructiveHint } = tool.annotations;
  if (readOnlyHint === false) doubts.push('the server says that it changes something');
  if (destructiveHint === true && readOnlyHint !== true)
    doubts.push('the server says that it can destroy something');
  because.push(...doubts);

  if (isNamedRead && doubts.length === 0)
    return { tool: tool.name, effect: 'read', verdict: 'allow', because };
  const key = names.find((name) => keyArguments.test(name) && isText(properties[name]));
  if (key !== undefined) because.push(`takes an idempotency key in «${key}»; check that the server keeps it`);
  const title = titleOf(tool, words, properties, key);
  return {
    tool: tool.name,
    effect: key === undefined ? 'opaque' : 'keyed',
    verdict: grave === undefined ? 'ask' : 'ask_two',
    because,
    title,
    ...(key === undefined ? {} : { key }),
  };
}

function wordsOf(name: string): readonly string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/gu, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/u)
    .filter((word) => word !== '');
}

function isText(schema: unknown): boolean {
  return isJsonObject(schema) && schema['type'] === 'string';
}

const scalarTypes: ReadonlySet<unknown> = new Set(['string', 'number', 'integer', 'boolean']);

/** `Refund: invoice {invoice}, amount {amount}` from the name and up to three required plain arguments. */
function titleOf(
  tool: Tool,
  words: readonly string[],
  properties: JsonObject,
  key: string | undefined,
): string {
  const required: readonly unknown[] = Array.isArray(tool.inputSchema['required'])
    ? tool.inputSchema['required']
    : [];
  const shown = Object.entries(properties)
    .filter(
      ([name, schema]) =>
        name !== key &&
        /^\w{1,40}$/u.test(name) &&
        required.includes(name) &&
        isJsonObject(schema) &&
        scalarTypes.has(schema['type']),
    )
    .slice(0, 3)
    .map(([name]) => `${name.replaceAll('_', ' ')} {${name}}`);
  const plain = words.join(' ').slice(0, 60);
  const heading = capital(plain);
  return shown.length === 0 ? heading : `${heading}: ${shown.join(', ')}`;
}

/** The proposal as lines for the `tools` section of `policy.yaml`, each with its reasons as a comment. */
export function renderProposal(lines: readonly ProposedLine[]): string {
  return ['tools:', ...lines.flatMap(renderLine)].join('\n') + '\n';
}

function renderLine({ tool, effect, verdict, key, title, because }: ProposedLine): readonly string[] {
  const fields = [
    `effect: ${effect}`,
    ...(key === undefined ? [] : [`key: ${JSON.stringify(key)}`]),
    `verdict: ${verdict}`,
    ...(title === undefined ? [] : [`title: ${JSON.stringify(title)}`]),
  ];
  // Argument names come from the server: nothing in them may end the comment's line.
  const reasons = because.join('; ').replace(/[^\x20-\x7e«»]/gu, '?');
  return [`  # ${reasons}`, `  ${tool}: { ${fields.join(', ')} }`];
}
