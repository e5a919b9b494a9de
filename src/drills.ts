/**
 * Drills: at their moments, or when an operator wants one, a seeded call is put to approvers in a thread of its own.
 *
 * Nothing is kept about what was done: the inbox takes a moment's message once, whichever process brings it, and a
 * moment that passed while nothing ran is left out.
 */
import { canonicalJson } from './core/canonical-json.ts';
import type { Clock } from './core/clock.ts';
import { describeError } from './core/errors.ts';
import { sha256 } from './core/hash.ts';
import { asActorId, channelNamed, newNonce } from './core/ids.ts';
import type { ChannelId, ThreadId } from './core/ids.ts';
import type { Logger } from './core/logger.ts';
import type { GuardrailsFile } from './gate/parse-guardrails.ts';
import type { WrittenDrill } from './gate/parse-drills.ts';
import type { LiveGuardrails } from './guardrails-setup.ts';
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
  readonly guardrails: Pick<LiveGuardrails, 'now' | 'checkBy'>;
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
  const { clock, logger, guardrails } = options;
  guardrails.checkBy((file) => {
    for (const drill of file.guardrails.drills) checkDrill(drill, file, options);
  });
  const planted = new Set<string>();
  /** Since when each drill stands as it is written: what was due before is left out. */
  let written = new Map<string, number>();
  let known: readonly WrittenDrill[] | undefined;

  /** The drills as they are written at the moment. */
  function drillsNow(): readonly WrittenDrill[] {
    const { drills } = guardrails.now();
    if (drills !== known) {
      const now = clock.now().getTime();
      written = new Map(drills.map((drill) => [keyOf(drill), written.get(keyOf(drill)) ?? now]));
      known = drills;
    }
    return drills;
  }
  drillsNow();

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
      for (const drill of drillsNow()) {
        const { timing } = readTiming(drill, options.timeZone);
        if (timing === undefined) continue;
        const since = written.get(keyOf(drill)) ?? now;
        const due = nextMoment(timing, Math.max(since, now - lateMs) - 1);
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
      const drills = drillsNow();
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

/** What makes a drill the same, wherever it stands in the file. */
function keyOf({ spot: _spot, ...drill }: WrittenDrill): string {
  return canonicalJson(drill);
}

/** What names nobody and nothing is a mistake. */
function checkDrill(drill: WrittenDrill, { mistakes }: GuardrailsFile, options: DrillsOptions): void {
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
  const { problem } = readTiming(drill, options.timeZone);
  if (problem !== undefined) mistakes.add(drill.spot, ...problem);
}

/** When it comes by itself, if it does, or what is wrong with it and how to mend it. */
function readTiming(
  { when, zone }: WrittenDrill,
  timeZone: string,
): { readonly timing?: Timing; readonly problem?: readonly [string, string] } {
  if (when === undefined) return {};
  const cron = parseWording(when);
  if (cron === undefined)
    return { problem: [`when: «${when}» is not understood`, `write ${wordingExamples}`] };
  const timing = { cron, zone: zone ?? timeZone };
  const fault = findTimingFault(timing);
  if (fault === undefined) return { timing };
  return {
    problem: [
      `when: «${when}» in ${timing.zone}: ${fault}`,
      `write ${wordingExamples} and a zone like Europe/Berlin`,
    ],
  };
}
