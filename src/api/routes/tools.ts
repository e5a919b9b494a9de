/** Tools, the servers they come from, and their review. */
import { z } from 'zod';
import { reviewServerInput } from '../look/look-shapes.ts';
import { answered, defineRead, defineWrite, refused } from '../route.ts';

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
  defineRead({
    path: '/tools/{server}/review',
    id: 'readServerReview',
    summary:
      "A server's tools as they are listed now, what changed, and a proposal for the policy. For operators.",
    query: z.object({}),
    answer: 'ServerReview',
    problems: [403, 404, 503],
    async handle({ backend, person, param }) {
      const found = await backend.reviewDesk.read(person, param('server'));
      return found.kind === 'refused' ? refused(found) : answered(found.review);
    },
  }),
  defineWrite({
    path: '/tools/{server}/review',
    id: 'reviewServer',
    summary: 'Accepts all tools of a server as they were shown and marks it reviewed. For operators.',
    body: 'ReviewServerInput',
    input: reviewServerInput,
    answer: 'ActionOutput',
    problems: [403, 404, 409, 503],
    async handle({ backend, person, param, body }) {
      const done = await backend.reviewDesk.accept(person, param('server'), body.listing);
      return done.kind === 'refused' ? refused(done) : answered({ text: done.text });
    },
  }),
];
