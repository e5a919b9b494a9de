/** Schedules: their list, making one, and what may be done with each. */
import { z } from 'zod';
import { answered, defineRead, defineWrite, refused } from '../route.ts';
import { scheduleChangeInput, scheduleInput } from '../shapes.ts';

export const scheduleRoutes = [
  defineRead({
    path: '/schedules',
    id: 'listSchedules',
    summary: 'Schedules that the caller may see, with their next moments, and the workflows there are.',
    query: z.object({}),
    answer: 'Schedules',
    problems: [],
    handle: async ({ backend, person }) => answered(await backend.scheduleBoard.list(person)),
  }),
  defineWrite({
    path: '/schedules',
    id: 'makeSchedule',
    summary: 'Makes a schedule. It rests until it is confirmed.',
    body: 'ScheduleInput',
    input: scheduleInput,
    answer: 'Schedule',
    problems: [422],
    async handle({ backend, person, body }) {
      const made = await backend.scheduleBoard.make(person, body);
      return made.kind === 'refused' ? refused(made) : answered(made.schedule);
    },
  }),
  defineWrite({
    path: '/schedules/{schedule}',
    id: 'changeSchedule',
    summary: 'Confirms, pauses, resumes, skips the next moment, starts now, changes when, or deletes.',
    body: 'ScheduleChangeInput',
    input: scheduleChangeInput,
    answer: 'ActionOutput',
    problems: [403, 404, 422],
    async handle({ backend, person, param, body }) {
      const done = await backend.scheduleBoard.change(person, param('schedule'), body);
      return done.kind === 'refused' ? refused(done) : answered({ text: done.text, run: done.run });
    },
  }),
];
