/** The `rules` section of a policy: conditions, and what each decides when it holds or fails. */
import type { Mistakes, Spot, YamlValue } from '../core/yaml-file.ts';
import { quote, readKnown, readList, readOneOf, readText } from '../core/yaml-file.ts';
import type { Condition } from './conditions.ts';
import type { LineReader } from './parse-line.ts';
import { checkAsks, checkTwo, requirementsOf, sharedKeys, withoutAbsent } from './parse-line.ts';
import type { PolicyDefault, RuleLine } from './policy-data.ts';
import { checkToolPattern, readAsk, readDuration, readNotify } from './policy-fields.ts';
import { verdicts } from './policy.ts';

const ruleId = /^[a-z0-9][a-z0-9_-]{0,63}$/u;
/** What counts in answers besides rules, so no rule may be called that. */
const reservedRuleIds = ['default', 'server-not-reviewed', 'tool-new', 'tainted', 'not-named'] as const;

export function readRules(
  section: YamlValue | undefined,
  fallback: PolicyDefault,
  reader: LineReader,
): readonly RuleLine[] {
  const entries = section === undefined ? [] : (readList(section, reader.mistakes) ?? []);
  const firstLines = new Map<string, number>();
  return entries.flatMap((entry) => readRule(entry, firstLines, fallback, reader) ?? []);
}

function readRule(
  value: YamlValue,
  firstLines: Map<string, number>,
  fallback: PolicyDefault,
  reader: LineReader,
): RuleLine | undefined {
  const { mistakes, people } = reader;
  const keys = readKnown(value, [...sharedKeys, 'id', 'tool', 'when'], mistakes);
  if (keys === undefined) return undefined;
  const need = (key: 'id' | 'tool' | 'verdict', example: string): string | undefined => {
    const found = keys[key];
    if (found !== undefined) return readText(found, mistakes);
    mistakes.add(
      { line: value.line, path: `${value.path}.${key}` },
      'is missing',
      `add «${key}: ${example}»`,
    );
    return undefined;
  };
  const id = need('id', 'large-refund');
  if (id !== undefined && keys.id !== undefined) checkRuleId(keys.id, id, firstLines, mistakes);
  const pattern = need('tool', 'billing/refund');
  if (pattern !== undefined && keys.tool !== undefined) checkToolPattern(keys.tool, pattern, mistakes);
  if (keys.verdict === undefined) need('verdict', 'ask');
  const verdict =
    keys.verdict === undefined ? undefined : readOneOf(keys.verdict, verdicts, 'a verdict', mistakes);
  if (verdict === 'allow' && pattern === '*' && keys.tool !== undefined) {
    mistakes.add(keys.tool, 'would allow tools that nobody has named', 'name the server: billing/*');
  }
  const ask = readAsk(keys, people, mistakes);
  checkAsks(keys, verdict ?? 'ask', mistakes);
  checkTwo(keys.quorum, verdict, ask, mistakes);
  const condition = keys.when === undefined ? undefined : readCondition(keys.when, reader);
  const notify = keys.notify === undefined ? undefined : readNotify(keys.notify, people, mistakes);
  const expiresInMs = keys.expiresIn === undefined ? undefined : readDuration(keys.expiresIn, mistakes);
  if (id === undefined || pattern === undefined || verdict === undefined) return undefined;
  return {
    id,
    line: value.line,
    pattern,
    verdict,
    requirements: requirementsOf(id, verdict, ask, fallback),
    expiresInMs: expiresInMs ?? fallback.expiresInMs,
    ...withoutAbsent({ condition, notify, remindersMs: ask.reminders }),
  };
}

function checkRuleId(spot: Spot, id: string, firstLines: Map<string, number>, mistakes: Mistakes): void {
  const first = firstLines.get(id);
  if (!ruleId.test(id))
    mistakes.add(spot, `${quote(id)} is not a rule's id`, 'use 1 to 64 of a-z, 0-9, _ and -');
  else if (reservedRuleIds.some((reserved) => reserved === id))
    mistakes.add(spot, `${quote(id)} is a reserved word`, 'choose another id');
  else if (first !== undefined)
    mistakes.add(
      spot,
      `${quote(id)} is the id of another rule, in line ${String(first)}`,
      'give each rule an id of its own',
    );
  firstLines.set(id, first ?? spot.line);
}

function readCondition(value: YamlValue, reader: LineReader): Condition | undefined {
  const text = readText(value, reader.mistakes);
  if (text === undefined) return undefined;
  const compiled = reader.compile(text);
  if (compiled.kind === 'compiled') return compiled.condition;
  reader.mistakes.add(value, compiled.problem, compiled.fix);
  return undefined;
}
