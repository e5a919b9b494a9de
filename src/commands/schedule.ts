/**
 * `/countersign schedule`: makes and keeps schedules.
 *
 * A schedule made here rests until its maker has seen its next moments and confirms it. Its runs are its maker's
 * requests, so he cannot approve what they ask for.
 */
import { directTo } from '../core/direct-place.ts';
import { asChannelId, channelNamed } from '../core/ids.ts';
import type { ChannelId } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import type { CommandDefinition, CommandRequest, CommandResult } from './command.ts';
import { newScheduleVerbs, scheduleCard, verbsFor } from './schedule-card.ts';
import { createScheduleDesk, digestWorkflow, inPlace, scheduleVerbs, tellSchedule } from './schedule-desk.ts';
import type { ScheduleDesk, ScheduleWish } from './schedule-desk.ts';
import type { ScheduleServices } from './schedule-services.ts';
import { missedRules } from '../schedule/store.ts';

/** Of more, the list says what to write. */
const mostCards = 5;
const usage =
  '["<when>" <workflow> [of #channel or me] [zone <zone>] [missed once, skip or each] | list | confirm, pause, resume, skip, now, delete <name> | edit <name> "<when>"]';

export const schedule: CommandDefinition = {
  name: 'schedule',
  usage,
  help: 'starts workflows by the clock: "every weekday 9:00" daily-digest of #support',
  async run({ schedules }, request, rest) {
    const desk = createScheduleDesk(schedules);
    const words = rest.trim();
    const [first = '', name = ''] = words.split(/\s+/u);
    if (words === '' || first === 'list') return listOf(schedules, desk, request);
    const verb = scheduleVerbs.find((entry) => entry === first);
    if (verb === undefined) return make(desk, request, words);
    const when = /["“«]([^"”»]+)["”»]/u.exec(words)?.[1] ?? '';
    return said((await desk.keep(request, { verb, name, when })).text);
  },
  async suggest({ schedules }, person) {
    const desk = createScheduleDesk(schedules);
    const rows = (await schedules.store.list()).filter((row) => desk.mayKeep({ person }, row));
    return rows.map(({ name, workflow }) => ({
      value: `pause ${name}`,
      label: `pause ${name} (${workflow})`,
    }));
  },
};

async function make(desk: ScheduleDesk, request: CommandRequest, words: string): Promise<CommandResult> {
  const found =
    /^["“«](?<when>[^"”»]+)["”»]\s+(?:["“«](?<text>[^"”»]+)["”»]|(?<workflow>[a-z][a-z0-9-]*))(?<more>.*)$/su.exec(
      words,
    )?.groups;
  if (found === undefined)
    return said(
      'Say it like this: `schedule "every weekday 9:00" daily-digest of #general`, or with words for the assistant in quotes.',
    );
  const { when = '', text, more = '' } = found;
  const rule = /\bmissed\s+(\w+)/iu.exec(more.replaceAll(/"[^"]*"/gu, ''))?.[1];
  if (rule !== undefined && choices(more).missed === undefined)
    return said(`I do not understand «missed ${rule}». Say missed once, missed skip or missed each.`);
  const named = found['workflow'] === 'digest' ? digestWorkflow : found['workflow'];
  const made = await desk.make(request, {
    when,
    workflow: text === undefined ? (named ?? '') : 'assistant',
    input: readPairs(more),
    ...(text !== undefined && { text }),
    channel: channelOf(more, request),
    ...choices(more),
  });
  const name = made.kind === 'done' ? made.name : undefined;
  return { text: made.text, cards: name === undefined ? [] : [scheduleCard(name, newScheduleVerbs)] };
}

async function listOf(
  schedules: ScheduleServices,
  desk: ScheduleDesk,
  request: CommandRequest,
): Promise<CommandResult> {
  const rows = await desk.list(request);
  if (rows.length === 0)
    return said(
      'Nothing is scheduled. Try `/countersign schedule "every weekday 9:00" daily-digest of #general`.',
    );
  const lines = await Promise.all(
    rows.map(async (row) => {
      const place = await inPlace(schedules, row.channel, request.channel);
      return `- ${tellSchedule(row)} ${row.workflow} ${place}, of ${row.by}`;
    }),
  );
  const own = rows.filter((row) => desk.mayKeep(request, row)).slice(0, mostCards);
  return { text: lines.join('\n'), cards: own.map((row) => scheduleCard(row.name, verbsFor(row))) };
}

function channelOf(more: string, request: CommandRequest): ChannelId | undefined {
  const named = /\b(?:of|in)\s+(?:<#(?<id>[A-Z0-9]+)(?:\|[^>]*)?>|#?(?<name>[\p{L}\p{N}_:/-]+))/iu.exec(
    more,
  )?.groups;
  if (named === undefined) return request.channel;
  // As Discord writes `#support`: a channel of the server that this one is in.
  if (named['id'] !== undefined) return asChannelId(request.channel.replace(/[^/]*$/u, named['id']));
  // Directly to whoever says it, best where he says it.
  if (named['name']?.toLowerCase() === 'me')
    return directTo(request.person.id, request.surface === 'console' ? undefined : request.surface);
  const name = named['name'] ?? '';
  return request.places?.get(name) ?? channelNamed(name);
}

/** `zone Europe/Berlin missed skip`; words in quotes belong to the input. */
function choices(more: string): Pick<ScheduleWish, 'zone' | 'missed'> {
  const bare = more.replaceAll(/"[^"]*"/gu, '');
  const zone = /\bzone\s+([\w+/-]+)/iu.exec(bare)?.[1];
  const said = /\bmissed\s+(\w+)/iu.exec(bare)?.[1]?.toLowerCase();
  const missed = missedRules.find((rule) => rule === said);
  return { ...(zone !== undefined && { zone }), ...(missed !== undefined && { missed }) };
}

function readPairs(more: string): JsonObject {
  const pairs = more.matchAll(/(?:^|\s)([a-z][a-z0-9_]*)=(?:"([^"]*)"|(\S+))/giu);
  return Object.fromEntries([...pairs].map((pair) => [pair[1] ?? '', pair[2] ?? pair[3] ?? '']));
}

function said(text: string): CommandResult {
  return { text, cards: [] };
}
