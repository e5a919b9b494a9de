/**
 * Making and keeping schedules, for every surface: who may do what, and what is said about it.
 *
 * A schedule made by a person rests until its maker has seen its next moments and confirms it.
 */
import { nameChannel } from '../core/channel-token.ts';
import { parseDirect } from '../core/direct-place.ts';
import type { ChannelId } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import type { Person } from '../people/person.ts';
import { describeMoment } from '../schedule/describe-moment.ts';
import { findTimingFault, nextMoments } from '../schedule/moments.ts';
import { parseWording, wordingExamples } from '../schedule/parse-wording.ts';
import type { MissedRule, ScheduleRow } from '../schedule/store.ts';
import type { ScheduleServices } from './schedule-services.ts';

export const scheduleVerbs = ['confirm', 'resume', 'pause', 'skip', 'now', 'delete', 'edit'] as const;
export type ScheduleVerb = (typeof scheduleVerbs)[number];

export interface Asker {
  readonly person: Person;
  /** Where it is said. Who speaks in a channel reads it; other channels of platforms cannot be checked from here. */
  readonly channel?: ChannelId;
}

export interface ScheduleWish {
  readonly when: string;
  readonly workflow: string;
  readonly input: JsonObject;
  /** What the run is told, in place of its name and moment. */
  readonly text?: string;
  readonly channel: ChannelId | undefined;
  /** IANA; the configured one when absent. */
  readonly zone?: string;
  /** What becomes of moments that pass while nothing runs; one late run when absent. */
  readonly missed?: MissedRule;
}

export type ScheduleAnswer =
  | { readonly kind: 'done'; readonly text: string; readonly name?: string; readonly run?: string }
  | {
      readonly kind: 'refused';
      readonly why: 'unknown' | 'forbidden' | 'invalid';
      readonly text: string;
    };

export interface ScheduleDesk {
  /** Those that the asker may see. */
  list(asker: Asker): Promise<readonly ScheduleRow[]>;
  mayKeep(asker: Asker, row: ScheduleRow): boolean;
  /** The next moments of a schedule that is at work or rests. */
  nextOf(row: ScheduleRow, count: number): readonly number[];
  make(asker: Asker, wish: ScheduleWish): Promise<ScheduleAnswer>;
  keep(
    asker: Asker,
    change: { readonly verb: ScheduleVerb; readonly name: string; readonly when?: string },
  ): Promise<ScheduleAnswer>;
}

/** As many let a person see whether he was understood. */
const shownMoments = 3;

/** Of one person: whoever needs more makes one run do more. */
const mostOfOne = 50;

export function createScheduleDesk(schedules: ScheduleServices): ScheduleDesk {
  const { scheduler, store } = schedules;
  const mayUse = ({ person, channel }: Asker, wanted: ChannelId): boolean =>
    wanted === channel || parseDirect(wanted)?.person === person.id || schedules.canRead(person, wanted);
  const mayPut = async (asker: Asker, wanted: ChannelId): Promise<boolean> =>
    mayUse(asker, wanted) || (await schedules.reads(asker.person, wanted));
  const isSeen = (asker: Asker, row: ScheduleRow): boolean =>
    row.by === asker.person.id || mayUse(asker, row.channel);
  const mayKeep = ({ person }: Asker, row: ScheduleRow): boolean =>
    row.by === person.id || person.roles.includes('operator');

  const nextOf = (row: ScheduleRow, count: number): readonly number[] =>
    row.nextAt === undefined ? [] : [row.nextAt, ...nextMoments(row, row.nextAt, count - 1)];

  async function change(
    row: ScheduleRow,
    asker: Asker,
    { verb, when = '' }: { readonly verb: ScheduleVerb; readonly when?: string },
  ): Promise<ScheduleAnswer> {
    const { name } = row;
    switch (verb) {
      case 'confirm':
      case 'resume':
        return done(tellSchedule(await scheduler.pause(name, false)));
      case 'pause':
        return done(tellSchedule(await scheduler.pause(name, true)));
      case 'skip':
        return done(tellSchedule(await scheduler.skip(name)));
      case 'now': {
        // A run of one's own, whoever made the schedule: nobody starts work in another's name.
        const started = await scheduler.runNow(name, asker.person.id, String(schedules.now()));
        return started?.run === undefined
          ? done('It waits for the run that is at work there.')
          : { ...done(`Started: \`${started.run}\`.`), run: started.run };
      }
      case 'delete':
        if (row.origin === 'file')
          return invalid(`\`${name}\` is in a file: take it out there, or pause it here.`);
        await scheduler.remove(name);
        return done(`\`${name}\` is deleted.`);
      case 'edit': {
        if (row.origin === 'file') return invalid(`\`${name}\` is in a file: change it there.`);
        const timing = readWhen(when, row.zone);
        if ('text' in timing) return timing;
        const changed = await scheduler.retime(name, timing.cron);
        const [, ...later] = changed === undefined ? [] : nextOf(changed, shownMoments);
        return done(
          [tellSchedule(changed), ...later.map((at) => `- then ${describeMoment(at, row.zone)}`)].join('\n'),
        );
      }
      default:
        return verb satisfies never;
    }
  }

  return {
    mayKeep,
    nextOf,
    list: async (asker) => (await store.list()).filter((row) => isSeen(asker, row)),
    async make(asker, wish) {
      const { when, workflow, input, text, channel, zone = schedules.zone, missed = 'once' } = wish;
      const timing = readWhen(when, zone);
      if ('text' in timing) return timing;
      if (channel === undefined || !(await mayPut(asker, channel)))
        return invalid(
          'I cannot put it there: name a channel that you read and I am in, or say it in that channel.',
        );
      const own = (await store.list()).filter(({ by }) => by === asker.person.id);
      if (own.length >= mostOfOne)
        return invalid(
          `You have ${String(own.length)} schedules already. Delete one that is not needed: \`/countersign schedule list\`.`,
        );
      const isOwn = parseDirect(channel) !== undefined && workflow === digestWorkflow;
      const checked = schedules.checkInput(workflow, isOwn ? { person: 'me', ...input } : input);
      if ('problem' in checked) return invalid(`That does not work: ${checked.problem}. ${checked.fix}.`);
      const { cron } = timing;
      const name = await freeName(store, workflow, channel);
      const added = await scheduler.add(
        {
          ...{ name, cron, zone, workflow, input: checked.value, channel, missed, origin: 'person' },
          ...(text !== undefined && { text }),
          by: asker.person.id,
        },
        'paused',
      );
      if (added === 'name-taken') return invalid('Somebody made one at the same moment. Say it again.');
      const moments = nextMoments({ cron, zone }, schedules.now(), shownMoments);
      return {
        kind: 'done',
        name,
        text: [
          `\`${name}\` starts ${text === undefined ? workflow : `the assistant with «${text}»`} ${await inPlace(schedules, channel, asker.channel)}:`,
          ...moments.map((at) => `- ${describeMoment(at, zone)} (${zone})`),
          '',
          missedText[missed],
          `It rests until you say \`/countersign schedule confirm ${name}\`.`,
        ].join('\n'),
      };
    },
    async keep(asker, asked) {
      const row = await store.find(asked.name);
      if (row === undefined || !isSeen(asker, row))
        return { kind: 'refused', why: 'unknown', text: `There is no schedule \`${asked.name}\` for you.` };
      if (!mayKeep(asker, row))
        return {
          ...{ kind: 'refused', why: 'forbidden' },
          text: `Only ${row.by}, or somebody with the role operator, may do that.`,
        };
      return change(row, asker, asked);
    },
  };
}

/** `in #support`, where it is said, or to its maker alone. */
export async function inPlace(
  { channelName }: Pick<ScheduleServices, 'channelName'>,
  channel: ChannelId,
  here: ChannelId | undefined,
): Promise<string> {
  if (parseDirect(channel) !== undefined) return 'for you alone, directly';
  if (channel === here) return 'in this channel';
  const name = await channelName(channel);
  // It stands in Markdown.
  return `in ${name?.replaceAll(/[^\p{L}\p{N} #-]/gu, '\\$&') ?? nameChannel(channel)}`;
}

/** The workflow that makes digests. */
export const digestWorkflow = 'daily-digest';

/** What becomes of moments that pass while nothing runs. */
const missedText = {
  once: 'After a time in which nothing ran, it comes once, late.',
  skip: 'What passes while nothing runs is left out.',
  each: 'What passes while nothing runs comes later, each of them.',
} as const satisfies Record<MissedRule, string>;

export function tellSchedule(row: ScheduleRow | undefined): string {
  if (row === undefined) return 'It is gone.';
  if (row.isPaused) return `\`${row.name}\` rests.`;
  if (row.nextAt === undefined) return `\`${row.name}\` will not come again.`;
  return `\`${row.name}\` comes next ${describeMoment(row.nextAt, row.zone)} (${row.zone}).`;
}

function readWhen(when: string, zone: string): { readonly cron: string } | ReturnType<typeof invalid> {
  const cron = parseWording(when);
  if (cron === undefined) return invalid(`I do not understand «${when}». I understand ${wordingExamples}.`);
  const fault = findTimingFault({ cron, zone });
  return fault === undefined ? { cron } : invalid(`«${when}» cannot be used: ${fault}.`);
}

/** `daily-digest-general`, then `daily-digest-general-2`. */
async function freeName(
  store: ScheduleServices['store'],
  workflow: string,
  channel: ChannelId,
): Promise<string> {
  const taken = new Set((await store.list()).map((row) => row.name));
  const place = channel.replace(/^.*[:/]/u, '').toLowerCase();
  const base = `${workflow}-${place}`.replaceAll(/[^a-z0-9-]/gu, '').slice(0, 36);
  let name = base;
  for (let count = 2; taken.has(name); count += 1) name = `${base}-${String(count)}`;
  return name;
}

function done(text: string): { readonly kind: 'done'; readonly text: string } {
  return { kind: 'done', text };
}

function invalid(text: string): {
  readonly kind: 'refused';
  readonly why: 'invalid';
  readonly text: string;
} {
  return { kind: 'refused', why: 'invalid', text };
}
