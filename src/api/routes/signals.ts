/** Outside events that runs wait for. */
import { answered, defineWrite } from '../route.ts';
import { signalInput } from '../shapes.ts';

export const signalRoutes = [
  defineWrite({
    path: '/signals',
    id: 'publishSignal',
    summary: 'Says that something happened outside, to every run that waits for it or soon will.',
    body: 'SignalInput',
    input: signalInput,
    answer: 'SignalOutput',
    problems: [],
    handle: async ({ backend, person, body }) => answered(await backend.publishSignal(person, body)),
  }),
];
