/** Runs: their list, state and ledger, and stopping one. */
import { z } from 'zod';
import { answered, answeredAct, answeredOrUnknown, defineRead, defineWrite, refused } from '../route.ts';
import { retryInput, runStatuses, stopInput } from '../shapes.ts';

export const runRoutes = [
  defineRead({
    path: '/runs',
    id: 'listRuns',
    summary: 'Runs the caller may see, latest first.',
    query: z.object({
      status: z.enum(runStatuses).exactOptional(),
      workflow: z.string().max(200).exactOptional(),
      cursor: z.string().max(500).exactOptional(),
    }),
    answer: 'RunPage',
    problems: [],
    handle: async ({ backend, person, query }) => answered(await backend.listRuns(person, query)),
  }),
  defineRead({
    path: '/runs/{run}',
    id: 'readRun',
    summary: 'The state of a run.',
    query: z.object({}),
    answer: 'Run',
    problems: [404],
    handle: async ({ backend, person, param }) =>
      answeredOrUnknown(await backend.readRun(person, param('run')), 'run'),
  }),
  defineRead({
    path: '/runs/{run}/files/{item}',
    id: 'readFile',
    summary: 'A file that an item of a run shows: a picture, rows as CSV, a long answer of a tool.',
    query: z.object({}),
    answer: 'File',
    problems: [404],
    handle: async ({ backend, person, param }) =>
      answeredOrUnknown(await backend.readFile(person, param('run'), param('item')), 'file'),
  }),
  defineRead({
    path: '/runs/{run}/ledger',
    id: 'readLedger',
    summary: 'Every commit of a run, in order: enough to recompute every hash.',
    query: z.object({}),
    answer: 'CommitPage',
    problems: [404],
    handle: async ({ backend, person, param }) =>
      answeredOrUnknown(await backend.readLedger(person, param('run')), 'run'),
  }),
  defineWrite({
    path: '/runs/{run}/stop',
    id: 'stopRun',
    summary: 'Stops a run.',
    body: 'StopInput',
    isBodyOptional: true,
    input: stopInput,
    answer: 'Run',
    problems: [403, 404, 409],
    async handle({ backend, person, param, body }) {
      const outcome = await backend.stopRun(person, param('run'), body.reason);
      return outcome.kind === 'refused' ? refused(outcome) : answered(outcome.run);
    },
  }),
  defineWrite({
    path: '/runs/{run}/pause',
    id: 'pauseRun',
    summary: 'Holds a run: what was sent goes on, nothing new begins.',
    body: 'StopInput',
    isBodyOptional: true,
    input: stopInput,
    answer: 'ActionOutput',
    problems: [403, 404, 409],
    handle: async ({ backend, person, param, body }) =>
      answeredAct(await backend.operateRun(person, param('run'), { kind: 'pause' }, body.reason)),
  }),
  defineWrite({
    path: '/runs/{run}/resume',
    id: 'resumeRun',
    summary: 'Lets a paused or parked run go on.',
    body: 'StopInput',
    isBodyOptional: true,
    input: stopInput,
    answer: 'ActionOutput',
    problems: [403, 404, 409],
    handle: async ({ backend, person, param, body }) =>
      answeredAct(await backend.operateRun(person, param('run'), { kind: 'resume' }, body.reason)),
  }),
  defineWrite({
    path: '/runs/{run}/retry',
    id: 'retryRun',
    summary: 'Lets a run try again what failed, or what code answered from a step on.',
    body: 'RetryInput',
    isBodyOptional: true,
    input: retryInput,
    answer: 'ActionOutput',
    problems: [403, 404, 409],
    async handle({ backend, person, param, body }) {
      const retry = { kind: 'retry' as const, ...(body.step !== undefined && { step: body.step }) };
      return answeredAct(await backend.operateRun(person, param('run'), retry, body.reason));
    },
  }),
];
