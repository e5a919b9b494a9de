/** Drills as written: calls that ought to be denied, put to approvers now and then. */
import type { JsonObject } from '../core/json.ts';
import { quote, readEntries, readKnown, readText, toJson } from '../core/yaml-file.ts';
import type { Mistakes, Spot, YamlEntry, YamlValue } from '../core/yaml-file.ts';

export interface WrittenDrill {
  readonly spot: Spot;
  readonly name: string;
  /** Plain wording or five cron fields; absent: only when an operator starts it. */
  readonly when?: string;
  readonly zone?: string;
  readonly tool: string;
  readonly args: JsonObject;
  readonly channel: string;
  /** The person in whose name it asks. */
  readonly as: string;
  readonly said: string;
  readonly why: string;
  readonly claim?: string;
  /** What its status card is called like. */
  readonly workflow: string;
}

const needed = ['tool', 'channel', 'as', 'said', 'why'] as const;
const keys = [...needed, 'arguments', 'when', 'zone', 'claim', 'workflow'] as const;

export function readDrills(section: YamlValue, mistakes: Mistakes): readonly WrittenDrill[] {
  return (readEntries(section, mistakes) ?? []).flatMap((entry) => readDrill(entry, mistakes) ?? []);
}

function readDrill(entry: YamlEntry, mistakes: Mistakes): WrittenDrill | undefined {
  if (!/^[a-z][a-z0-9-]{0,39}$/u.test(entry.key))
    mistakes.add(entry, 'is not a name for a drill', 'use 1 to 40 of a-z, 0-9 and -');
  const fields = readKnown(entry.value, keys, mistakes);
  if (fields === undefined) return undefined;
  const texts = new Map<string, string>();
  for (const key of [...needed, 'when', 'zone', 'claim', 'workflow'] as const) {
    const value = fields[key];
    const text = value === undefined ? undefined : readText(value, mistakes);
    if (text !== undefined) texts.set(key, text);
  }
  const missing = needed.filter((key) => fields[key] === undefined);
  for (const key of missing) mistakes.add(entry, `has no «${key}»`, `add «${key}:»`);
  const [tool, channel, as, said, why] = needed.map((key) => texts.get(key));
  if (tool !== undefined && !/^[^/\s]+\/[^/\s*]+$/u.test(tool))
    mistakes.add(
      fields.tool ?? entry,
      `${quote(tool)} is not the name of one tool`,
      'write it as server/tool',
    );
  if (
    tool === undefined ||
    channel === undefined ||
    as === undefined ||
    said === undefined ||
    why === undefined
  )
    return undefined;
  const written = fields.arguments === undefined ? [] : (readEntries(fields.arguments, mistakes) ?? []);
  const optional = Object.fromEntries(
    (['when', 'zone', 'claim'] as const).flatMap((key) => {
      const text = texts.get(key);
      return text === undefined ? [] : [[key, text]];
    }),
  );
  const { line, path } = entry;
  return {
    ...{ spot: { line, path }, name: entry.key, tool, channel, as, said, why },
    args: Object.fromEntries(written.map(({ key, value }) => [key, toJson(value)])),
    workflow: texts.get('workflow') ?? 'assistant',
    ...optional,
  };
}
