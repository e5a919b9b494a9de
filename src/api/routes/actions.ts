/** Pressing a card's button by its id. */
import { answered, defineWrite, refused } from '../route.ts';
import { actionInput } from '../shapes.ts';

export const actionRoutes = [
  defineWrite({
    path: '/actions',
    id: 'act',
    summary: 'Presses a button of a card, or a suggestion.',
    body: 'ActionInput',
    input: actionInput,
    answer: 'ActionOutput',
    problems: [403, 404, 409, 410],
    async handle({ backend, person, body }) {
      const outcome = await backend.act(person, body);
      if (outcome.kind === 'refused') return refused(outcome);
      return answered({ text: outcome.text, thread: outcome.thread, run: outcome.run });
    },
  }),
];
