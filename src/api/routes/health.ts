/** Checks, in words for people. Machines ask `/readyz`. */
import { z } from 'zod';
import { answered, defineRead } from '../route.ts';

export const healthRoutes = [
  defineRead({
    path: '/health',
    id: 'readHealth',
    summary: 'Checks of every part, with what to do about those that fail.',
    query: z.object({}),
    answer: 'Health',
    problems: [],
    handle: async ({ backend }) => answered(await backend.health()),
  }),
];
