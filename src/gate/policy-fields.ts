/** The kinds of value that a policy file is made of: tool patterns, durations, who decides, where a card goes. */
import type { Mistakes, Spot, YamlValue } from '../core/yaml-file.ts';
import {
  quote,
  readKnown,
  readList,
  readText,
  readTexts,
  readWholeNumber,
  readBoolean,
  findNearest,
} from '../core/yaml-file.ts';
import type { People } from '../people/person.ts';
import type { Requirement } from './policy.ts';

const toolName = /^[A-Za-z0-9_.-]{1,128}\/[A-Za-z0-9_.-]{1,128}$/u;
const toolPattern = /^(?:\*|[A-Za-z0-9_.-]{1,128}\/[A-Za-z0-9_.-]{0,128}\*)$/u;
const approverName = /^[a-z0-9_-]{1,40}$/u;
const destination = /^[A-Za-z0-9_.:/#-]{1,80}$/u;
const units = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const shortestMs = units.m;
const longestMs = 30 * units.d;

/** Who decides, as written on one line; what is missing comes from the default. */
export interface WrittenAsk {
  readonly approvers?: readonly string[];
  readonly quorum?: number;
  /** One after the other, each person in one of them. */
  readonly stages?: readonly WrittenStage[];
  /** After how long whom else; in the order of the times. */
  readonly escalate?: NonNullable<Requirement['escalate']>;
  readonly reminders?: readonly number[];
  readonly excludeRequester?: boolean;
  readonly excludeSteerers?: boolean;
  readonly excludeEditor?: boolean;
}

export interface WrittenStage {
  readonly approvers?: readonly string[];
  readonly quorum?: number;
}

const mostStages = 5;
const mostSteps = 5;
const mostReminders = 5;
const mostPlaces = 5;
const excludeKeys = ['excludeRequester', 'excludeSteerers', 'excludeEditor'] as const;
export const askKeys = ['approvers', 'quorum', 'stages', 'escalate', 'reminders', ...excludeKeys] as const;

/** True for a whole tool name without `*`. */
export function isToolName(text: string): boolean {
  return toolName.test(text);
}

/** Checks `server/tool`, `server/*`, `server/get_*` or `*`. */
export function checkToolPattern(spot: Spot, text: string, mistakes: Mistakes): boolean {
  if (toolName.test(text) || toolPattern.test(text)) return true;
  const fix = text.includes('*')
    ? '«*» stands at the end only, after a whole server name: billing/*'
    : 'write server/tool, for example billing/refund';
  mistakes.add(spot, `${quote(text)} is not a tool's name`, fix);
  return false;
}

/** `15m`, `24h`, `7d` in milliseconds. */
export function readDuration(value: YamlValue, mistakes: Mistakes): number | undefined {
  const text = readText(value, mistakes);
  if (text === undefined) return undefined;
  const [, count, unit] = /^([0-9]{1,6})(s|m|h|d)$/u.exec(text) ?? [];
  if (count === undefined || (unit !== 's' && unit !== 'm' && unit !== 'h' && unit !== 'd')) {
    mistakes.add(
      value,
      `${quote(text)} is not a duration`,
      'write a whole number and s, m, h or d, for example 24h',
    );
    return undefined;
  }
  const ms = Number(count) * units[unit];
  if (ms >= shortestMs && ms <= longestMs) return ms;
  mistakes.add(value, `${quote(text)} is out of range`, 'write a duration from 1m to 30d');
  return undefined;
}

/**
 * Where a card goes beside its thread: `thread`, `dm`, a channel, or `@` and a person or role; one or several. Kept as
 * one text with spaces between.
 */
export function readNotify(
  value: YamlValue,
  people: People | undefined,
  mistakes: Mistakes,
): string | undefined {
  if (value.kind !== 'list') return readPlace(value, people, mistakes);
  const places = value.entries.flatMap((entry) => readPlace(entry, people, mistakes) ?? []);
  if (value.entries.length === 0 || value.entries.length > mostPlaces) {
    mistakes.add(
      value,
      `names ${String(value.entries.length)} places`,
      `name 1 to ${String(mostPlaces)}, for instance [thread, "@ben"]`,
    );
    return undefined;
  }
  return places.length === value.entries.length ? [...new Set(places)].toSorted().join(' ') : undefined;
}

function readPlace(value: YamlValue, people: People | undefined, mistakes: Mistakes): string | undefined {
  const text = readText(value, mistakes);
  if (text === undefined) return undefined;
  if (text.startsWith('@')) {
    const name = text.slice(1);
    return isNameKnown(value, name, people, mistakes) ? text : undefined;
  }
  if (destination.test(text)) return text.replace(/^#/u, '');
  mistakes.add(
    value,
    `${quote(text)} is not a place for a card`,
    'write thread, dm, "@" and a person or role, or a channel such as slack:T01/C01',
  );
  return undefined;
}

export function readAsk(
  keys: Partial<Record<(typeof askKeys)[number], YamlValue>>,
  people: People | undefined,
  mistakes: Mistakes,
): WrittenAsk {
  const approvers =
    keys.approvers === undefined ? undefined : readApprovers(keys.approvers, people, mistakes);
  const quorum = keys.quorum === undefined ? undefined : readQuorum(keys.quorum, mistakes);
  const stages = keys.stages === undefined ? undefined : readStages(keys.stages, people, mistakes);
  if (keys.stages !== undefined) {
    for (const name of ['approvers', 'quorum'] as const) {
      const value = keys[name];
      if (value !== undefined)
        mistakes.add(
          value,
          'contradicts stages, which have their own',
          'write it inside the stages, or remove the stages',
        );
    }
  }
  const excluding = excludeKeys.flatMap((name) => {
    const value = keys[name];
    const read = value === undefined ? undefined : readBoolean(value, mistakes);
    return read === undefined ? [] : [[name, read] as const];
  });
  return {
    ...(approvers === undefined ? {} : { approvers }),
    ...(quorum === undefined ? {} : { quorum }),
    ...(stages === undefined ? {} : { stages }),
    ...(keys.escalate === undefined ? {} : { escalate: readLadder(keys.escalate, people, mistakes) }),
    ...(keys.reminders === undefined ? {} : { reminders: readReminders(keys.reminders, mistakes) }),
    ...Object.fromEntries(excluding),
  };
}

function readQuorum(value: YamlValue, mistakes: Mistakes): number | undefined {
  return readWholeNumber(value, { min: 1, max: 20 }, mistakes);
}

/** `stages: [{ approvers: [finance] }, { approvers: [security], quorum: 2 }]`, asked in this order. */
function readStages(
  value: YamlValue,
  people: People | undefined,
  mistakes: Mistakes,
): readonly WrittenStage[] | undefined {
  const entries = readList(value, mistakes);
  if (entries === undefined) return undefined;
  if (entries.length < 2 || entries.length > mostStages)
    mistakes.add(
      value,
      `has ${entries.length === 1 ? 'one stage' : `${String(entries.length)} stages`}`,
      `write 2 to ${String(mostStages)} stages, or «approvers:» alone when all are asked at once`,
    );
  return entries.map((entry) => {
    const keys = readKnown(entry, ['approvers', 'quorum'] as const, mistakes) ?? {};
    if (keys.approvers === undefined)
      mistakes.add(entry, 'names nobody', 'add «approvers: [finance]» to the stage');
    const approvers =
      keys.approvers === undefined ? undefined : readApprovers(keys.approvers, people, mistakes);
    const quorum = keys.quorum === undefined ? undefined : readQuorum(keys.quorum, mistakes);
    return {
      ...(approvers === undefined ? {} : { approvers }),
      ...(quorum === undefined ? {} : { quorum }),
    };
  });
}

/** `escalate: [{ after: 2h, to: [operator] }]`: who may decide as well when nobody has by then. */
function readLadder(
  value: YamlValue,
  people: People | undefined,
  mistakes: Mistakes,
): NonNullable<WrittenAsk['escalate']> {
  const entries = readList(value, mistakes) ?? [];
  if (entries.length === 0 || entries.length > mostSteps)
    mistakes.add(
      value,
      `has ${String(entries.length)} steps`,
      `write 1 to ${String(mostSteps)}, for example «[{ after: 2h, to: [operator] }]»`,
    );
  const steps = entries.flatMap((entry) => {
    const keys = readKnown(entry, ['after', 'to'] as const, mistakes) ?? {};
    if (keys.after === undefined) mistakes.add(entry, 'does not say when', 'add «after: 2h»');
    if (keys.to === undefined) mistakes.add(entry, 'names nobody', 'add «to: [operator]»');
    const afterMs = keys.after === undefined ? undefined : readDuration(keys.after, mistakes);
    const to = keys.to === undefined ? undefined : readApprovers(keys.to, people, mistakes);
    return afterMs === undefined || to === undefined ? [] : [{ afterMs, to }];
  });
  return steps.toSorted((a, b) => a.afterMs - b.afterMs);
}

/** `reminders: [1h, 4h]`; an empty list reminds nobody. */
function readReminders(value: YamlValue, mistakes: Mistakes): readonly number[] {
  const entries = readList(value, mistakes) ?? [];
  if (entries.length > mostReminders)
    mistakes.add(value, `has ${String(entries.length)} reminders`, `write at most ${String(mostReminders)}`);
  const times = entries.flatMap((entry) => readDuration(entry, mistakes) ?? []);
  return [...new Set(times)].toSorted((a, b) => a - b);
}

function readApprovers(
  value: YamlValue,
  people: People | undefined,
  mistakes: Mistakes,
): readonly string[] | undefined {
  const names = readNames(value, people, mistakes);
  if (names?.length === 0) {
    mistakes.add(
      value,
      'asks nobody, so nothing could ever be approved',
      'name a role or a person, or write verdict: deny',
    );
  }
  return names;
}

/** A list of role names and person ids, sorted, because their order means nothing. */
export function readNames(
  value: YamlValue,
  people: People | undefined,
  mistakes: Mistakes,
): readonly string[] | undefined {
  const texts = readTexts(value, mistakes);
  if (texts === undefined) return undefined;
  const names = new Set<string>();
  for (const { text, ...spot } of texts) {
    if (names.has(text)) mistakes.add(spot, `${quote(text)} is listed twice`, 'keep one of them');
    else isNameKnown(spot, text, people, mistakes);
    names.add(text);
  }
  return [...names].toSorted();
}

function isNameKnown(spot: Spot, text: string, people: People | undefined, mistakes: Mistakes): boolean {
  if (!approverName.test(text)) {
    mistakes.add(
      spot,
      `${quote(text)} is not the id of a person or role`,
      'use the id from people.yaml: a-z, 0-9, _ and -',
    );
    return false;
  }
  if (people === undefined || people.findPerson(text) !== undefined || people.findRole(text) !== undefined)
    return true;
  const known = [...people.roles.map((role) => role.name), ...people.persons.map((person) => person.id)];
  const near = findNearest(text, known);
  mistakes.add(
    spot,
    `there is no person or role ${quote(text)}`,
    near === undefined ? 'name one from people.yaml, or add it there' : `did you mean ${near}`,
  );
  return false;
}

/** Channel names as their surface has them; `#` in front is let go. */
export function readChannelNames(value: YamlValue, mistakes: Mistakes): readonly string[] | undefined {
  const texts = readTexts(value, mistakes);
  if (texts?.length === 0)
    mistakes.add(
      value,
      'names no channel, so nobody could ever use the tool',
      'name a channel, or write verdict: deny',
    );
  return texts?.map(({ text }) => text.replace(/^#/u, '')).toSorted();
}
