/**
 * Runs the cases of `countersign policy test`: calls with the verdict that the policy must give.
 *
 * ```yaml
 * - { name: small refunds ask finance, tool: billing/refund, args: { amount: 20 }, as: ana, channel: finance,
 *     expect: { verdict: ask, rules: [billing/refund] } }
 * ```
 * Expected `rules` are those that must have counted; others may count too. `stages: [finance, security]` are who is
 * asked in stages, in their order. A mistake in the file is thrown as
 * `policy.invalid`; a verdict that differs is a result.
 */
import type { JsonObject } from '../core/json.ts';
import { isJsonObject } from '../core/json.ts';
import type { Mistakes, YamlValue } from '../core/yaml-file.ts';
import {
  createMistakes,
  quote,
  readBoolean,
  readEntries,
  readKnown,
  readList,
  readOneOf,
  readText,
  readTexts,
  readYaml,
  toJson,
} from '../core/yaml-file.ts';
import type { People } from '../people/person.ts';
import { checkToolPattern } from './policy-fields.ts';
import type { Policy, PolicyQuestion, Verdict } from './policy.ts';
import { verdicts } from './policy.ts';

export interface PolicyCaseResult {
  readonly name: string;
  readonly line: number;
  /** What differs; empty when the case holds. */
  readonly problems: readonly string[];
}

interface PolicyCase {
  readonly name: string;
  readonly line: number;
  readonly question: PolicyQuestion;
  readonly verdict: Verdict;
  readonly rules: readonly string[];
  /** Who is asked in stages, in their order; not looked at when absent. */
  readonly stages?: readonly string[];
}

const caseKeys = [
  'name',
  'tool',
  'args',
  'as',
  'channel',
  'workflow',
  'tainted',
  'reviewed',
  'at',
  'expect',
] as const;

export function runPolicyCases(
  text: string,
  file: string,
  context: { readonly policy: Policy; readonly people: People },
): readonly PolicyCaseResult[] {
  const mistakes = createMistakes(file);
  const root = readYaml(text, mistakes);
  const cases = (root === undefined ? [] : (readList(root, mistakes) ?? [])).flatMap(
    (value, index) => readCase(value, index, context, mistakes) ?? [],
  );
  mistakes.throwIfAny('policy.invalid');
  return cases.map((found) => {
    const answer = context.policy.resolve(found.question);
    const problems: string[] = [];
    if (answer.verdict !== found.verdict) {
      const because = answer.matched.map(({ id, verdict }) => `${id} says ${verdict}`).join(', ');
      problems.push(`expected ${found.verdict}, but it is ${answer.verdict}: ${because}`);
    }
    const missing = found.rules.filter((id) => answer.matched.every((matched) => matched.id !== id));
    for (const id of missing) problems.push(`expected ${id} to count, but it did not`);
    if (found.stages !== undefined) {
      const stages = answer.requirements
        .filter(({ stage }) => stage !== undefined)
        .map(({ approvers }) => approvers.join(' or '));
      if (stages.join(', ') !== found.stages.join(', '))
        problems.push(
          `expected the stages ${found.stages.join(', ')}, but they are ${stages.join(', ') || 'none'}`,
        );
    }
    return { name: found.name, line: found.line, problems };
  });
}

/** One line per case and a last line with the count. */
export function describePolicyCases(file: string, results: readonly PolicyCaseResult[]): string {
  const lines = results.map(({ name, line, problems }) =>
    problems.length === 0
      ? `ok    ${name}`
      : `WRONG ${name} (${file}:${String(line)})\n      ${problems.join('\n      ')}`,
  );
  const wrong = results.filter(({ problems }) => problems.length > 0).length;
  return [...lines, `${String(results.length - wrong)} of ${String(results.length)} cases hold`].join('\n');
}

function readCase(
  value: YamlValue,
  index: number,
  context: { readonly policy: Policy; readonly people: People },
  mistakes: Mistakes,
): PolicyCase | undefined {
  const keys = readKnown(value, caseKeys, mistakes);
  if (keys === undefined) return undefined;
  const tool = keys.tool === undefined ? undefined : readText(keys.tool, mistakes);
  if (keys.tool === undefined) mistakes.add(value, 'has no tool', 'add «tool: server/tool»');
  else if (tool !== undefined) checkToolPattern(keys.tool, tool, mistakes);
  if (keys.expect === undefined) mistakes.add(value, 'expects nothing', 'add «expect: { verdict: ask }»');
  const expect =
    keys.expect === undefined ? undefined : readKnown(keys.expect, ['verdict', 'rules', 'stages'], mistakes);
  const verdict =
    expect?.verdict === undefined ? undefined : readOneOf(expect.verdict, verdicts, 'a verdict', mistakes);
  if (expect !== undefined && expect.verdict === undefined)
    mistakes.add(keys.expect ?? value, 'has no verdict', 'add «verdict: ask»');
  const rules = expect?.rules === undefined ? [] : (readTexts(expect.rules, mistakes) ?? []);
  const stages = expect?.stages === undefined ? undefined : readTexts(expect.stages, mistakes);
  const person = readPersonOf(keys.as, context.people, mistakes);
  const at = keys.at === undefined ? undefined : readMoment(keys.at, mistakes);
  const args = keys.args === undefined ? {} : readJsonObject(keys.args, mistakes);
  if (tool === undefined || verdict === undefined || args === undefined) return undefined;
  return {
    name:
      (keys.name === undefined ? undefined : readText(keys.name, mistakes)) ??
      `case ${String(index + 1)}: ${tool}`,
    line: value.line,
    verdict,
    rules: rules.map((rule) => rule.text),
    ...(stages === undefined ? {} : { stages: stages.map((stage) => stage.text) }),
    question: {
      tool,
      args,
      actor: person,
      channel: (keys.channel === undefined ? undefined : readText(keys.channel, mistakes)) ?? 'general',
      workflow: (keys.workflow === undefined ? undefined : readText(keys.workflow, mistakes)) ?? 'assistant',
      isTainted: keys.tainted === undefined ? false : (readBoolean(keys.tainted, mistakes) ?? true),
      isServerReviewed:
        keys.reviewed === undefined
          ? context.policy.reviewedServers.has(tool.slice(0, tool.indexOf('/')))
          : (readBoolean(keys.reviewed, mistakes) ?? false),
      budget: { usdSpent: 0, calls: 0 },
      ...(at === undefined ? {} : { at }),
    },
  };
}

function readPersonOf(
  value: YamlValue | undefined,
  people: People,
  mistakes: Mistakes,
): PolicyQuestion['actor'] {
  const id = value === undefined ? undefined : readText(value, mistakes);
  if (value === undefined || id === undefined) return { id: 'nobody', roles: [] };
  const person = people.findPerson(id);
  if (person === undefined)
    mistakes.add(value, `there is no person ${quote(id)}`, 'name an id from people.yaml');
  return { id, roles: person?.roles ?? [] };
}

function readMoment(value: YamlValue, mistakes: Mistakes): Date | undefined {
  const text = readText(value, mistakes);
  if (text === undefined) return undefined;
  const ms = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2})$/u.test(text)
    ? Date.parse(text)
    : Number.NaN;
  if (Number.isFinite(ms)) return new Date(ms);
  mistakes.add(
    value,
    `${quote(text)} is not a moment`,
    'write it in quotes with its zone: "2026-11-23T09:30:00Z"',
  );
  return undefined;
}

function readJsonObject(value: YamlValue, mistakes: Mistakes): JsonObject | undefined {
  if (readEntries(value, mistakes) === undefined) return undefined;
  const json = toJson(value);
  return isJsonObject(json) ? json : undefined;
}
