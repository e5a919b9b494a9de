/** What the command may use of schedules. */
import type { ChannelId } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import type { Person } from '../people/person.ts';
import type { Scheduler } from '../schedule/scheduler.ts';
import type { ScheduleStore } from '../schedule/store.ts';

export interface ScheduleServices {
  readonly scheduler: Scheduler;
  readonly store: ScheduleStore;
  /** The zone of schedules that name none. */
  readonly zone: string;
  now(): number;
  /** On the console, at once. */
  canRead(person: Person, channel: ChannelId): boolean;
  /** Wherever it is: a platform is asked. False where it cannot be told. */
  reads(person: Person, channel: ChannelId): Promise<boolean>;
  /** What people call a channel: `#support`. Undefined where nobody can tell. */
  channelName(channel: ChannelId): Promise<string | undefined>;
  checkInput(
    workflow: string,
    input: JsonObject,
  ): { readonly value: JsonObject } | { readonly problem: string; readonly fix: string };
}
