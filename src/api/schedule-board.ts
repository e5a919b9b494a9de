/** Schedules for a person at the console: the same rules and words as the command, as data. */
import { createScheduleDesk } from '../commands/schedule-desk.ts';
import type { ScheduleAnswer } from '../commands/schedule-desk.ts';
import type { ScheduleServices } from '../commands/schedule-services.ts';
import { parseDirect } from '../core/direct-place.ts';
import { channelNamed } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import type { Person } from '../people/person.ts';
import type { ScheduleRow } from '../schedule/store.ts';
import type { ScheduleBoard } from './backend.ts';
import { refusal } from './refusal.ts';
import type { Refusal } from './backend.ts';
import type { ScheduleJson } from './shapes.ts';

const moments = 3;
const statuses = { unknown: 404, forbidden: 403, invalid: 422 } as const;

export function createScheduleBoard(
  schedules: ScheduleServices,
  workflows: readonly { readonly name: string; readonly title: string }[],
): ScheduleBoard {
  const desk = createScheduleDesk(schedules);

  const json = async (row: ScheduleRow, person: Person): Promise<ScheduleJson> => ({
    ...{ name: row.name, workflow: row.workflow, channel: row.channel, by: row.by, origin: row.origin },
    title: workflows.find(({ name }) => name === row.workflow)?.title ?? row.workflow,
    ...{ cron: row.cron, zone: row.zone, missed: row.missed, isPaused: row.isPaused },
    ...(row.text !== undefined && { text: row.text }),
    next: desk.nextOf(row, moments).map((at) => new Date(at).toISOString()),
    mayKeep: desk.mayKeep({ person }, row),
    ...(await placeOf(row)),
  });

  async function placeOf({ channel }: ScheduleRow): Promise<Pick<ScheduleJson, 'place'>> {
    const place = parseDirect(channel) === undefined ? await schedules.channelName(channel) : undefined;
    return place === undefined ? {} : { place };
  }

  return {
    async list(person) {
      const rows = await desk.list({ person });
      return {
        items: await Promise.all(rows.map((row) => json(row, person))),
        zone: schedules.zone,
        workflows: workflows.map(({ name, title }) => ({ name, title })),
      };
    },
    async make(person, { when, workflow, channel, text, input, zone, missed }) {
      const made = await desk.make(
        { person },
        {
          ...{ when, workflow, channel: channelNamed(channel) },
          ...(zone !== undefined && { zone }),
          ...(missed !== undefined && { missed }),
          ...(text !== undefined && text.trim() !== '' && { text: text.trim() }),
          // The body was read as JSON, so the object is one of JSON values; the type says only that it is an object.
          input: (input ?? {}) as JsonObject,
        },
      );
      if (made.kind === 'refused') return refused(made);
      const row = made.name === undefined ? undefined : await schedules.store.find(made.name);
      return row === undefined
        ? refusal(404, 'schedule.unknown', 'It was deleted meanwhile.')
        : { kind: 'made', schedule: await json(row, person) };
    },
    async change(person, name, { verb, when }) {
      const done = await desk.keep({ person }, { verb, name, ...(when !== undefined && { when }) });
      if (done.kind === 'refused') return refused(done);
      return { kind: 'done', text: done.text, ...(done.run !== undefined && { run: done.run }) };
    },
  };
}

function refused({ why, text }: ScheduleAnswer & { readonly kind: 'refused' }): Refusal {
  return refusal(statuses[why], `schedule.${why}`, text);
}
