/**
 * `/countersign schedule`: makes and keeps schedules.
 *
 * A schedule made here rests until its maker has seen its next moments and confirms it. Its runs are its maker's
 * requests, so he cannot approve what they ask for.
 */
import { channelNamed } from '../core/ids.ts';
import type { ChannelId } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import type { Person } from '../people/person.ts';
import { describeMoment } from '../schedule/describe-moment.ts';
import { findTimingFault, nextMoments } from '../schedule/moments.ts';
import { parseWording, wordingExamples } from '../schedule/parse-wording.ts';
import type { ScheduleRow } from '../schedule/store.ts';
import type { CommandDefinition, CommandRequest, CommandResult } from './command.ts';
import type { ScheduleServices } from './schedule-services.ts';

const usage =
  '["<when>" <workflow> [of #channel] | list | confirm, pause, resume, skip, now, delete <name> | edit <name> "<when>"]';
const verbs = ['confirm', 'resume', 'pause', 'skip', 'now', 'delete', 'edit'] as const;
type Verb = (typeof verbs)[number];

export const schedule: CommandDefinition = {
  name: 'schedule',
  usage,
  help: 'starts workflows by the clock: "every weekday 9:00" daily-digest of #support',
  async run({ schedules }, request, rest) {
    const words = rest.trim();
    const [first = '', name = ''] = words.split(/\s+/u);
    if (words === '' || first === 'list') return said(await listOf(schedules, request));
    const verb = verbs.find((entry) => entry === first);
    return said(
      verb === undefined
        ? await make(schedules, request, words)
        : await keep(schedules, request, { verb, name, words }),
    );
  },
  async suggest({ schedules }, person) {
    const rows = (await schedules.store.list()).filter((row) => row.by === person.id || mayKeep(row, person));
    return rows.map(({ name, workflow }) => ({
      value: `pause ${name}`,
      label: `pause ${name} (${workflow})`,
    }));
  },
};

async function make(schedules: ScheduleServices, request: CommandRequest, words: string): Promise<string> {
  const found =
    /^["“«](?<when>[^"”»]+)["”»]\s+(?:["“«](?<text>[^"”»]+)["”»]|(?<workflow>[a-z][a-z0-9-]*))(?<more>.*)$/su.exec(
      words,
    )?.groups;
  if (found === undefined)
    return `Say it like this: \`schedule "every weekday 9:00" daily-digest of #general\`, or with words for the assistant in quotes.`;
  const { when = '', text, more = '' } = found;
  const named = found['workflow'] === 'digest' ? 'daily-digest' : found['workflow'];
  const workflow = text === undefined ? (named ?? '') : 'assistant';
  const cron = parseWording(when);
  if (cron === undefined) return `I do not understand «${when}». I understand ${wordingExamples}.`;
  const fault = findTimingFault({ cron, zone: schedules.zone });
  if (fault !== undefined) return `«${when}» cannot be used: ${fault}.`;
  const channel = channelOf(more, request);
  if (channel === undefined || !mayUse(schedules, request, channel))
    return 'I cannot put it there: name a channel that you read, or say it in that channel.';
  const input = schedules.checkInput(workflow, readPairs(more));
  if ('problem' in input) return `That does not work: ${input.problem}. ${input.fix}.`;
  const name = await freeName(schedules, workflow, channel);
  const { zone } = schedules;
  const added = await schedules.scheduler.add(
    {
      ...{ name, cron, zone, workflow, input: input.value, channel, missed: 'once', origin: 'person' },
      ...(text !== undefined && { text }),
      by: request.person.id,
    },
    'paused',
  );
  if (added === 'name-taken') return 'Somebody made one at the same moment. Say it again.';
  return [
    `\`${name}\` starts ${text === undefined ? workflow : `the assistant with «${text}»`} in ${channel}:`,
    ...nextMoments({ cron, zone }, schedules.now(), 3).map((at) => `- ${describeMoment(at, zone)} (${zone})`),
    `It rests until you say \`/countersign schedule confirm ${name}\`.`,
  ].join('\n');
}

async function keep(
  schedules: ScheduleServices,
  request: CommandRequest,
  { verb, name, words }: { readonly verb: Verb; readonly name: string; readonly words: string },
): Promise<string> {
  const row = await schedules.store.find(name);
  if (row === undefined || !isSeen(schedules, request, row))
    return `There is no schedule \`${name}\` for you.`;
  if (!mayKeep(row, request.person))
    return `Only ${row.by}, or somebody with the role operator, may do that.`;
  const { scheduler } = schedules;
  switch (verb) {
    case 'confirm':
    case 'resume':
      return tell(await scheduler.pause(name, false));
    case 'pause':
      return tell(await scheduler.pause(name, true));
    case 'skip':
      return tell(await scheduler.skip(name));
    case 'now': {
      // A run of one's own, whoever made the schedule: nobody starts work in another's name.
      const started = await scheduler.runNow(name, request.person.id, String(schedules.now()));
      return started?.run === undefined
        ? 'It waits for the run that is at work there.'
        : `Started: \`${started.run}\`.`;
    }
    case 'delete':
      if (row.origin === 'file') return `\`${name}\` is in a file: take it out there, or pause it here.`;
      await scheduler.remove(name);
      return `\`${name}\` is deleted.`;
    case 'edit': {
      if (row.origin === 'file') return `\`${name}\` is in a file: change it there.`;
      const when = /["“«]([^"”»]+)["”»]/u.exec(words)?.[1] ?? '';
      const cron = parseWording(when);
      if (cron === undefined) return `I do not understand «${when}». I understand ${wordingExamples}.`;
      const fault = findTimingFault({ cron, zone: row.zone });
      return fault === undefined
        ? tell(await scheduler.retime(name, cron))
        : `«${when}» cannot be used: ${fault}.`;
    }
    default:
      return verb satisfies never;
  }
}

async function listOf(schedules: ScheduleServices, request: CommandRequest): Promise<string> {
  const rows = (await schedules.store.list()).filter((row) => isSeen(schedules, request, row));
  if (rows.length === 0)
    return 'Nothing is scheduled. Try `/countersign schedule "every weekday 9:00" daily-digest of #general`.';
  return rows.map((row) => `- ${tell(row)} ${row.workflow} in ${row.channel}, of ${row.by}`).join('\n');
}

function tell(row: ScheduleRow | undefined): string {
  if (row === undefined) return 'It is gone.';
  if (row.isPaused) return `\`${row.name}\` rests.`;
  if (row.nextAt === undefined) return `\`${row.name}\` will not come again.`;
  return `\`${row.name}\` comes next ${describeMoment(row.nextAt, row.zone)} (${row.zone}).`;
}

function mayKeep(row: ScheduleRow, person: Person): boolean {
  return row.by === person.id || person.roles.includes('operator');
}

function isSeen(schedules: ScheduleServices, request: CommandRequest, row: ScheduleRow): boolean {
  return row.by === request.person.id || mayUse(schedules, request, row.channel);
}

/** Who speaks in a platform's channel reads it; other channels of platforms cannot be checked from here. */
function mayUse(
  schedules: ScheduleServices,
  { person, channel }: CommandRequest,
  wanted: ChannelId,
): boolean {
  return wanted === channel || schedules.canRead(person, wanted);
}

function channelOf(more: string, request: CommandRequest): ChannelId | undefined {
  const named = /\b(?:of|in)\s+(?:<#(?<id>[A-Z0-9]+)(?:\|[^>]*)?>|#?(?<name>[\w:/-]+))/iu.exec(more)?.groups;
  if (named === undefined) return request.channel;
  if (named['id'] !== undefined)
    return request.channel.endsWith(`/${named['id']}`) ? request.channel : undefined;
  return channelNamed(named['name'] ?? '');
}

function readPairs(more: string): JsonObject {
  const pairs = more.matchAll(/(?:^|\s)([a-z][a-z0-9_]*)=(?:"([^"]*)"|(\S+))/giu);
  return Object.fromEntries([...pairs].map((pair) => [pair[1] ?? '', pair[2] ?? pair[3] ?? '']));
}

/** `daily-digest-general`, then `daily-digest-general-2`. */
async function freeName(schedules: ScheduleServices, workflow: string, channel: ChannelId): Promise<string> {
  const taken = new Set((await schedules.store.list()).map((row) => row.name));
  const place = channel.replace(/^.*[:/]/u, '').toLowerCase();
  const base = `${workflow}-${place}`.replaceAll(/[^a-z0-9-]/gu, '').slice(0, 36);
  let name = base;
  for (let count = 2; taken.has(name); count += 1) name = `${base}-${String(count)}`;
  return name;
}

function said(text: string): CommandResult {
  return { text, cards: [] };
}
