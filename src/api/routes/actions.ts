/** Pressing a card's button by its id. */
import { z } from 'zod';
import { answeredAct, answeredOrUnknown, defineRead, defineWrite } from '../route.ts';
import { actionInput } from '../shapes.ts';

export const actionRoutes = [
  defineRead({
    path: '/actions/{action}/form',
    id: 'readForm',
    summary: 'The form that a button asks for, filled with what stands now.',
    query: z.object({}),
    answer: 'Form',
    problems: [404],
    handle: async ({ backend, person, param }) =>
      answeredOrUnknown(await backend.findForm(person, param('action')), 'form'),
  }),
  defineWrite({
    path: '/actions',
    id: 'act',
    summary: 'Presses a button of a card, or a suggestion.',
    body: 'ActionInput',
    input: actionInput,
    answer: 'ActionOutput',
    problems: [403, 404, 409, 410, 422],
    handle: async ({ backend, person, body }) => answeredAct(await backend.act(person, body)),
  }),
];
