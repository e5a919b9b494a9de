/** `schedules.yaml` → what starts by itself. Every mistake is reported at once, with line, key and fix. */
import type { Json } from '../core/json.ts';
import type { Mistakes, Spot, YamlEntry } from '../core/yaml-file.ts';
import {
  createMistakes,
  readEntries,
  readKnown,
  readOneOf,
  readText,
  readYaml,
  toJson,
} from '../core/yaml-file.ts';
import { missedRules } from './store.ts';
import type { MissedRule } from './store.ts';

/** One entry as written; what it names is checked by whoever knows workflows and channels. */
export interface WrittenSchedule {
  readonly spot: Spot;
  readonly name: string;
  readonly when: string;
  readonly workflow: string;
  readonly channel: string;
  readonly zone?: string;
  readonly missed?: MissedRule;
  readonly text?: string;
  readonly input: { readonly [name: string]: Json };
}

const keys = ['when', 'workflow', 'channel', 'zone', 'missed', 'text', 'input'] as const;

export function parseSchedules(
  text: string,
  file: string,
): { readonly schedules: readonly WrittenSchedule[]; readonly mistakes: Mistakes } {
  const mistakes = createMistakes(file);
  const root = readYaml(text, mistakes);
  const sections = root === undefined ? undefined : readKnown(root, ['schedules'], mistakes);
  const entries = sections?.schedules === undefined ? [] : readEntries(sections.schedules, mistakes);
  return { schedules: (entries ?? []).flatMap((entry) => readSchedule(entry, mistakes)), mistakes };
}

function readSchedule(entry: YamlEntry, mistakes: Mistakes): readonly WrittenSchedule[] {
  if (!/^[a-z][a-z0-9-]{0,39}$/u.test(entry.key))
    mistakes.add(entry, 'is not a name for a schedule', 'use 1 to 40 of a-z, 0-9 and -');
  const fields = readKnown(entry.value, keys, mistakes);
  if (fields === undefined) return [];
  const needed = (['when', 'workflow', 'channel'] as const).map((key) => {
    const value = fields[key];
    if (value === undefined) mistakes.add(entry, `has no «${key}»`, `add «${key}:»`);
    return value === undefined ? undefined : readText(value, mistakes);
  });
  const [when, workflow, channel] = needed;
  if (when === undefined || workflow === undefined || channel === undefined) return [];
  const zone = fields.zone === undefined ? undefined : readText(fields.zone, mistakes);
  const told = fields.text === undefined ? undefined : readText(fields.text, mistakes);
  const missed =
    fields.missed === undefined
      ? undefined
      : readOneOf(fields.missed, missedRules, 'a rule for missed moments', mistakes);
  const written = fields.input === undefined ? [] : (readEntries(fields.input, mistakes) ?? []);
  const { line, path } = entry;
  return [
    {
      ...{ spot: { line, path }, name: entry.key, when, workflow, channel },
      ...(zone !== undefined && { zone }),
      ...(missed !== undefined && { missed }),
      ...(told !== undefined && { text: told }),
      input: Object.fromEntries(written.map(({ key, value }) => [key, toJson(value)])),
    },
  ];
}
