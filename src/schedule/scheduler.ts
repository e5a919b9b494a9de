/**
 * Turns time into runs.
 *
 * Every process sweeps rows that are due; of several that start the same occurrence the inbox takes one (see
 * `store.ts`). A row moves on only after its occurrences are durable, so a crash repeats keys and loses nothing.
 * A timer per schedule would be no more exact where it matters, and would have to be mended by this sweep anyway.
 */
import type { Clock, Timer } from '../core/clock.ts';
import { asActorId } from '../core/ids.ts';
import type { ActorId, ChannelId } from '../core/ids.ts';
import { describeError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import type { Logger } from '../core/logger.ts';
import { dueOccurrences } from './due-occurrences.ts';
import { nextMoment } from './moments.ts';
import type { ScheduleDefinition, ScheduleRow, ScheduleStore } from './store.ts';

export interface Occurrence {
  /** Unique for ever: the schedule and the moment. */
  readonly key: string;
  readonly by: ActorId;
  readonly channel: ChannelId;
  readonly workflow: string;
  readonly input: JsonObject;
  /** True when a person wanted this one, now. */
  readonly isAsked: boolean;
  /** What its thread shows as the request. */
  readonly text: string;
}

export interface Scheduler {
  /** Takes over the files' schedules and begins to sweep. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Starts what is due. */
  sweep(): Promise<void>;
  /** One that rests does so until somebody ends its pause. */
  add(definition: ScheduleDefinition, state: 'active' | 'paused'): Promise<'added' | 'name-taken'>;
  /** Changes when it comes, from now on. */
  retime(name: string, cron: string): Promise<ScheduleRow | undefined>;
  pause(name: string, isPaused: boolean): Promise<ScheduleRow | undefined>;
  /** Leaves the next moment out. */
  skip(name: string): Promise<ScheduleRow | undefined>;
  /** Starts a run at once; the moments stay. `request` is unique to whoever asks. */
  runNow(name: string, by: ActorId, request: string): Promise<{ readonly run?: string } | undefined>;
  remove(name: string): Promise<boolean>;
}

export interface SchedulerOptions {
  readonly store: ScheduleStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What the files say; absent rows of theirs go. */
  readonly definitions: readonly ScheduleDefinition[];
  /** Keeps the occurrence durably and starts it; the same key twice is one. */
  startRun(occurrence: Occurrence): Promise<{ readonly run?: string }>;
  /** True while nothing of it is to come: it stays due. */
  isHeld(row: ScheduleRow): Promise<boolean>;
}

const sweepEveryMs = 5_000;
const sweepSize = 100;

export function createScheduler(options: SchedulerOptions): Scheduler {
  const { store, clock, logger } = options;
  let timer: Timer | undefined;
  let sweeping: Promise<void> | undefined;
  const now = (): number => clock.now().getTime();

  async function takeOverFiles(): Promise<void> {
    const known = await store.list();
    for (const row of known) {
      const isGone = !options.definitions.some(({ name }) => name === row.name);
      if (row.origin === 'file' && isGone) await store.remove(row.name);
    }
    for (const definition of options.definitions) {
      const row = known.find(({ name }) => name === definition.name);
      if (row === undefined) await add(definition, 'active');
      else if (row.origin === 'person')
        logger.warn('schedule.name-taken', {
          schedule: row.name,
          fix: 'Somebody made a schedule of this name in chat: rename the one in the file, or delete the other.',
        });
      else await follow(row, definition);
    }
  }

  /** The file's words, with the pause that people set and the moment that stands as long as the timing does. */
  async function follow(row: ScheduleRow, definition: ScheduleDefinition): Promise<void> {
    const { isPaused, nextAt } = row;
    const isSameTiming = row.cron === definition.cron && row.zone === definition.zone;
    await store.replace(
      row,
      withNext({ ...definition, isPaused }, isSameTiming ? nextAt : first(definition)),
    );
  }

  const first = (timing: { readonly cron: string; readonly zone: string }): number | undefined =>
    nextMoment(timing, now());

  async function add(
    definition: ScheduleDefinition,
    state: 'active' | 'paused',
  ): Promise<'added' | 'name-taken'> {
    const row = withNext({ ...definition, isPaused: state === 'paused' }, first(definition));
    return (await store.add(row)) ? 'added' : 'name-taken';
  }

  async function change(
    name: string,
    next: (row: ScheduleRow) => ScheduleRow,
  ): Promise<ScheduleRow | undefined> {
    for (;;) {
      const row = await store.find(name);
      if (row === undefined) return undefined;
      const changed = next(row);
      if (await store.replace(row, changed)) return changed;
    }
  }

  async function startDue(row: ScheduleRow): Promise<void> {
    const { starts, nextAt } = dueOccurrences(row, now());
    for (const { at, isLate } of starts) {
      const moment = new Date(at).toISOString();
      await options.startRun({
        ...occurrence(row, `schedule:${row.name}/${moment}`),
        isAsked: false,
        text: row.text ?? `${row.name}: scheduled for ${moment}${isLate ? ', late' : ''}`,
      });
    }
    await store.replace(row, withNext(row, nextAt));
  }

  async function sweepOnce(): Promise<void> {
    for (const row of await store.findDue(now(), sweepSize)) {
      try {
        if (!(await options.isHeld(row))) await startDue(row);
      } catch (error) {
        // The others are not to wait for this one; its row stays due.
        logger.error('schedule.failed', { schedule: row.name, why: describeError(error) });
      }
    }
  }

  function sweep(): Promise<void> {
    sweeping ??= sweepOnce().finally(() => {
      sweeping = undefined;
    });
    return sweeping;
  }

  return {
    async start() {
      await takeOverFiles();
      await sweep();
      timer = clock.every(sweepEveryMs, () => {
        sweep().catch((error: unknown) => {
          logger.error('schedules.failed', { why: describeError(error) });
        });
      });
    },
    async stop() {
      timer?.cancel();
      await sweeping;
    },
    sweep,
    add,
    retime: (name, cron) => change(name, (row) => withNext({ ...row, cron }, first({ ...row, cron }))),
    // What passed during a pause was not missed: nobody wanted it.
    pause: (name, isPaused) =>
      change(name, (row) => (isPaused ? { ...row, isPaused } : withNext({ ...row, isPaused }, first(row)))),
    skip: (name) =>
      change(name, (row) => (row.nextAt === undefined ? row : withNext(row, nextMoment(row, row.nextAt)))),
    async runNow(name, by, request) {
      const row = await store.find(name);
      if (row === undefined) return undefined;
      return options.startRun({
        ...occurrence(row, `schedule:${name}/now/${by}/${request}`),
        by,
        isAsked: true,
        text: row.text ?? `${name}: started now`,
      });
    },
    remove: (name) => store.remove(name),
  };
}

/** Who asks when a file's schedule starts a run: no person, so no role. */
export function scheduleActor(name: string): ActorId {
  return asActorId(`schedule:${name}`);
}

function occurrence(row: ScheduleRow, key: string): Omit<Occurrence, 'text' | 'isAsked'> {
  const { by, channel, workflow, input } = row;
  return { key, by, channel, workflow, input };
}

function withNext(row: Omit<ScheduleRow, 'nextAt'>, nextAt: number | undefined): ScheduleRow {
  const rest: ScheduleRow = { ...row };
  if (nextAt !== undefined) return { ...rest, nextAt };
  const { nextAt: _gone, ...without } = rest;
  return without;
}
