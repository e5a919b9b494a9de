/**
 * Schedules of this app: what files and workflows define, checked before anything starts, and how an occurrence
 * becomes a run: as a message that the inbox keeps once.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { isQuiet } from './agent/activity.ts';
import type { ReadsActivity } from './agent/activity.ts';
import type { ScheduleServices } from './commands/schedule-services.ts';
import type { Config } from './config.ts';
import type { Clock } from './core/clock.ts';
import { AppError, describeError } from './core/errors.ts';
import { sha256 } from './core/hash.ts';
import { parseDirect } from './core/direct-place.ts';
import type { DirectRooms } from './direct-rooms.ts';
import { nameChannel } from './core/channel-token.ts';
import { channelNamed } from './core/ids.ts';
import type { ActorId, ChannelId, ThreadId } from './core/ids.ts';
import { surfaceOf } from './core/surface-of.ts';
import type { ChatAdapter } from './chat/adapter.ts';
import type { JsonObject } from './core/json.ts';
import type { Logger } from './core/logger.ts';
import type { People } from './people/person.ts';
import type { Router } from './router.ts';
import { findTimingFault } from './schedule/moments.ts';
import { parseSchedules } from './schedule/parse-schedules.ts';
import type { WrittenSchedule } from './schedule/parse-schedules.ts';
import { parseWording, wordingExamples } from './schedule/parse-wording.ts';
import { createScheduler, scheduleActor } from './schedule/scheduler.ts';
import type { Occurrence, Scheduler } from './schedule/scheduler.ts';
import type { ScheduleDefinition, ScheduleRow, ScheduleStore } from './schedule/store.ts';
import type { Workflow } from './workflow-kit.ts';

export interface SchedulingOptions {
  readonly config: Pick<Config, 'schedulesFile' | 'timeZone'>;
  readonly workflows: readonly Workflow[];
  readonly store: ScheduleStore;
  readonly router: () => Router;
  readonly clock: Clock;
  readonly logger: Logger;
  people(): People;
  readonly activity: ReadsActivity;
  readonly rooms: Pick<DirectRooms, 'open' | 'stillReads'>;
  /** False while this person wants nothing to be written to him. */
  mayDisturb(person: ActorId): Promise<boolean>;
  /** Where a channel's thread must be opened by hand; undefined on the console. */
  openThread(channel: ChannelId, title: string, marker: string): Promise<ThreadId | undefined>;
}

/** Throws `config.invalid` with every mistake, each with its file and key. */
export function createScheduling(options: SchedulingOptions): Scheduler {
  const { store, clock, logger } = options;
  const definitions = readDefinitions(options);

  async function startRun(occurrence: Occurrence): Promise<{ readonly run?: string }> {
    const { key, by, channel, workflow, input, text } = occurrence;
    if (!(await mayStart(occurrence))) {
      logger.warn('schedule.not-started', {
        schedule: key,
        fix: `${by} made this schedule and may not read ${channel} any more. Delete it, or let somebody else make it.`,
      });
      return {};
    }
    const title = await headlineOf(occurrence);
    if (title === undefined) {
      logger.info('schedule.quiet', { schedule: key });
      return {};
    }
    const { thread, ...place } = await openPlace(occurrence, title);
    const taken = await options.router().take({
      ...{ key, ...place, by, text, start: { workflow, input } },
      ...(thread !== undefined && { thread }),
    });
    return taken.run === undefined ? {} : { run: taken.run };
  }

  async function openPlace(
    { key, channel, by }: Occurrence,
    title: string,
  ): Promise<{ readonly channel: ChannelId; readonly thread: ThreadId | undefined }> {
    const direct = parseDirect(channel);
    const person = direct === undefined ? undefined : options.people().findPerson(by);
    if (direct === undefined || person === undefined)
      return { channel, thread: await options.openThread(channel, title, sha256(key).slice(0, 24)) };
    const { surface } = direct;
    const wish = { title, occasion: key, ...(surface !== undefined && { surface }) };
    const room = await options.rooms.open(person, wish);
    return { channel: room.channel, thread: room.thread };
  }

  /** What comes to a person directly waits as long as he wants nothing to be written to him. */
  async function isHeld({ channel, by }: ScheduleRow): Promise<boolean> {
    return parseDirect(channel) !== undefined && !(await options.mayDisturb(by));
  }

  /** What stands above its thread; undefined for a report on nothing. */
  async function headlineOf({
    workflow,
    channel,
    by,
    input,
    isAsked,
  }: Occurrence): Promise<string | undefined> {
    const definition = options.workflows.find(({ name }) => name === workflow);
    const headline = definition?.start.headline;
    if (headline === undefined || isAsked) return definition?.title ?? workflow;
    const { activity } = await options.activity(
      { channel, person: by, except: workflow },
      {
        ...(typeof input['days'] === 'number' && { days: input['days'] }),
        ...(typeof input['person'] === 'string' && {
          person: input['person'] === 'me' ? by : input['person'],
        }),
      },
    );
    return isQuiet(activity) ? undefined : headline(activity);
  }

  /** Whoever made it must still be somebody, and still read the channel. Throws while nobody can know. */
  async function mayStart({ by, channel }: Occurrence): Promise<boolean> {
    if (by.startsWith('schedule:')) return true;
    const person = options.people().findPerson(by);
    if (person === undefined) return false;
    const direct = parseDirect(channel);
    return direct === undefined ? options.rooms.stillReads(person, channel) : direct.person === by;
  }

  return createScheduler({ store, clock, logger, definitions, startRun, isHeld });
}

/** Throws `config.invalid` with every mistake of files and workflows, each with its file and key. */
export function readDefinitions(
  options: Pick<SchedulingOptions, 'config' | 'workflows' | 'people'>,
): readonly ScheduleDefinition[] {
  const { config, workflows } = options;
  const mistakes: string[] = [];
  const definitions: ScheduleDefinition[] = [];
  const add = (
    written: Omit<WrittenSchedule, 'spot'>,
    report: (problem: string, fix: string) => void,
  ): void => {
    const found = checkSchedule(written, { workflows, zone: config.timeZone, people: options.people() });
    if ('problem' in found) report(found.problem, found.fix);
    else definitions.push(found);
  };
  for (const workflow of workflows) {
    const { schedule } = workflow.start;
    if (schedule === undefined) continue;
    add(
      { ...schedule, name: workflow.name, workflow: workflow.name, input: schedule.input ?? {} },
      (problem, fix) =>
        mistakes.push(`workflows/${workflow.name}.ts: start.schedule: ${problem}. Fix: ${fix}.`),
    );
  }
  if (config.schedulesFile !== undefined) {
    const file = readFile(config.schedulesFile.path);
    const parsed = parseSchedules(file, basename(config.schedulesFile.path));
    for (const written of parsed.schedules) {
      if (definitions.some(({ name }) => name === written.name))
        parsed.mistakes.add(written.spot, 'a workflow has a schedule of this name', 'choose another name');
      else add(written, (problem, fix) => parsed.mistakes.add(written.spot, problem, fix));
    }
    mistakes.push(...parsed.mistakes.list());
  }
  if (mistakes.length > 0) throw new AppError('config.invalid', mistakes.join('\n'));
  return definitions;
}

function checkSchedule(
  written: Omit<WrittenSchedule, 'spot'>,
  known: { readonly workflows: readonly Workflow[]; readonly zone: string; readonly people: People },
): ScheduleDefinition | { readonly problem: string; readonly fix: string } {
  const { name, when, missed = 'once', zone = known.zone } = written;
  const cron = parseWording(when);
  if (cron === undefined) return { problem: `«${when}» is not understood`, fix: `write ${wordingExamples}` };
  const fault = findTimingFault({ cron, zone });
  if (fault !== undefined)
    return { problem: `«${when}» in ${zone}: ${fault}`, fix: `write ${wordingExamples}` };
  const input = checkInput(known.workflows, written.workflow, written.input);
  if ('problem' in input) return input;
  const channel = channelNamed(written.channel);
  const isConsole = channel.startsWith('console:');
  if (isConsole && !known.people.channels.some(({ id }) => id === channel))
    return {
      problem: `there is no channel ${written.channel}`,
      fix: 'name one of people.yaml, or a platform’s in full',
    };
  const text = written.text === undefined ? {} : { text: written.text };
  const by = scheduleActor(name);
  return {
    name,
    cron,
    zone,
    workflow: written.workflow,
    input: input.value,
    ...text,
    channel,
    missed,
    by,
    origin: 'file',
  };
}

/** What the command may use of them. */
export function scheduleServices(
  scheduler: Scheduler,
  {
    config,
    workflows,
    store,
    clock,
    people,
    rooms,
    adapters,
  }: Pick<SchedulingOptions, 'config' | 'workflows' | 'store' | 'clock' | 'people'> & {
    readonly rooms: Pick<DirectRooms, 'reads'>;
    adapters(): readonly Pick<ChatAdapter, 'name' | 'describeChannel'>[];
  },
): ScheduleServices {
  return {
    scheduler,
    store,
    zone: config.timeZone,
    now: () => clock.now().getTime(),
    canRead: (person, channel) => people().canRead(person.id, channel),
    reads: (person, channel) => rooms.reads(person, channel),
    async channelName(channel) {
      const surface = surfaceOf(channel);
      if (surface === 'console') return nameChannel(channel);
      const adapter = adapters().find(({ name }) => name === surface);
      // A platform that does not answer leaves the channel without a name.
      const facts = await adapter?.describeChannel?.(channel, 'source').catch(() => undefined);
      return facts?.name === undefined ? undefined : `#${facts.name}`;
    },
    checkInput: (workflow, input) => checkInput(workflows, workflow, input),
  };
}

/** Input for a workflow as its own schema reads it, or what is wrong with it. */
function checkInput(
  workflows: readonly Workflow[],
  name: string,
  input: JsonObject,
): { readonly value: JsonObject } | { readonly problem: string; readonly fix: string } {
  const workflow = workflows.find((entry) => entry.name === name);
  if (workflow === undefined)
    return {
      problem: `there is no workflow ${name}`,
      fix: `name one of ${workflows.map((entry) => entry.name).join(', ')}`,
    };
  const parsed = workflow.input.safeParse(input);
  // What a schema makes of plain JSON is plain JSON: workflows' inputs are recorded as such.
  if (parsed.success) return { value: parsed.data as JsonObject };
  const [issue] = parsed.error.issues;
  return {
    problem: `input ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'does not fit'}`,
    fix: `give what ${name} takes`,
  };
}

function readFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new AppError('config.invalid', `SCHEDULES_FILE: ${path} cannot be read: ${describeError(cause)}.`, {
      cause,
    });
  }
}
