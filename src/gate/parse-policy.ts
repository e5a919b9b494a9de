/**
 * `policy.yaml` → a policy. Every mistake in the file is reported at once, with line, key and fix.
 *
 * Fails closed: nothing that could be read in two ways is read at all. `policy.schema.json` says the same about
 * the file's shape for editors; this parser is what decides.
 */
import { effectClasses } from '../tools/tool.ts';
import type { Mistakes, Spot, YamlValue } from '../core/yaml-file.ts';
import {
  createMistakes,
  quote,
  readBoolean,
  readEntries,
  readKnown,
  readOneOf,
  readYaml,
} from '../core/yaml-file.ts';
import type { People } from '../people/person.ts';
import { createLocalTime } from './condition-functions.ts';
import { createConditionCompiler } from './conditions.ts';
import { readBudgets, readPrices } from './parse-budget-lines.ts';
import type { LineReader } from './parse-line.ts';
import { checkTwo, exclusionsOf, sharedKeys } from './parse-line.ts';
import { readRules } from './parse-rule-lines.ts';
import { readTools } from './parse-tool-lines.ts';
import type { PolicyData, PolicyDefault, ServerLine } from './policy-data.ts';
import { readAsk, readDuration, readNotify } from './policy-fields.ts';
import type { Policy } from './policy.ts';
import { serverTrusts, verdicts } from './policy.ts';
import { createPolicy } from './resolve-policy.ts';

export interface ParsePolicyOptions {
  /** When given, approvers and requesters that it does not know are mistakes. */
  readonly people?: People;
  /** The zone of `time` in conditions; UTC when absent. */
  readonly timeZone?: string;
}

const serverName = /^[A-Za-z0-9_.-]{1,128}$/u;
/** Throws `policy.invalid` with all mistakes. */
export function parsePolicy(text: string, file: string, options: ParsePolicyOptions = {}): Policy {
  const mistakes = createMistakes(file);
  const reader: LineReader = { mistakes, people: options.people, compile: createConditionCompiler() };
  const root = readYaml(text, mistakes);
  const sections =
    root === undefined
      ? undefined
      : readKnown(root, ['version', 'default', 'tools', 'rules', 'servers', 'budgets', 'prices'], mistakes);
  if (root !== undefined && sections !== undefined) checkVersion(root, sections.version, mistakes);
  const fallback = readDefault(sections?.default, reader);
  const tools = readTools(sections?.tools, fallback, reader);
  const rules = readRules(sections?.rules, fallback, reader);
  const servers = readServers(sections?.servers, mistakes);
  const budgets = readBudgets(sections?.budgets, options.people, mistakes);
  const prices = sections?.prices === undefined ? undefined : readPrices(sections.prices, mistakes);
  const localTime = findLocalTime(options.timeZone ?? 'UTC', mistakes);
  mistakes.throwIfAny('policy.invalid');
  const data: PolicyData = {
    file,
    fallback,
    tools,
    rules,
    servers,
    ...(budgets !== undefined && { budgets }),
    ...(prices !== undefined && { prices }),
  };
  return createPolicy(data, localTime ?? createLocalTime('UTC'));
}

function findLocalTime(timeZone: string, mistakes: Mistakes): ReturnType<typeof createLocalTime> | undefined {
  try {
    return createLocalTime(timeZone);
  } catch {
    mistakes.add(
      { line: 1, path: 'TZ_NAME' },
      `there is no time zone ${quote(timeZone)}`,
      'write one like Europe/Berlin',
    );
    return undefined;
  }
}

/** An hour and four hours after the question. */
const defaultReminders: readonly number[] = [3_600_000, 4 * 3_600_000];

function checkVersion(root: Spot, value: YamlValue | undefined, mistakes: Mistakes): void {
  if (value === undefined)
    mistakes.add({ line: root.line, path: 'version' }, 'is missing', 'write «version: 1» at the top');
  else if (value.kind !== 'scalar' || value.value !== 1)
    mistakes.add(value, 'is not a version that this program reads', 'write «version: 1»');
}

function readDefault(value: YamlValue | undefined, reader: LineReader): PolicyDefault {
  const { mistakes, people } = reader;
  const keys = value === undefined ? {} : (readKnown(value, [...sharedKeys, 'effect'], mistakes) ?? {});
  const verdict =
    keys.verdict === undefined ? 'ask' : (readOneOf(keys.verdict, verdicts, 'a verdict', mistakes) ?? 'deny');
  if (verdict === 'allow' && keys.verdict !== undefined) {
    mistakes.add(
      keys.verdict,
      'would allow tools that nobody has named',
      'write ask, and name the tools to allow below «tools»',
    );
  }
  if (keys.effect !== undefined) {
    const effect = readOneOf(keys.effect, effectClasses, 'an effect class', mistakes);
    if (effect !== undefined && effect !== 'opaque') {
      mistakes.add(
        keys.effect,
        `cannot be ${effect}: a tool that nobody has named is never safe to repeat`,
        'write opaque, and give the class on the tool',
      );
    }
  }
  const ask = readAsk(keys, people, mistakes);
  if (keys.stages !== undefined)
    mistakes.add(
      keys.stages,
      'cannot be inherited by lines that name their own approvers',
      'write the stages on the tool or the rule that needs them',
    );
  checkTwo(keys.quorum, verdict, ask, mistakes);
  const requirement = {
    rule: 'default',
    approvers: ask.approvers ?? ['approver'],
    quorum: verdict === 'ask_two' ? Math.max(2, ask.quorum ?? 2) : (ask.quorum ?? 1),
    ...exclusionsOf(ask, { excludeRequester: true }),
    ...(ask.escalate !== undefined && { escalate: ask.escalate }),
  };
  return {
    line: value?.line ?? 1,
    verdict: verdict === 'allow' ? 'deny' : verdict,
    requirement,
    expiresInMs:
      (keys.expiresIn === undefined ? undefined : readDuration(keys.expiresIn, mistakes)) ?? 86_400_000,
    notify: (keys.notify === undefined ? undefined : readNotify(keys.notify, people, mistakes)) ?? 'thread',
    remindersMs: ask.reminders ?? defaultReminders,
  };
}

function readServers(section: YamlValue | undefined, mistakes: Mistakes): readonly ServerLine[] {
  const entries = section === undefined ? [] : (readEntries(section, mistakes) ?? []);
  return entries.flatMap((entry) => {
    if (!serverName.test(entry.key))
      mistakes.add(entry, `${quote(entry.key)} is not a server's name`, 'use the name from mcp.json');
    const keys = readKnown(entry.value, ['reviewed', 'trust'], mistakes);
    if (keys === undefined) return [];
    const trust =
      keys.trust === undefined ? 'untrusted' : readOneOf(keys.trust, serverTrusts, 'a trust', mistakes);
    const isReviewed = keys.reviewed === undefined ? false : (readBoolean(keys.reviewed, mistakes) ?? false);
    return [{ name: entry.key, isReviewed, trust: trust ?? 'untrusted' }];
  });
}
