/** Calls that were sent and never answered. */
import { z } from 'zod';
import { answered, defineRead } from '../route.ts';

export const outcomeRoutes = [
  defineRead({
    path: '/outcomes',
    id: 'listUnknownOutcomes',
    summary: 'Calls of which nobody knows what became of them, as far as the caller may see them.',
    query: z.object({ cursor: z.string().max(500).exactOptional() }),
    answer: 'OutcomePage',
    problems: [],
    handle: async ({ backend, person, query }) => answered(await backend.listOutcomes(person, query.cursor)),
  }),
];
