/**
 * `/countersign digest`: a person's own digest, written to him alone.
 *
 * It is a schedule like others, of one name for each person, so it can be paused, skipped and edited like them; it comes
 * at once when it is asked for, and by the clock only when there is something to tell.
 */
import { nameOfSurface, refusedText, whereSent } from '../agent/start-directly.ts';
import { directTo, parseDirect } from '../core/direct-place.ts';
import type { Card } from '../chat/card.ts';
import type { Person } from '../people/person.ts';
import { describeMoment } from '../schedule/describe-moment.ts';
import { findTimingFault, nextMoments } from '../schedule/moments.ts';
import { parseWording, usualTimes, wordingExamples } from '../schedule/parse-wording.ts';
import type { ScheduleRow } from '../schedule/store.ts';
import { digestWorkflow } from './schedule-desk.ts';
import type { CommandDefinition, CommandRequest, CommandResult, CommandServices } from './command.ts';

export const digestName = (person: Person): string => `digest-of-${person.id}`;
const [usualTime] = usualTimes;
const shownMoments = 3;

/** In the ids of its buttons. */
export const digestSubject = 'digest';
const verbs = {
  now: { label: 'Send it now', style: 'plain' },
  set: {
    label: 'When it comes…',
    style: 'primary',
    asks: {
      kind: 'text',
      label: `When? For example ${usualTime}, or daily 8:30 zone Europe/Berlin`,
      isRequired: true,
      picks: usualTimes,
    },
  },
  off: { label: 'Turn it off', style: 'plain' },
} as const;

export const digest: CommandDefinition = {
  name: 'digest',
  usage: '[now | <when> [zone <zone>] [on slack, discord or console] | off]',
  help: 'a digest of your own, written to you alone: what waits for you, your requests, what was decided',
  isRare: true,
  async run(services, request, rest) {
    const words = rest.trim();
    const verb = words.toLowerCase();
    if (verb === '') return stateOf(services, request.person);
    if (verb === 'now' || verb === 'me' || verb === 'of me') return said(await send(services, request));
    if (verb === 'off') return said(await turnOff(services, request.person));
    return said(await turnOn(services, request, words));
  },
};

async function stateOf({ schedules, notices }: CommandServices, person: Person): Promise<CommandResult> {
  const row = await schedules.store.find(digestName(person));
  const isOn = row !== undefined && row.by === person.id;
  const where = isOn ? whereOf(row, notices.waysTo(person)) : '';
  const text = !isOn
    ? `You get no digest of your own. \`/countersign digest ${usualTime}\` turns it on, \`digest now\` sends one.`
    : row.isPaused || row.nextAt === undefined
      ? `Your digest rests. \`/countersign schedule resume ${row.name}\` lets it come again.`
      : `Your digest comes next ${describeMoment(row.nextAt, row.zone)} (${row.zone}), ${where}, when there is something to tell.`;
  return { text, cards: [cardOf(isOn ? ['set', 'now', 'off'] : ['set', 'now'])] };
}

async function send({ sendDigest }: CommandServices, { person, surface }: CommandRequest): Promise<string> {
  const started = await sendDigest(person, surface);
  return started === undefined ? 'I do not know you any more.' : `I make your digest. ${whereSent(started)}`;
}

async function turnOff({ schedules }: CommandServices, person: Person): Promise<string> {
  const row = await schedules.store.find(digestName(person));
  if (row?.by !== person.id) return 'You get no digest of your own.';
  await schedules.scheduler.remove(row.name);
  return 'Your digest comes no more.';
}

async function turnOn(
  { schedules, notices, tellDirectly }: CommandServices,
  { person, surface: askedOn }: CommandRequest,
  words: string,
): Promise<string> {
  const {
    when = '',
    zone: named,
    surface: wished,
  } = /^["“«]?(?<when>.*?)["”»]?(?:\s+zone\s+(?<zone>[\w+/-]+))?(?:\s+on\s+(?<surface>slack|discord|console))?$/iu.exec(
    words,
  )?.groups ?? {};
  const zone = named ?? (await notices.wishes(person.id)).quiet?.zone ?? schedules.zone;
  const cron = parseWording(when);
  if (cron === undefined) return `I do not understand «${when}». I understand ${wordingExamples}.`;
  const fault = findTimingFault({ cron, zone });
  if (fault !== undefined) return `«${when}» cannot be used: ${fault}.`;
  const ways = notices.waysTo(person);
  const surface = wished?.toLowerCase() ?? (askedOn === 'console' ? undefined : askedOn);
  if (surface !== undefined && surface !== 'console' && !ways.includes(surface))
    return `I cannot write to you directly on ${nameOfSurface(surface)}: no account of yours is there. \`/countersign link\` joins one.`;
  const name = digestName(person);
  const before = await schedules.store.find(name);
  if (before !== undefined && before.by !== person.id)
    return `There is a schedule \`${name}\` of ${before.by}. An operator can delete it.`;
  // Tried now, so that whoever does not take direct messages learns where to look instead.
  const refused =
    surface === 'console'
      ? []
      : await tellDirectly(person, surface, `Your digest comes here: ${when} (${zone}).`);
  if (before !== undefined) await schedules.scheduler.remove(name);
  const channel = directTo(person.id, surface);
  const added = await schedules.scheduler.add(
    {
      ...{ name, cron, zone, channel, workflow: digestWorkflow, input: { person: 'me' } },
      ...{ text: 'digest of me', missed: 'once', origin: 'person', by: person.id },
    },
    'active',
  );
  if (added === 'name-taken') return 'It was changed at the same moment. Say it again.';
  const row = await schedules.store.find(name);
  const moments = nextMoments({ cron, zone }, schedules.now(), shownMoments);
  return [
    ...(refused.length > 0 ? [refusedText(refused)] : []),
    `Your digest comes ${whereOf(
      row,
      ways.filter((way) => !refused.includes(way)),
    )}, when there is something to tell:`,
    ...moments.map((at) => `- ${describeMoment(at, zone)} (${zone})`),
    '',
    'What falls into your quiet hours comes after them. `/countersign digest off` ends it.',
  ].join('\n');
}

function whereOf(row: ScheduleRow | undefined, ways: readonly string[]): string {
  const wished = row === undefined ? undefined : parseDirect(row.channel)?.surface;
  const way = wished !== undefined && (wished === 'console' || ways.includes(wished)) ? wished : ways[0];
  return way === undefined || way === 'console'
    ? 'in the console, under «only-you»'
    : `in your direct messages on ${nameOfSurface(way)}`;
}

/** What a press on one of its buttons says as a command; undefined for no button of it. */
export function digestWords(verb: string, typed: string | undefined): string | undefined {
  if (verb === 'set') return `digest ${typed?.trim() ?? ''}`.trim();
  return verb === 'now' || verb === 'off' ? `digest ${verb}` : undefined;
}

/** The card that offers such a button. */
export function digestCard(action: string): Card | undefined {
  const verb = /^v1:digest:(now|set|off)$/u.exec(action)?.[1];
  return verb === 'now' || verb === 'set' || verb === 'off' ? cardOf([verb]) : undefined;
}

function cardOf(offered: readonly (keyof typeof verbs)[]): Card {
  return {
    kind: 'notice',
    title: 'Your digest',
    lines: [],
    fields: [],
    actions: offered.map((verb) => ({ id: `v1:${digestSubject}:${verb}`, ...verbs[verb] })),
    fallback: 'Your digest',
  };
}

function said(text: string): CommandResult {
  return { text, cards: [] };
}
