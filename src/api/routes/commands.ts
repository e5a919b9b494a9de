/** What stands after `/countersign`, where people type it into the console. */
import { answered, defineWrite, refused } from '../route.ts';
import { commandInput } from '../shapes.ts';

export const commandRoutes = [
  defineWrite({
    path: '/commands',
    id: 'answerCommand',
    summary: 'Answers what stands after `/countersign`, for the caller alone: help, runs, memory, learn…',
    body: 'CommandInput',
    input: commandInput,
    answer: 'CommandOutput',
    problems: [404],
    async handle({ backend, person, body }) {
      const outcome = await backend.command(person, body);
      return outcome.kind === 'refused' ? refused(outcome) : answered({ text: outcome.text });
    },
  }),
];
