/** The caller: name, roles, channels and what waits for them. */
import { z } from 'zod';
import { answered, defineRead } from '../route.ts';

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
];
