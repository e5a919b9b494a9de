/**
 * `triggers.yaml`: in which channels a message or a reaction starts a workflow without anybody calling the bot. Every
 * mistake is told at once, with line, key and fix.
 */
import type { Watched } from '../chat/adapter.ts';
import { asChannelId } from '../core/ids.ts';
import { createMistakes, quote, readKnown, readList, readOnlySection, readText } from '../core/yaml-file.ts';
import type { Mistakes, YamlValue } from '../core/yaml-file.ts';
import type { Workflow } from '../workflow-kit.ts';
import { createPattern } from './pattern.ts';

export interface Trigger extends Watched {
  readonly workflow: string;
}

export interface TriggersSource {
  /** The file's name, for errors. */
  readonly file: string;
  readonly workflows: readonly Pick<Workflow, 'name' | 'start'>[];
}

/** Throws one `config.invalid` with all mistakes. */
export function parseTriggers(text: string, { file, workflows }: TriggersSource): readonly Trigger[] {
  const mistakes = createMistakes(file);
  const startable = workflows.filter(({ start }) => start.trigger !== undefined).map(({ name }) => name);
  const triggers = readOnlySection(text, 'triggers', 'a workflow', mistakes).flatMap((entry) => {
    if (!startable.includes(entry.key)) {
      const fix =
        startable.length === 0 ? 'give a workflow «start.trigger» first' : `use ${startable.join(' or ')}`;
      mistakes.add(entry, `no workflow ${quote(entry.key)} starts by what is said in a channel`, fix);
    }
    const places = readList(entry.value, mistakes) ?? [];
    return places.flatMap((place) => readTrigger(place, entry.key, mistakes) ?? []);
  });
  mistakes.throwIfAny('config.invalid');
  return triggers;
}

function readTrigger(place: YamlValue, workflow: string, mistakes: Mistakes): Trigger | undefined {
  const keys = readKnown(place, ['channel', 'message', 'reaction'], mistakes);
  if (keys === undefined) return undefined;
  const { channel: channelAt, message: messageAt, reaction: reactionAt } = keys;
  if (channelAt === undefined)
    mistakes.add(place, 'has no channel', 'add «channel: slack:T01/C02» or «discord:<server>/<channel>»');
  if ((messageAt === undefined) === (reactionAt === undefined))
    mistakes.add(
      place,
      'needs either a message or a reaction',
      'add «message: "sev1 *"», or «reaction: rotating_light»',
    );
  const channel = channelAt === undefined ? undefined : readText(channelAt, mistakes);
  if (
    channelAt !== undefined &&
    channel !== undefined &&
    !/^(slack|discord):[^\s/]+\/[^\s/]+$/u.test(channel)
  )
    mistakes.add(
      channelAt,
      `${quote(channel)} is no channel of Slack or Discord`,
      'write it like slack:T01/C02 or discord:1001/2002',
    );
  const message = messageAt === undefined ? undefined : readText(messageAt, mistakes);
  const pattern = message === undefined ? undefined : createPattern(message);
  if (messageAt !== undefined && message !== undefined && pattern === undefined)
    mistakes.add(messageAt, 'would match every message', 'name a word that must stand there: "sev1 *"');
  const reaction = reactionAt === undefined ? undefined : readText(reactionAt, mistakes)?.replaceAll(':', '');
  if (channel === undefined) return undefined;
  if (reaction !== undefined) return { workflow, channel: asChannelId(channel), reaction };
  return pattern === undefined ? undefined : { workflow, channel: asChannelId(channel), matches: pattern };
}
