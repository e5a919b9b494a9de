/**
 * The schedules' persistence port.
 *
 * A row says what starts when, and up to where its moments are dealt with. That an occurrence starts once does not
 * rest on it: each occurrence is a message whose key is made of the schedule and the moment, and the inbox keeps a
 * key once. So a process that dies between the start and `settle` does no harm, nor do two that do the same.
 */
import type { ActorId, ChannelId } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';

/** What happens to moments that passed while nothing ran: one run, late; none; or one run each. */
export const missedRules = ['once', 'skip', 'each'] as const;
export type MissedRule = (typeof missedRules)[number];

export interface ScheduleDefinition {
  /** `[a-z][a-z0-9-]*`, unique. */
  readonly name: string;
  /** Five fields: minute, hour, day, month, weekday. */
  readonly cron: string;
  /** IANA: `Europe/Berlin`. */
  readonly zone: string;
  readonly workflow: string;
  readonly input: JsonObject;
  /** What its runs are told; else the schedule's name and the moment. */
  readonly text?: string;
  /** Where its runs speak and ask. */
  readonly channel: ChannelId;
  readonly missed: MissedRule;
  /** Whose requests its runs are: they cannot approve what they ask for. */
  readonly by: ActorId;
  /** A file's schedules follow the file; those of people stay until somebody deletes them. */
  readonly origin: 'file' | 'person';
}

export interface ScheduleRow extends ScheduleDefinition {
  readonly isPaused: boolean;
  /** The next moment, in ms since 1970; absent when none will come. */
  readonly nextAt?: number;
}

export interface ScheduleStore {
  /** By name. */
  list(): Promise<readonly ScheduleRow[]>;
  find(name: string): Promise<ScheduleRow | undefined>;
  /** Those not paused whose moment has come, the oldest first. */
  findDue(now: number, limit: number): Promise<readonly ScheduleRow[]>;
  /** Keeps a schedule; false when there is one of that name. */
  add(row: ScheduleRow): Promise<boolean>;
  /** Puts `next` in the place of `before`; false when it has changed meanwhile. */
  replace(before: ScheduleRow, next: ScheduleRow): Promise<boolean>;
  /** False when there is none. */
  remove(name: string): Promise<boolean>;
}
