/** The caller: name, roles, channels and what waits for them. */
import { z } from 'zod';
import { noticesInput } from '../look/look-shapes.ts';
import { answered, defineRead, defineWrite, refused } from '../route.ts';

export const meRoutes = [
  defineRead({
    path: '/me',
    id: 'readMe',
    summary: 'Who the caller is, and what they see.',
    query: z.object({}),
    answer: 'Me',
    problems: [],
    handle: async ({ backend, person }) => answered(await backend.me(person)),
  }),
  defineRead({
    path: '/me/notices',
    id: 'readNotices',
    summary: 'What the caller is told directly: quiet hours, followed and muted runs.',
    query: z.object({}),
    answer: 'Notices',
    problems: [],
    handle: async ({ backend, person }) => answered(await backend.noticeDesk.read(person)),
  }),
  defineWrite({
    path: '/me/notices',
    id: 'changeNotices',
    summary: "Sets or ends the caller's quiet hours, mutes for some hours or a run, or takes mutes back.",
    body: 'NoticesInput',
    input: noticesInput,
    answer: 'ActionOutput',
    problems: [422],
    async handle({ backend, person, body }) {
      const done = await backend.noticeDesk.change(person, body);
      return done.kind === 'refused' ? refused(done) : answered({ text: done.text });
    },
  }),
];
