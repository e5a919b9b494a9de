/** What one is told directly: following a run, muting, and hours in which nothing comes. */
import { asRunId } from '../core/ids.ts';
import type { ActorId, RunId } from '../core/ids.ts';
import type { Person } from '../people/person.ts';
import { onCallRole } from '../notices/notices.ts';
import type { Notices } from '../notices/notices.ts';
import { parseQuietHours, quietText } from '../notices/quiet-hours.ts';
import type { CommandDefinition, CommandResult, CommandServices } from './command.ts';
import { openRunsOf } from './runs.ts';

const notHere =
  'There is no such run that you may follow. Write the command in its channel, or press «Follow» on its card.';
const noAccount =
  'I cannot write to you directly: no account of yours is on a chat platform that I am connected to. The thread shows everything.';

/** A week. */
export const mostMutedHours = 168;

const suggestRuns: NonNullable<CommandDefinition['suggest']> = async (services, person) =>
  (await openRunsOf(services, person)).map(({ id, title, status }) => ({
    value: id,
    label: `${title} (${status})`,
  }));

export const follow: CommandDefinition = {
  name: 'follow',
  usage: '[<run>]',
  help: 'writes to you directly when a run waits for people, needs a look or ends',
  suggest: suggestRuns,
  async run(services, request, rest) {
    const { person } = request;
    const id = rest.trim();
    if (id === '') return said(await listOf(services, person.id));
    const row = await services.runs.find(asRunId(id));
    const mayRead =
      row !== undefined &&
      (row.channel === request.channel ||
        row.startedBy === person.id ||
        services.people().canRead(person.id, row.channel));
    if (!mayRead) return said(notHere);
    return said(await followRun(services.notices, services, person.id, row.id));
  },
};

/** Also behind the button. */
export async function followRun(
  notices: Notices,
  { people, openRun }: Pick<CommandServices, 'people' | 'openRun'>,
  id: ActorId,
  runId: RunId,
): Promise<string> {
  const person = people().findPerson(id);
  if (person === undefined || !notices.canReach(person)) return noAccount;
  const run = await openRun.open(runId);
  if (run === undefined) return notHere;
  try {
    const state = run.state();
    if (state.finished !== undefined) return `This run is over: ${state.status}. There is nothing to follow.`;
    const { follows } = await notices.wishes(id);
    if (follows.has(runId)) return `You follow this run already. \`/countersign mute ${runId}\` ends it.`;
    await notices.follow(id, state);
    return `You follow this run: I write to you when it waits for people, needs a look or ends. \`/countersign mute ${runId}\` ends it.`;
  } finally {
    openRun.close(run);
  }
}

async function listOf({ notices }: CommandServices, person: ActorId): Promise<string> {
  const { follows, muted, quiet, mutedUntil = 0 } = await notices.wishes(person);
  const lines = [
    follows.size === 0 ? 'You follow no run. `follow run_…` follows one.' : 'You follow:',
    ...[...follows.keys()].map((run) => `- \`${run}\``),
    ...(muted.size > 0 ? [`Muted: ${[...muted].map((run) => `\`${run}\``).join(', ')}`] : []),
    ...(mutedUntil > 0 ? [`Nothing until ${new Date(mutedUntil).toISOString()}, if that is to come.`] : []),
    ...(quiet === undefined ? [] : [`Quiet hours: ${quietText(quiet)}`]),
  ];
  return lines.join('\n');
}

/** Also behind the console's form. */
export interface NoticeChange {
  readonly isDone: boolean;
  readonly text: string;
}

type Wished = Pick<CommandServices, 'notices' | 'now'>;

/** `22:00-7:00 Europe/Berlin`, or `off`. */
export async function setQuietHours(
  { notices }: Wished,
  person: Person,
  words: string,
): Promise<NoticeChange> {
  if (words.toLowerCase() === 'off') {
    await notices.setQuiet(person.id, undefined);
    return { isDone: true, text: 'You have no quiet hours any more. What was held comes within seconds.' };
  }
  const hours = parseQuietHours(words, notices.zone);
  if (hours === undefined)
    return {
      isDone: false,
      text: 'I do not understand these hours. Write them like `quiet 22:00-7:00 Europe/Berlin`.',
    };
  await notices.setQuiet(person.id, hours);
  return {
    isDone: true,
    text: `Your quiet hours: ${quietText(hours)}. What I would write to you then comes after them, in one message.${onCall(person.roles)}`,
  };
}

/** A run, a number of hours, or nothing any more. */
export async function setMute(
  { notices, now }: Wished,
  person: Person,
  what: { readonly run: RunId } | { readonly hours: number } | 'off',
): Promise<NoticeChange> {
  if (what === 'off') {
    await notices.unmute(person.id);
    return { isDone: true, text: 'Nothing is muted any more. What was held comes within seconds.' };
  }
  if ('run' in what) {
    await notices.mute(person.id, what.run);
    return {
      isDone: true,
      text: 'I write no more to you about this run. `/countersign mute off` takes that back.',
    };
  }
  await notices.muteUntil(person.id, now() + what.hours * 3_600_000);
  return {
    isDone: true,
    text: `I write nothing to you for ${String(what.hours)} h; then all of it in one message.${onCall(person.roles)}`,
  };
}

export const mute: CommandDefinition = {
  name: 'mute',
  usage: '<run> | for <hours>h | off',
  help: 'writes to you no more about a run, or about nothing for some hours',
  suggest: suggestRuns,
  async run(services, { person }, rest) {
    const words = rest.trim().toLowerCase();
    if (words === 'off') return said((await setMute(services, person, 'off')).text);
    const hours = /^(?:for )?(\d{1,3}) ?h(?:ours?)?$/u.exec(words)?.[1];
    if (hours !== undefined && Number(hours) >= 1 && Number(hours) <= mostMutedHours)
      return said((await setMute(services, person, { hours: Number(hours) })).text);
    const run = /^run_[a-z0-9_]+$/u.exec(words)?.[0];
    if (run === undefined)
      return said('Say what: `mute run_…`, `mute for 2h`, or `mute off` to hear everything again.');
    return said((await setMute(services, person, { run: asRunId(run) })).text);
  },
};

export const quiet: CommandDefinition = {
  name: 'quiet',
  usage: '[22:00-7:00 [zone] | off]',
  help: 'holds what is written to you directly in these hours, and tells it after them in one message',
  async run(services, { person }, rest) {
    const words = rest.trim();
    const { quiet: present } = await services.notices.wishes(person.id);
    if (words === '')
      return said(
        present === undefined
          ? 'You have no quiet hours. `quiet 22:00-7:00 Europe/Berlin` sets some.'
          : `Your quiet hours: ${quietText(present)}.${onCall(person.roles)}`,
      );
    return said((await setQuietHours(services, person, words)).text);
  },
};

function onCall(roles: readonly string[]): string {
  return roles.includes(onCallRole) ? ' You are on call: what waits for your vote comes at once.' : '';
}

function said(text: string): CommandResult {
  return { text, cards: [] };
}
