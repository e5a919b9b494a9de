/** Memories that may be told in a channel: finding, correcting and forgetting them. */
import { z } from 'zod';
import { answered, answeredOrUnknown, defineRead, defineWrite, refused } from '../route.ts';
import type { RouteAnswer } from '../route.ts';
import type { MemoryChange } from '../backend.ts';
import { notFound } from '../refusal.ts';
import { emptyInput, memoryTextInput, memoryViews } from '../shapes.ts';

const path = '/channels/{channel}/memories';

function answeredChange(done: MemoryChange | undefined): RouteAnswer {
  if (done === undefined) return refused(notFound('channel'));
  return done.kind === 'refused' ? refused(done) : answered({ text: done.text });
}

export const memoryRoutes = [
  defineRead({
    path,
    id: 'listMemories',
    summary:
      'What may be told in a channel: kept there, by the caller, or anywhere open; held there until somebody keeps it; or found by words.',
    query: z.object({
      q: z.string().max(1_000).exactOptional(),
      view: z.enum(memoryViews).exactOptional(),
      cursor: z.string().max(500).exactOptional(),
    }),
    answer: 'MemoryPage',
    problems: [404],
    handle: async ({ backend, person, param, query }) =>
      answeredOrUnknown(await backend.memoryDesk.list(person, param('channel'), query), 'channel'),
  }),
  defineRead({
    path: `${path}/{memory}/history`,
    id: 'readMemoryHistory',
    summary: 'A memory as it stands, and what it said before each correction: who, when, from where.',
    query: z.object({}),
    answer: 'MemoryHistory',
    problems: [404],
    async handle({ backend, person, param }) {
      const found = await backend.memoryDesk.history(person, param('channel'), param('memory'));
      if (found === undefined) return refused(notFound('channel'));
      return found.kind === 'refused' ? refused(found) : answered(found.history);
    },
  }),
  defineRead({
    path: `${path}/{memory}/forgetting`,
    id: 'previewForget',
    summary: 'What would go for good if this memory were forgotten.',
    query: z.object({}),
    answer: 'Forgetting',
    problems: [404],
    async handle({ backend, person, param }) {
      const found = await backend.memoryDesk.previewForget(person, param('channel'), param('memory'));
      if (found === undefined) return refused(notFound('channel'));
      return found.kind === 'refused' ? refused(found) : answered(found.forgetting);
    },
  }),
  defineWrite({
    path: `${path}/{memory}/correct`,
    id: 'correctMemory',
    summary: 'Puts another text in the place of a memory. The earlier one stays in its history.',
    body: 'MemoryTextInput',
    input: memoryTextInput,
    answer: 'ActionOutput',
    problems: [404, 422],
    handle: async ({ backend, person, param, body }) =>
      answeredChange(await backend.memoryDesk.correct(person, param('channel'), param('memory'), body.text)),
  }),
  defineWrite({
    path: `${path}/{memory}/forget`,
    id: 'forgetMemory',
    summary: 'Forgets a memory for good, with all that was made from it.',
    body: 'EmptyInput',
    isBodyOptional: true,
    input: emptyInput,
    answer: 'ActionOutput',
    problems: [404],
    handle: async ({ backend, person, param }) =>
      answeredChange(await backend.memoryDesk.forget(person, param('channel'), param('memory'))),
  }),
];
