/**
 * `hooks.yaml`: which systems may start which workflow by a webhook, how they prove who they are, where the thread
 * opens and who answers for it. Every mistake is told at once, with line, key and fix.
 */
import { asActorId, channelNamed } from '../../core/ids.ts';
import type { ActorId, ChannelId } from '../../core/ids.ts';
import {
  createMistakes,
  quote,
  readKnown,
  readOneOf,
  readOnlySection,
  readText,
} from '../../core/yaml-file.ts';
import type { Mistakes, YamlEntry, YamlValue } from '../../core/yaml-file.ts';
import type { People } from '../../people/person.ts';
import { createSubstitution } from '../../tools/substitution.ts';
import type { Substitution } from '../../tools/substitution.ts';
import type { Workflow } from '../../workflow-kit.ts';

export const hookSources = ['github', 'alertmanager', 'hmac'] as const;
export type HookSource = (typeof hookSources)[number];

export interface Hook {
  /** The workflow that it starts, and the last part of its address. */
  readonly workflow: string;
  readonly source: HookSource;
  readonly secret: string;
  /** Where the thread opens: `console:ops`. */
  readonly channel: ChannelId;
  /** Who answers for what it starts: the run's requester, who cannot approve it. */
  readonly as: ActorId;
}

export interface HooksSource {
  /** The file's name, for errors. */
  readonly file: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly people: People;
  readonly workflows: readonly Pick<Workflow, 'name' | 'start'>[];
}

const leastSecretCharacters = 16;

/** Throws one `config.invalid` with all mistakes. */
export function parseHooks(text: string, source: HooksSource): readonly Hook[] {
  const mistakes = createMistakes(source.file);
  const entries = readOnlySection(text, 'hooks', 'a workflow', mistakes);
  const fill = createSubstitution(source.env, mistakes);
  const hooks = entries.flatMap((entry) => readHook(entry, source, mistakes, fill) ?? []);
  mistakes.throwIfAny('config.invalid');
  return hooks;
}

function readHook(
  entry: YamlEntry,
  { people, workflows }: HooksSource,
  mistakes: Mistakes,
  fill: Substitution,
): Hook | undefined {
  const startable = workflows.filter(({ start }) => start.webhook !== undefined).map(({ name }) => name);
  if (!startable.includes(entry.key)) {
    const fix =
      startable.length === 0 ? 'give a workflow «start.webhook» first' : `use ${startable.join(' or ')}`;
    mistakes.add(entry, `no workflow ${quote(entry.key)} starts by a webhook`, fix);
  }
  const keys = readKnown(entry.value, ['source', 'secret', 'channel', 'as'], mistakes);
  if (keys === undefined) return undefined;
  const need = (key: 'source' | 'secret' | 'channel' | 'as'): YamlValue | undefined => {
    const value = keys[key];
    if (value === undefined) mistakes.add(entry, `has no ${key}`, `add «${key}:»`);
    return value;
  };
  const [source, secretAt, channelAt, asAt] = [need('source'), need('secret'), need('channel'), need('as')];
  const kind = source === undefined ? undefined : readOneOf(source, hookSources, 'a source', mistakes);
  const written = secretAt === undefined ? undefined : readText(secretAt, mistakes);
  const secret = secretAt === undefined || written === undefined ? undefined : fill.fill(written, secretAt);
  if (secretAt !== undefined && secret !== undefined && secret.length < leastSecretCharacters)
    mistakes.add(
      secretAt,
      `is shorter than ${String(leastSecretCharacters)} characters`,
      'make one with `openssl rand -hex 32`, and name it as ${NAME}',
    );
  const person = asAt === undefined ? undefined : readText(asAt, mistakes);
  if (asAt !== undefined && person !== undefined && people.findPerson(person) === undefined)
    mistakes.add(
      asAt,
      `there is no person ${quote(person)}`,
      'name somebody of people.yaml, who answers for it',
    );
  const place = channelAt === undefined ? undefined : readText(channelAt, mistakes);
  const channel = place === undefined ? undefined : channelNamed(place);
  if (channelAt !== undefined && channel?.startsWith('console:') === true && person !== undefined) {
    const reader = people.findPerson(person);
    if (reader !== undefined && !people.canRead(reader.id, channel))
      mistakes.add(
        channelAt,
        `${quote(person)} cannot read ${quote(channel)}`,
        'name a channel that exists and that the person may read',
      );
  }
  if (kind === undefined || secret === undefined || person === undefined || channel === undefined)
    return undefined;
  return { workflow: entry.key, source: kind, secret, channel, as: asActorId(person) };
}
