/** `knowledge.yaml`: channels whose messages become knowledge. Every mistake is told at once, with line, key and fix. */
import { asChannelId } from '../core/ids.ts';
import type { ChannelId } from '../core/ids.ts';
import { createMistakes, quote, readKnown, readOnlySection, readText } from '../core/yaml-file.ts';
import type { Mistakes, YamlEntry, YamlValue } from '../core/yaml-file.ts';

export interface Listened {
  readonly channel: ChannelId;
  /** So many days of what was said before are read; undefined means all of it. */
  readonly days?: number;
  /** An operator vouches for what people say there. */
  readonly isTrusted: boolean;
}

/** Throws one `config.invalid` with all mistakes. */
export function parseLearning(text: string, file: string): readonly Listened[] {
  const mistakes = createMistakes(file);
  const listened = readOnlySection(text, 'channels', 'a channel', mistakes).flatMap(
    (entry) => readListened(entry, mistakes) ?? [],
  );
  mistakes.throwIfAny('config.invalid');
  return listened;
}

function readListened(entry: YamlEntry, mistakes: Mistakes): Listened | undefined {
  const isChannel = /^(slack|discord):[^\s/]+\/[^\s/]+$/u.test(entry.key);
  if (!isChannel)
    mistakes.add(
      entry,
      `${quote(entry.key)} is no channel of Slack or Discord`,
      'write it like slack:T01/C02 or discord:1001/2002',
    );
  const keys = readKnown(entry.value, ['back', 'trust'], mistakes);
  if (keys === undefined || !isChannel) return undefined;
  const days = keys.back === undefined ? undefined : readDays(keys.back, mistakes);
  return {
    channel: asChannelId(entry.key),
    isTrusted: keys.trust !== undefined && readFlag(keys.trust, mistakes),
    ...(days !== undefined && days !== 'all' && { days }),
  };
}

function readDays(value: YamlValue, mistakes: Mistakes): number | 'all' | undefined {
  const text = readText(value, mistakes);
  if (text === undefined || text === 'all') return text;
  const days = /^(\d{1,5})d$/u.exec(text)?.[1];
  if (days !== undefined) return Number(days);
  mistakes.add(value, `${quote(text)} is no length of time`, 'write «90d», or «all»');
  return undefined;
}

function readFlag(value: YamlValue, mistakes: Mistakes): boolean {
  if (value.kind === 'scalar' && typeof value.value === 'boolean') return value.value;
  mistakes.add(value, 'must be true or false', 'write «trust: true» to vouch for what people say there');
  return false;
}
