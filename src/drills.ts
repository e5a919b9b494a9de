/**
 * Drills: at their moments, or when an operator wants one, a seeded call is put to approvers in a thread of its own.
 *
 * Nothing is kept about what was done: the inbox takes a moment's message once, whichever process brings it, and a
 * moment that passed while nothing ran is left out.
 */
import type { Clock } from './core/clock.ts';
import { describeError } from './core/errors.ts';
import { sha256 } from './core/hash.ts';
import { asActorId, channelNamed, newNonce } from './core/ids.ts';
import type { ChannelId, ThreadId } from './core/ids.ts';
import type { Logger } from './core/logger.ts';
import type { GuardrailsFile } from './gate/parse-guardrails.ts';
import { refuseMistakes } from './gate/parse-guardrails.ts';
import type { WrittenDrill } from './gate/parse-drills.ts';
import { mayFreeze } from './gate/freezer.ts';
import type { Policy } from './gate/policy.ts';
import type { People, Person } from './people/person.ts';
import type { Router } from './router.ts';
import { findTimingFault, nextMoment } from './schedule/moments.ts';
import type { Timing } from './schedule/moments.ts';
import { parseWording, wordingExamples } from './schedule/parse-wording.ts';
import type { Workflow } from './workflow-kit.ts';

export interface Drills {
  /** Plants what is due. */
  sweep(): Promise<void>;
  /** As an operator wants it, now; answers what he reads. */
  plant(person: Person, name: string): Promise<string>;
}

export interface DrillsOptions {
  readonly file: GuardrailsFile;
  readonly workflows: readonly Workflow[];
  readonly timeZone: string;
  readonly clock: Clock;
  readonly logger: Logger;
  people(): People;
  policy(): Policy;
  router(): Pick<Router, 'take'>;
  openThread(channel: ChannelId, title: string, marker: string): Promise<ThreadId | undefined>;
}

/** A moment that passed longer ago is left out. */
const lateMs = 10 * 60_000;

/** Throws `config.invalid` with every mistake of the file, each with line, key and fix. */
export function createDrills(options: DrillsOptions): Drills {
  const { clock, logger, file } = options;
  const { drills } = file.guardrails;
  const timings = new Map(drills.map((drill) => [drill.name, checkDrill(drill, options)]));
  refuseMistakes(file.mistakes);
  const startedAt = clock.now().getTime();
  const planted = new Set<string>();

  async function plant(drill: WrittenDrill, occasion: string): Promise<void> {
    const key = `drill:${drill.name}/${occasion}`;
    if (planted.has(key)) return;
    const channel = channelNamed(drill.channel);
    const thread = await options.openThread(channel, drill.said, sha256(key).slice(0, 24));
    const { name, tool, args, why, claim, workflow, said } = drill;
    await options.router().take({
      ...{ key, channel, by: asActorId(drill.as), text: said },
      ...(thread !== undefined && { thread }),
      start: {
        ...{ workflow, input: {} },
        drill: { name, tool, args, why, ...(claim !== undefined && { claim }) },
      },
    });
    planted.add(key);
  }

  return {
    async sweep() {
      const now = clock.now().getTime();
      for (const drill of drills) {
        const timing = timings.get(drill.name);
        if (timing === undefined) continue;
        const due = nextMoment(timing, Math.max(startedAt, now - lateMs) - 1);
        if (due === undefined || due > now) continue;
        try {
          await plant(drill, new Date(due).toISOString());
        } catch (error) {
          logger.warn('drill.not-planted', { drill: drill.name, why: describeError(error) });
        }
      }
    },
    async plant(person, name) {
      if (!mayFreeze(person, options.policy(), options.people()))
        return 'Only operators and approvers can start a drill. Nothing has changed.';
      const drill = drills.find((entry) => entry.name === name);
      if (drills.length === 0)
        return 'There are no drills. They are written in guardrails.yaml: docs/guardrails.md says how.';
      if (drill === undefined)
        return `Say which drill: ${drills.map((entry) => `\`${entry.name}\``).join(', ')}.`;
      await plant(drill, `${person.id}/${newNonce()}`);
      return `It is in #${drill.channel}. Its card says that it was a drill once somebody has decided.`;
    },
  };
}

/** When it comes by itself, if it does; what names nobody and nothing is a mistake. */
function checkDrill(drill: WrittenDrill, options: DrillsOptions): Timing | undefined {
  const { mistakes } = options.file;
  const people = options.people();
  const channel = channelNamed(drill.channel);
  if (people.findPerson(drill.as) === undefined)
    mistakes.add(drill.spot, `as: there is no person ${drill.as}`, 'name one of people.yaml');
  if (channel.startsWith('console:') && !people.channels.some(({ id }) => id === channel))
    mistakes.add(
      drill.spot,
      `channel: there is no channel ${drill.channel}`,
      'name one of people.yaml, or a platform’s in full',
    );
  if (!options.workflows.some(({ name }) => name === drill.workflow))
    mistakes.add(
      drill.spot,
      `workflow: there is no workflow ${drill.workflow}`,
      `name one of ${options.workflows.map(({ name }) => name).join(', ')}`,
    );
  if (drill.when === undefined) return undefined;
  const cron = parseWording(drill.when);
  if (cron === undefined) {
    mistakes.add(drill.spot, `when: «${drill.when}» is not understood`, `write ${wordingExamples}`);
    return undefined;
  }
  const timing = { cron, zone: drill.zone ?? options.timeZone };
  const fault = findTimingFault(timing);
  if (fault === undefined) return timing;
  mistakes.add(
    drill.spot,
    `when: «${drill.when}» in ${timing.zone}: ${fault}`,
    `write ${wordingExamples} and a zone like Europe/Berlin`,
  );
  return undefined;
}
