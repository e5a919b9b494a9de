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
  /** It reads, and yet what it is given goes out. */
  readonly isOutbound?: boolean;
  /** Why, for the operator who edits the line. */
  readonly because: readonly string[];
}

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

const readWords = words(
  'count describe explain fetch find get head info inspect list lookup look peek preview query read recent retrieve search show stat stats status summarize view whoami',
);
/** Those that are verbs and nothing else: what follows them is what is read. */
const readVerbs = words('count describe fetch find get list lookup read retrieve search');
/** Verbs of change, whatever stands before them. */
const writeWords = words(
  'ack acknowledge add append apply approve archive assign attach cancel checkout clear click close connect convert create dedupe delegate deploy disable dismiss drag edit enable enqueue ensure execute exec finalize forward generate insert install invoke join kick kill leave manage mark modify move mute navigate notify press promote publish put react reassign register reject rename replace reset resolve respond restart restore resume revert rotate save send sign snooze stop submit subscribe suspend swap toggle touch unarchive unassign undo uninstall unlink unlock unmark unpin unstar unsubscribe update upgrade upload upsert write',
);
const graveWords = words(
  'bill buy capture chargeback delete destroy disburse drop erase impersonate pay purge remove revoke sell settle terminate truncate uninvite void wipe withdraw',
);
/** Verbs of change that also name what is read: «get issue», «list payment methods». */
const changeNouns = words(
  'book change comment commit copy draft email export file fork import issue label link lock log merge message note open order patch pin post pull push queue release reply report request review run schedule set share star start switch sync tag task trigger type watch',
);
const graveNouns = words(
  'charge credit debit deposit escrow grant invite payment payout payroll permission purchase refund salary subscription trade transfer wire',
);
/** After one of these stands a verb of its own: «get or create», «fetch and forget». */
const joints = words('and or then plus else');
const codeArguments =
  /^(sql|soql|statement|script|code|command|cmd|shell|expression|pipeline|aggregation|mutation|graphql|cypher)$/iu;
/** Languages in which a «query» can be more than a search. */
const languages = /\b(sql|graphql|cypher|sparql|gremlin|kql|promql|javascript|python)\b/iu;
const addressArguments = /^(url|uri|endpoint|host|hostname|webhook|callback|connection_?string|base_?url)/iu;
const targetArguments =
  /^((out(put)?|dest(ination)?|save|download|local|target)_?(to|path|file|file_?name|dir|directory|folder))$/iu;
/** An argument with which even a read changes something: `delete_after`, `mark_as_read`, `createIfMissing`. */
const sideVerbs = words(
  'archive create delete destroy execute mark notify overwrite purge remove send write',
);
const keyArguments = /^(idempotency_?key|request_?id|client_?request_?id|dedupe_?key)$/iu;
/** What goes out into the world, even when it only reads. */
const outwardWords = words('web internet online news');

/** Proposes one line for each tool, in the order given. */
export function proposePolicy(tools: readonly Tool[]): readonly ProposedLine[] {
  return tools.map(proposeLine);
}

function proposeLine(tool: Tool): ProposedLine {
  const name = wordsOf(tool.ownName);
  const properties = propertiesOf(tool.inputSchema);
  const doubts = doubtsOf(tool);
  const isNamedRead = namedRead(name);
  const because = [sayName(name, isNamedRead), ...doubts];

  if (isNamedRead !== undefined && doubts.length === 0) {
    const isOutbound = tool.annotations.openWorldHint === true || name.some((word) => outwardWords.has(word));
    if (!isOutbound) return { tool: tool.name, effect: 'read', verdict: 'allow', because };
    const outward =
      'what it is asked for leaves this machine, so a run that has read untrusted text asks first';
    return { tool: tool.name, effect: 'read', verdict: 'allow', isOutbound, because: [...because, outward] };
  }
  const key = Object.keys(properties).find((one) => keyArguments.test(one) && isText(properties[one]));
  if (key !== undefined) because.push(`takes an idempotency key in «${key}»; check that the server keeps it`);
  return {
    tool: tool.name,
    effect: key === undefined ? 'opaque' : 'keyed',
    verdict: isNamedRead === undefined && name.some(isGrave) ? 'ask_two' : 'ask',
    because,
    title: titleOf(tool, name, properties, key),
    ...(key === undefined ? {} : { key }),
  };
}

/** The word that says it reads; undefined when any word may say that it changes something. */
function namedRead(name: readonly string[]): string | undefined {
  if (name.some((word) => writeWords.has(word) || graveWords.has(word) || joints.has(word))) return undefined;
  const noun = name.findIndex((word) => changeNouns.has(word) || isGrave(word));
  if (noun === -1) return name.find((word) => readWords.has(word));
  return name.slice(0, noun).find((word) => readVerbs.has(word));
}

function isGrave(word: string): boolean {
  return [word, word.replace(/s$/u, '')].some((one) => graveWords.has(one) || graveNouns.has(one));
}

function sayName(name: readonly string[], read: string | undefined): string {
  if (read !== undefined) return `named as a read («${read}»)`;
  const change = name.find(isGrave) ?? name.find((word) => writeWords.has(word) || changeNouns.has(word));
  return change === undefined
    ? 'its name does not say that it only reads'
    : `named as a change («${change}»)`;
}

/** Why it might do more than its name says. Hints and descriptions are the server's own words: they only raise. */
function doubtsOf({ ownName, description, inputSchema, annotations }: Tool): readonly string[] {
  const doubts: string[] = [];
  const fields = fieldsOf(inputSchema);
  const names = fields.map(([name]) => name);
  const code = names.find((name) => codeArguments.test(name));
  if (code !== undefined) doubts.push(`takes code in «${code}»`);
  const query = fields.find(
    ([name, schema]) =>
      /^(query|q|filter|where)$/iu.test(name) &&
      languages.test(`${wordsOf(ownName).join(' ')} ${description} ${textIn(schema)}`),
  );
  if (query !== undefined && code === undefined) doubts.push(`takes code in «${query[0]}»`);
  const address = names.find((name) => addressArguments.test(wordsOf(name).join('_')));
  if (address !== undefined) doubts.push(`reaches an address the caller names in «${address}»`);
  const target = names.find((name) => targetArguments.test(wordsOf(name).join('_')));
  if (target !== undefined) doubts.push(`writes to a place the caller names in «${target}»`);
  const side = names.find((name) => sideVerbs.has(wordsOf(name)[0] ?? ''));
  if (side !== undefined) doubts.push(`may change something by «${side}»`);
  const { readOnlyHint, destructiveHint } = annotations;
  if (readOnlyHint === false) doubts.push('the server says that it changes something');
  if (destructiveHint === true && readOnlyHint !== true)
    doubts.push('the server says that it can destroy something');
  return doubts;
}

function propertiesOf(schema: JsonObject): JsonObject {
  return isJsonObject(schema['properties']) ? schema['properties'] : {};
}

const deepest = 6;

/** All named fields of the input, those within others too. */
function fieldsOf(schema: unknown, depth = 0): readonly (readonly [string, unknown])[] {
  if (depth > deepest) return [];
  if (Array.isArray(schema)) return schema.flatMap((part) => fieldsOf(part, depth + 1));
  if (!isJsonObject(schema)) return [];
  const own = Object.entries(propertiesOf(schema));
  const inner = Object.entries(schema).flatMap(([keyword, part]) =>
    keyword === 'properties' || typeof part !== 'object' ? [] : fieldsOf(part, depth + 1),
  );
  return [...own, ...own.flatMap(([, part]) => fieldsOf(part, depth + 1)), ...inner];
}

function textIn(schema: unknown): string {
  return isJsonObject(schema) && typeof schema['description'] === 'string' ? schema['description'] : '';
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
/** Too long for a title, or nobody else's business in one. */
const untold =
  /(^|_)(content|contents|body|text|message|html|markdown|description|comment|note|notes|data|code|sql|query|script|command|prompt|password|secret|token|credential|credentials|api_key)$/u;
/** As long as a title may be. */
const longestTitle = 200;

/** `Refund: invoice {invoice}, amount {amount}` from the name and up to three required plain arguments. */
function titleOf(
  tool: Tool,
  name: readonly string[],
  properties: JsonObject,
  key: string | undefined,
): string {
  const required: readonly unknown[] = Array.isArray(tool.inputSchema['required'])
    ? tool.inputSchema['required']
    : [];
  const shown = Object.entries(properties)
    .filter(
      ([argument, schema]) =>
        argument !== key &&
        /^[A-Za-z_]\w{0,39}$/u.test(argument) &&
        required.includes(argument) &&
        isJsonObject(schema) &&
        scalarTypes.has(schema['type']) &&
        !untold.test(wordsOf(argument).join('_')),
    )
    .slice(0, 3)
    .map(([argument]) => `${argument.replaceAll('_', ' ')} {${argument}}`);
  // «hubspot/hubspot-create-note» need not say it twice.
  const told = name.length > 1 && name[0] === tool.server ? name.slice(1) : name;
  const heading = capital(told.join(' ').slice(0, 60).trimEnd());
  while (shown.length > 0) {
    const title = `${heading}: ${shown.join(', ')}`;
    if (title.length <= longestTitle) return title;
    shown.pop();
  }
  return heading;
}

/** The proposal as lines for the `tools` section of `policy.yaml`, each with its reasons as a comment. */
export function renderProposal(lines: readonly ProposedLine[]): string {
  return ['tools:', ...lines.flatMap(renderLine)].join('\n') + '\n';
}

function renderLine({
  tool,
  effect,
  verdict,
  key,
  title,
  isOutbound,
  because,
}: ProposedLine): readonly string[] {
  const fields = [
    `effect: ${effect}`,
    ...(key === undefined ? [] : [`key: ${JSON.stringify(key)}`]),
    `verdict: ${verdict}`,
    ...(isOutbound === true ? ['outbound: true'] : []),
    ...(title === undefined ? [] : [`title: ${JSON.stringify(title)}`]),
  ];
  // Argument names come from the server: nothing in them may end the comment's line.
  const reasons = because.join('; ').replace(/[^\x20-\x7e«»]/gu, '?');
  return [`  # ${reasons}`, `  ${tool}: { ${fields.join(', ')} }`];
}
