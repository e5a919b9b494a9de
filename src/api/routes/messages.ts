/** Saying something as a person. */
import { answered, defineWrite, refused } from '../route.ts';
import { messageInput } from '../shapes.ts';

export const messageRoutes = [
  defineWrite({
    path: '/messages',
    id: 'sendMessage',
    summary: 'Says something as the caller. The same `id` twice is one message.',
    body: 'MessageInput',
    input: messageInput,
    answer: 'MessageOutput',
    problems: [403, 404, 409, 422],
    async handle({ backend, person, body }) {
      const outcome = await backend.sendMessage(person, body);
      if (outcome.kind === 'refused') return refused(outcome);
      return answered({ thread: outcome.thread, run: outcome.run });
    },
  }),
];
