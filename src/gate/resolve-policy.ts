/**
 * What a policy answers: the strictest verdict of all lines that count, and everybody who must then agree.
 *
 * Pure and free of order: lines may stand in any order, and where a line decides, adding another can only make
 * the answer stricter. Where none does, the default decides. What is in doubt (a condition that fails, a tool that
 * nobody named, a server that nobody reviewed, a tainted run) is at least asked about.
 */
import { canonicalJson } from '../core/canonical-json.ts';
import { groupBy } from '../core/group-by.ts';
import { sha256 } from '../core/hash.ts';
import type { LocalTime } from './condition-functions.ts';
import type { ConditionInput } from './conditions.ts';
import { prepareInput } from './conditions.ts';
import type { PolicyData, PolicyDefault, RuleLine, ToolLine } from './policy-data.ts';
import { findToolLine, fitsPattern, stricter, strictness } from './policy-data.ts';
import type {
  MatchedRule,
  Policy,
  PolicyAnswer,
  PolicyLine,
  PolicyQuestion,
  Requirement,
  Verdict,
} from './policy.ts';

/** One line that counts for a question, with what it would demand. */
interface Counted {
  readonly shown: MatchedRule;
  readonly requirements?: readonly Requirement[];
  readonly expiresInMs?: number;
  readonly notify?: string;
  readonly remindersMs?: readonly number[];
}

export function createPolicy(data: PolicyData, localTime: (at: Date) => LocalTime): Policy {
  const keys = keyRequirements(data);
  const findRules = indexRules(data.rules.map(prepareRule));
  const exact = new Map(data.tools.map((line) => [line.pattern, line]));
  const toolLine = (tool: string): ToolLine | undefined => exact.get(tool) ?? findToolLine(data.tools, tool);
  const trusted = new Set(
    data.servers.filter((server) => server.trust === 'trusted').map((server) => server.name),
  );
  const reviewedServers = new Set(
    data.servers.filter((server) => server.isReviewed).map((server) => server.name),
  );
  return Object.freeze({
    digest: sha256(canonicalJson(substanceOf(data))),
    file: data.file,
    reviewedServers,
    lines: linesOf(data),
    ...(data.budgets !== undefined && { budgets: data.budgets }),
    prices: data.prices ?? {},
    resolve(question: PolicyQuestion) {
      return answer(question, {
        own: toolLine(question.tool),
        rules: findRules(question.tool),
        fallback: data.fallback,
        isServerVouched: reviewedServers.has(question.tool.slice(0, Math.max(0, question.tool.indexOf('/')))),
        keys,
        localTime,
      });
    },
    effectOf: (tool: string) => toolLine(tool)?.effect ?? 'opaque',
    keyOf: (tool: string) => toolLine(tool)?.key,
    trustOf: ({ name, server }: { readonly name: string; readonly server: string }) =>
      toolLine(name)?.trust ?? (trusted.has(server) ? 'trusted' : 'untrusted'),
  });
}

/** A rule with what it brings when its condition holds: made once, because a call may meet hundreds. */
interface ReadyRule {
  readonly rule: RuleLine;
  readonly counted: Counted;
}

/** What makes two requirements the same, by requirement: reckoned once. */
type RequirementKeys = ReadonlyMap<Requirement, string>;

interface Lines {
  readonly own: ToolLine | undefined;
  readonly rules: readonly ReadyRule[];
  readonly fallback: PolicyDefault;
  /** The file itself vouches for the tool's server. */
  readonly isServerVouched: boolean;
  readonly keys: RequirementKeys;
  readonly localTime: (at: Date) => LocalTime;
}

function answer(question: PolicyQuestion, lines: Lines): PolicyAnswer {
  const { own, fallback } = lines;
  const counted: Counted[] = [...countOwn(question, own), ...countRules(question, lines)];
  if (counted.length === 0) {
    counted.push({
      shown: {
        id: 'default',
        verdict: fallback.verdict,
        because: 'no line decides about this tool',
      },
      requirements: [fallback.requirement],
    });
  }
  const effect = own?.effect ?? 'opaque';
  for (const floor of floorsOf(question, lines, effect)) {
    // A floor lifts an `allow`; where people are asked anyway it has nothing to add.
    const isLifting = counted.every((line) => line.shown.verdict === 'allow');
    counted.push({ shown: floor, ...(isLifting && { requirements: [fallback.requirement] }) });
  }

  const matched = counted.map(({ shown }) => shown);
  const verdict = matched.reduce<Verdict>((strictest, line) => stricter(strictest, line.verdict), 'allow');
  const asking = counted.filter(({ shown }) => shown.verdict === 'ask' || shown.verdict === 'ask_two');
  const isAsking = verdict === 'ask' || verdict === 'ask_two';
  const denying = matched.filter((line) => line.verdict === 'deny').map((line) => line.id);
  const deniedBy = denying.toSorted()[0];
  return {
    verdict,
    effect,
    requirements: isAsking ? distinct(asking, lines.keys) : [],
    matched,
    expiresInMs: expiryOf(asking, own?.expiresInMs ?? fallback.expiresInMs),
    remindersMs: remindersOf(asking) ?? fallback.remindersMs,
    notify: notifyOf(asking) ?? own?.notify ?? fallback.notify,
    ...(own?.title === undefined ? {} : { title: own.title }),
    ...(own?.preview === undefined ? {} : { preview: own.preview }),
    ...(own?.key === undefined ? {} : { key: own.key }),
    ...(own?.probe === undefined ? {} : { probe: own.probe }),
    ...(own?.grants === undefined ? {} : { grants: own.grants }),
    ...(deniedBy === undefined ? {} : { deniedBy }),
  };
}

/** All that the asking lines set; nothing when none of them says anything. */
function remindersOf(asking: readonly Counted[]): readonly number[] | undefined {
  const set = asking.filter(({ remindersMs }) => remindersMs !== undefined);
  if (set.length === 0) return undefined;
  return [...new Set(set.flatMap(({ remindersMs = [] }) => remindersMs))].toSorted((a, b) => a - b);
}

/** The shortest time that an asking line sets. */
function expiryOf(asking: readonly Counted[], otherwise: number): number {
  let shortest: number | undefined;
  for (const { expiresInMs } of asking)
    if (expiresInMs !== undefined && (shortest === undefined || expiresInMs < shortest))
      shortest = expiresInMs;
  return shortest ?? otherwise;
}

function countOwn(question: PolicyQuestion, own: ToolLine | undefined): readonly Counted[] {
  if (own === undefined) return [];
  const counted: Counted[] = [];
  if (own.verdict !== undefined) {
    counted.push({
      shown: { id: own.pattern, verdict: own.verdict, because: 'no condition' },
      expiresInMs: own.expiresInMs,
      requirements: own.requirements,
      ...(own.notify === undefined ? {} : { notify: own.notify }),
      ...(own.remindersMs === undefined ? {} : { remindersMs: own.remindersMs }),
    });
  }
  const { actor, channel } = question;
  if (own.requesters?.some((name) => name === actor.id || actor.roles.includes(name)) === false) {
    const because = `only ${own.requesters.join(', ')} may use it`;
    counted.push({ shown: { id: own.pattern, verdict: 'deny', because, isNarrowing: true } });
  }
  if (own.channels?.includes(channel) === false) {
    const because = `it may only be used in ${own.channels.join(', ')}`;
    counted.push({ shown: { id: own.pattern, verdict: 'deny', because, isNarrowing: true } });
  }
  return counted;
}

function countRules(question: PolicyQuestion, lines: Lines): readonly Counted[] {
  let input: ConditionInput | undefined;
  const counted: Counted[] = [];
  for (const { rule, counted: ready } of lines.rules) {
    if (rule.condition === undefined) {
      counted.push(ready);
      continue;
    }
    input ??= prepareInput(question, question.at === undefined ? undefined : lines.localTime(question.at));
    const result = rule.condition.evaluate(input);
    switch (result.kind) {
      case 'true':
        counted.push(ready);
        break;
      case 'false':
        break;
      case 'error': {
        const because = `its condition failed: ${result.problem}`;
        counted.push(countRule(rule, stricter(rule.verdict, 'ask'), because));
        break;
      }
      default:
        result satisfies never;
    }
  }
  return counted;
}

function prepareRule(rule: RuleLine): ReadyRule {
  const because = rule.condition === undefined ? 'no condition' : 'matched';
  return { rule, counted: countRule(rule, rule.verdict, because) };
}

function countRule(rule: RuleLine, verdict: Verdict, because: string): Counted {
  const { id, requirements, expiresInMs, notify, remindersMs } = rule;
  return {
    shown: Object.freeze({ id, verdict, because }),
    requirements,
    expiresInMs,
    ...(notify === undefined ? {} : { notify }),
    ...(remindersMs === undefined ? {} : { remindersMs }),
  };
}

/** What lifts an `allow` to `ask` whatever the lines say. */
function floorsOf(question: PolicyQuestion, lines: Lines, effect: string): readonly MatchedRule[] {
  const floors: MatchedRule[] = [];
  const isNamed =
    (lines.own !== undefined && lines.own.pattern !== '*') ||
    lines.rules.some(({ rule }) => rule.pattern !== '*');
  if (!isNamed)
    floors.push({ id: 'not-named', verdict: 'ask', because: 'the policy does not name this tool' });
  if (!question.isServerReviewed) {
    floors.push({
      id: 'server-not-reviewed',
      verdict: 'ask',
      because: 'no operator has reviewed this server',
    });
  }
  // Who vouches for a server in the file accepts a later tool there, too: by its whole name.
  const isNamedWhole =
    lines.own?.pattern === question.tool || lines.rules.some(({ rule }) => rule.pattern === question.tool);
  if (question.isNewTool === true && !(lines.isServerVouched && isNamedWhole)) {
    floors.push({
      id: 'tool-new',
      verdict: 'ask',
      because: 'the tool came after its server was reviewed, and no operator has accepted it',
    });
  }
  if (question.isTainted && (effect !== 'read' || lines.own?.isOutbound === true)) {
    floors.push({
      id: 'tainted',
      verdict: 'ask',
      because: 'the run has read content that nobody vouches for',
    });
  }
  return floors;
}

/** Where the strictest line with a wish wants the card; ties go by the line's id, so order does not matter. */
function notifyOf(asking: readonly Counted[]): string | undefined {
  const wishes = asking.filter((line) => line.notify !== undefined);
  return wishes.toSorted(
    ({ shown: left }, { shown: right }) =>
      strictness[right.verdict] - strictness[left.verdict] || (left.id < right.id ? -1 : 1),
  )[0]?.notify;
}

/** Requirements that ask the same of the same people are one; the first id in the alphabet names it. */
function distinct(asking: readonly Counted[], keys: RequirementKeys): readonly Requirement[] {
  const found = new Map<string, Requirement>();
  for (const { requirements = [] } of asking) {
    for (const requirement of requirements) {
      const key = keys.get(requirement) ?? keyOf(requirement);
      const other = found.get(key);
      if (other === undefined || compare(requirement, other) < 0) found.set(key, requirement);
    }
  }
  return [...found.values()].toSorted(compare);
}

function compare(left: Requirement, right: Requirement): number {
  if (left.rule !== right.rule) return left.rule < right.rule ? -1 : 1;
  return (left.stage?.number ?? 0) - (right.stage?.number ?? 0);
}

function keyRequirements({ fallback, tools, rules }: PolicyData): RequirementKeys {
  const all = [fallback.requirement, ...[...tools, ...rules].flatMap(({ requirements }) => requirements)];
  return new Map(all.map((requirement) => [requirement, keyOf(requirement)]));
}

/** Names of approvers hold no spaces, so different requirements never share a key. */
function keyOf(requirement: Requirement): string {
  const { rule, stage, escalate = [], quorum, excludeRequester } = requirement;
  const { excludeSteerers = true, excludeEditor = true } = requirement;
  return [
    // A stage belongs to its rule: only there it has an order.
    stage === undefined ? '' : `${rule}#${String(stage.number)}`,
    canonicalJson(escalate),
    quorum,
    ...[excludeRequester, excludeSteerers, excludeEditor],
    ...requirement.approvers,
  ].join(' ');
}

/** Finds the rules whose pattern fits a tool without looking at each rule. */
function indexRules(rules: readonly ReadyRule[]): (tool: string) => readonly ReadyRule[] {
  const exact = groupBy(
    rules.filter(({ rule }) => !rule.pattern.endsWith('*')),
    ({ rule }) => rule.pattern,
  );
  const open = rules.filter(({ rule }) => rule.pattern.endsWith('*'));
  return (tool) => [
    ...(exact.get(tool) ?? []),
    ...open.filter(({ rule }) => fitsPattern(tool, rule.pattern)),
  ];
}

function linesOf(data: PolicyData): readonly PolicyLine[] {
  const lines: PolicyLine[] = [
    {
      id: 'default',
      kind: 'default',
      line: data.fallback.line,
      tool: '*',
      verdict: data.fallback.verdict,
      requirements: [data.fallback.requirement],
    },
    ...data.tools.map((tool): PolicyLine => ({
      id: tool.pattern,
      kind: 'tool',
      line: tool.line,
      tool: tool.pattern,
      ...(tool.verdict === undefined ? {} : { verdict: tool.verdict }),
      requirements: tool.requirements,
    })),
    ...data.rules.map((rule): PolicyLine => ({
      id: rule.id,
      kind: 'rule',
      line: rule.line,
      tool: rule.pattern,
      verdict: rule.verdict,
      ...(rule.condition === undefined ? {} : { when: rule.condition.text }),
      requirements: rule.verdict === 'ask' || rule.verdict === 'ask_two' ? rule.requirements : [],
    })),
  ];
  return lines.toSorted((left, right) => left.line - right.line);
}

/** What the policy says, without where it stands: lines in the order of their names, no line numbers. */
function substanceOf(data: PolicyData): unknown {
  const bare = ({ line: _line, ...rest }: { readonly line: number }): object => rest;
  return {
    version: 1,
    default: bare(data.fallback),
    tools: data.tools
      .map(bare)
      .map((line) => canonicalJson(line))
      .toSorted(),
    rules: data.rules
      .map(({ condition, ...rule }) => canonicalJson({ ...bare(rule), when: condition?.text ?? null }))
      .toSorted(),
    servers: data.servers.map((server) => canonicalJson(server)).toSorted(),
    ...(data.budgets !== undefined && { budgets: data.budgets }),
    ...(data.prices !== undefined && { prices: data.prices }),
  };
}
