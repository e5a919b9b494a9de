/** Tools and the servers they come from. */
import { z } from 'zod';
import { answered, defineRead } from '../route.ts';

export const toolRoutes = [
  defineRead({
    path: '/tools',
    id: 'listTools',
    summary: 'Tools, what the policy says to each, and the servers.',
    query: z.object({}),
    answer: 'Tools',
    problems: [],
    handle: async ({ backend, person }) => answered(await backend.listTools(person)),
  }),
];
