/** What stands after `/countersign`, where people type it into the console. */
import { z } from 'zod';
import { answered, answeredOrUnknown, defineRead, defineWrite, refused } from '../route.ts';
import { commandInput } from '../shapes.ts';

export const commandRoutes = [
  defineRead({
    path: '/commands',
    id: 'completeCommand',
    summary:
      'What could stand next in a line that begins with `/`: commands, their fields, and values for them.',
    query: z.object({ channel: z.string().min(1).max(200), typed: z.string().max(2_000) }),
    answer: 'CompletionPage',
    problems: [404],
    async handle({ backend, person, query }) {
      const items = await backend.completeCommand(person, query);
      return answeredOrUnknown(items === undefined ? undefined : { items }, 'channel');
    },
  }),
  defineWrite({
    path: '/commands',
    id: 'answerCommand',
    summary:
      'Answers what stands after `/countersign`, for the caller alone: help, runs, memory, learn… The same `id` twice is carried out once and answers the same; `command.begun` says that nobody knows what came of it.',
    body: 'CommandInput',
    input: commandInput,
    answer: 'CommandOutput',
    problems: [404, 409],
    async handle({ backend, person, body }) {
      const outcome = await backend.command(person, body);
      return outcome.kind === 'refused' ? refused(outcome) : answered({ text: outcome.text });
    },
  }),
];
