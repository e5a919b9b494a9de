/** Threads of a channel, and what was said in one. */
import { z } from 'zod';
import { answeredOrUnknown, defineRead } from '../route.ts';

export const threadRoutes = [
  defineRead({
    path: '/channels/{channel}/threads',
    id: 'listThreads',
    summary: 'Threads of a channel, latest first.',
    query: z.object({ cursor: z.string().max(500).exactOptional() }),
    answer: 'ThreadSummaryPage',
    problems: [404],
    handle: async ({ backend, person, param, query }) =>
      answeredOrUnknown(await backend.listThreads(person, param('channel'), query.cursor), 'channel'),
  }),
  defineRead({
    path: '/threads/{thread}',
    id: 'readThread',
    summary: 'Messages and cards of a thread, in order.',
    query: z.object({}),
    answer: 'Thread',
    problems: [404],
    handle: async ({ backend, person, param }) =>
      answeredOrUnknown(await backend.readThread(person, param('thread')), 'thread'),
  }),
];
