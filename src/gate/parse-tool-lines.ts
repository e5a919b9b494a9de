/** The `tools` section of a policy: what each tool is, and what is decided about it without any condition. */
import { effectClasses } from '../tools/tool.ts';
import type { Mistakes, Spot, YamlEntry, YamlValue } from '../core/yaml-file.ts';
import {
  findNearest,
  quote,
  readBoolean,
  readEntries,
  readKnown,
  readOneOf,
  readText,
} from '../core/yaml-file.ts';
import type { LineReader } from './parse-line.ts';
import { checkAsks, checkTwo, requirementsOf, sharedKeys, withoutAbsent } from './parse-line.ts';
import type { PolicyDefault, ToolLine } from './policy-data.ts';
import { findToolLine } from './policy-data.ts';
import {
  checkToolPattern,
  isToolName,
  readAsk,
  readChannelNames,
  readDuration,
  readNames,
  readNotify,
} from './policy-fields.ts';
import type { Variations } from './grant-terms.ts';
import { serverTrusts, verdicts } from './policy.ts';
import type { PreviewSource, Verdict } from './policy.ts';
import { findTemplateMistake } from './title-template.ts';

const argumentName = /^[A-Za-z0-9_.-]{1,64}$/u;
const toolKeys = [
  ...sharedKeys,
  'effect',
  'title',
  'preview',
  'key',
  'probe',
  'outbound',
  'requesters',
  'channels',
  'grants',
  'trust',
] as const;

export function readTools(
  section: YamlValue | undefined,
  fallback: PolicyDefault,
  reader: LineReader,
): readonly ToolLine[] {
  const { mistakes } = reader;
  const entries = section === undefined ? [] : (readEntries(section, mistakes) ?? []);
  const tools: ToolLine[] = [];
  const twins: { readonly spot: Spot; readonly name: string; readonly what: string }[] = [];
  for (const entry of entries) {
    checkToolPattern(entry, entry.key, mistakes);
    const keys = readKnown(entry.value, toolKeys, mistakes);
    if (keys === undefined) continue;
    tools.push(readTool(entry, keys, fallback, reader));
    for (const what of ['preview', 'probe'] as const) {
      const value = keys[what] === undefined ? undefined : twinName(keys[what]);
      if (value?.kind === 'scalar' && typeof value.value === 'string')
        twins.push({ spot: value, name: value.value, what });
    }
  }
  for (const { spot, name, what } of twins) {
    const line = findToolLine(tools, name);
    if (isToolName(name) && line?.effect === 'read') continue;
    const near = findNearest(
      name,
      tools.filter((tool) => tool.effect === 'read').map((tool) => tool.pattern),
    );
    const problem =
      line === undefined ? `${quote(name)} is not named below «tools»` : `${quote(name)} is not a read tool`;
    mistakes.add(
      spot,
      `${problem}, and a ${what} must be one`,
      near === undefined ? `add «${name}: { effect: read }» below tools` : `did you mean ${near}`,
    );
  }
  return tools;
}

type ToolKeys = Partial<Record<(typeof toolKeys)[number], YamlValue>>;

function readTool(entry: YamlEntry, keys: ToolKeys, fallback: PolicyDefault, reader: LineReader): ToolLine {
  const { mistakes, people } = reader;
  const effect =
    keys.effect === undefined
      ? 'opaque'
      : (readOneOf(keys.effect, effectClasses, 'an effect class', mistakes) ?? 'opaque');
  const written =
    keys.verdict === undefined ? undefined : readOneOf(keys.verdict, verdicts, 'a verdict', mistakes);
  const isUnreadable = keys.verdict !== undefined && written === undefined;
  const verdict = isUnreadable ? 'deny' : written;
  const ask = readAsk(keys, people, mistakes);
  // What the rest of the line would mean is known once its verdict is.
  if (!isUnreadable) checkAsks(keys, verdict, mistakes);
  checkTwo(keys.quorum, verdict, ask, mistakes);
  if (verdict === 'allow' && entry.key === '*') {
    mistakes.add(entry, 'would allow tools that nobody has named', 'name the server: billing/*');
  }
  // A probeable tool may take the key as well: then its probe looks for this very call.
  checkTwin(
    entry,
    {
      effect: effect === 'probeable' && keys.key !== undefined ? 'keyed' : effect,
      of: 'keyed',
      name: 'key',
      value: keys.key,
      fix: 'add «key:» with the argument that takes the key',
    },
    mistakes,
  );
  checkTwin(
    entry,
    {
      effect,
      of: 'probeable',
      name: 'probe',
      value: keys.probe,
      fix: 'add «probe:» with the read tool that tells whether it happened',
    },
    mistakes,
  );
  const title = keys.title === undefined ? undefined : readText(keys.title, mistakes);
  const titleMistake = title === undefined ? undefined : findTemplateMistake(title);
  if (keys.title !== undefined && titleMistake !== undefined) {
    mistakes.add(
      keys.title,
      titleMistake,
      'write arguments in braces, for example "Refund {amount} on invoice {invoice}"',
    );
  }
  const key = keys.key === undefined ? undefined : readText(keys.key, mistakes);
  if (keys.key !== undefined && key !== undefined && !argumentName.test(key)) {
    mistakes.add(
      keys.key,
      `${quote(key)} is not an argument's name`,
      'write the argument, for example idempotency_key',
    );
  }
  const given = {
    verdict,
    remindersMs: ask.reminders,
    notify: keys.notify === undefined ? undefined : readNotify(keys.notify, people, mistakes),
    title,
    key,
    preview: keys.preview === undefined ? undefined : readPreviewSource(keys.preview, mistakes),
    probe: keys.probe === undefined ? undefined : readText(keys.probe, mistakes),
    trust: keys.trust === undefined ? undefined : readOneOf(keys.trust, serverTrusts, 'a trust', mistakes),
    requesters: keys.requesters === undefined ? undefined : readNames(keys.requesters, people, mistakes),
    grants: keys.grants === undefined ? undefined : readGrants(keys.grants, verdict, mistakes),
    channels: keys.channels === undefined ? undefined : readChannelNames(keys.channels, mistakes),
  };
  if (keys.requesters !== undefined && given.requesters?.length === 0) {
    mistakes.add(
      keys.requesters,
      'names nobody, so nobody could ever use the tool',
      'name a role or a person, or write verdict: deny',
    );
  }
  return {
    pattern: entry.key,
    line: entry.line,
    effect,
    expiresInMs:
      (keys.expiresIn === undefined ? undefined : readDuration(keys.expiresIn, mistakes)) ??
      fallback.expiresInMs,
    isOutbound: keys.outbound === undefined ? false : (readBoolean(keys.outbound, mistakes) ?? true),
    requirements:
      verdict === 'ask' || verdict === 'ask_two' ? requirementsOf(entry.key, verdict, ask, fallback) : [],
    ...withoutAbsent(given),
  };
}

/** The name of a tool, or a map with the name and where its record and the new values are. */
function readPreviewSource(value: YamlValue, mistakes: Mistakes): PreviewSource | undefined {
  if (value.kind !== 'map') {
    const tool = readText(value, mistakes);
    return tool === undefined ? undefined : { tool };
  }
  const keys = readKnown(value, ['tool', 'sets', 'record'], mistakes);
  if (keys === undefined) return undefined;
  if (keys.tool === undefined || keys.sets === undefined) {
    mistakes.add(
      value,
      'does not say what it reads and what is set',
      'write { tool: crm/get_customer, record: customer, sets: changes }, or the name of a tool alone',
    );
    return undefined;
  }
  const tool = readText(keys.tool, mistakes);
  const sets = readText(keys.sets, mistakes);
  const record = keys.record === undefined ? undefined : readText(keys.record, mistakes);
  for (const [spot, name] of [[keys.sets, sets] as const, [keys.record, record] as const]) {
    if (spot !== undefined && name !== undefined && !argumentName.test(name))
      mistakes.add(spot, `${quote(name)} is not a field's name`, 'write one name, for example changes');
  }
  if (tool === undefined || sets === undefined) return undefined;
  return { tool, sets, ...(record !== undefined && { record }) };
}

function twinName(value: YamlValue): YamlValue | undefined {
  return value.kind === 'map' ? value.entries.find(({ key }) => key === 'tool')?.value : value;
}

/** By argument: the largest number that a grant may allow, or `any`. */
function readGrants(
  value: YamlValue,
  verdict: Verdict | undefined,
  mistakes: Mistakes,
): Variations | undefined {
  if (verdict !== 'ask')
    mistakes.add(value, 'has no effect unless the line asks', 'add «verdict: ask», or remove it');
  const variations: Record<string, number | 'any'> = {};
  for (const entry of readEntries(value, mistakes) ?? []) {
    if (!argumentName.test(entry.key))
      mistakes.add(
        entry,
        `${quote(entry.key)} is not an argument's name`,
        'write the argument, for example amount',
      );
    const { value: written } = entry;
    const free = written.kind === 'scalar' ? written.value : undefined;
    const isLimit = typeof free === 'number' && Number.isFinite(free) && free >= 0;
    if (free === 'any' || isLimit) variations[entry.key] = free;
    else
      mistakes.add(
        written,
        'is not how far an argument may differ',
        'write the largest number that a grant may allow, or any',
      );
  }
  return variations;
}

/** `keyed` goes with `key`, `probeable` with `probe`: one without the other is a mistake. */
function checkTwin(
  entry: YamlEntry,
  twin: {
    readonly effect: string;
    readonly of: string;
    readonly name: string;
    readonly value: YamlValue | undefined;
    readonly fix: string;
  },
  mistakes: Mistakes,
): void {
  if (twin.effect === twin.of && twin.value === undefined) {
    mistakes.add(entry, `is ${twin.of} but has no ${twin.name}`, twin.fix);
  } else if (twin.effect !== twin.of && twin.value !== undefined) {
    mistakes.add(
      twin.value,
      `is for ${twin.of} tools, but this one is ${twin.effect}`,
      `write «effect: ${twin.of}», or remove it`,
    );
  }
}
