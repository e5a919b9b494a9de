/** The freeze: how it stands, starting and ending it, and emergency openings. */
import { z } from 'zod';
import type { Freezer, FreezeAnswer } from '../../gate/freezer.ts';
import { openReviews } from '../../gate/freeze-state.ts';
import { asRunId } from '../../core/ids.ts';
import type { Refusal } from '../backend.ts';
import { answered, defineRead, defineWrite, refused } from '../route.ts';
import type { RouteAnswer } from '../route.ts';
import { breakGlassInput, emptyInput, reasonInput, reviewInput } from '../shapes.ts';
import type { FreezeJson } from '../shapes.ts';

const statuses: Record<(FreezeAnswer & { kind: 'refused' })['why'], Refusal['status']> = {
  'not-entitled': 403,
  'same-person': 403,
  'no-reason': 422,
  'not-frozen': 409,
  already: 409,
  unknown: 404,
};

async function freezeJson(freezer: Freezer): Promise<FreezeJson> {
  const state = await freezer.state();
  const open = new Set(openReviews(state));
  return {
    isFrozen: state.frozen !== undefined,
    ...(state.frozen !== undefined && {
      by: state.frozen.by,
      reason: state.frozen.reason,
      at: new Date(state.frozen.at).toISOString(),
    }),
    glasses: state.glasses.map((glass) => ({
      id: glass.id,
      thread: glass.thread,
      by: glass.by,
      reason: glass.reason,
      at: new Date(glass.at).toISOString(),
      ...(glass.broken !== undefined && {
        confirmedBy: glass.broken.by,
        until: new Date(glass.broken.until).toISOString(),
      }),
      ...(glass.reviewed !== undefined && { reviewedBy: glass.reviewed.by, review: glass.reviewed.words }),
      isReviewOpen: open.has(glass),
    })),
  };
}

async function answerFor(freezer: Freezer, done: FreezeAnswer): Promise<RouteAnswer> {
  if (done.kind === 'refused') {
    return refused({
      kind: 'refused',
      status: statuses[done.why],
      code: `freeze.${done.why}`,
      detail: done.text,
    });
  }
  return answered({ ...(await freezeJson(freezer)), text: done.text });
}

export const freezeRoutes = [
  defineRead({
    path: '/freeze',
    id: 'readFreeze',
    summary: 'Whether everything is frozen, and which emergency openings there are.',
    query: z.object({}),
    answer: 'Freeze',
    problems: [],
    handle: async ({ backend }) => answered(await freezeJson(backend.freezer)),
  }),
  defineWrite({
    path: '/freeze',
    id: 'freeze',
    summary: 'Stops everything that could change something. Answers when nothing more is sent.',
    body: 'ReasonInput',
    input: reasonInput,
    answer: 'Freeze',
    problems: [403],
    handle: async ({ backend, person, body }) =>
      answerFor(backend.freezer, await backend.freezer.freeze(person, body.reason)),
  }),
  defineWrite({
    path: '/unfreeze',
    id: 'unfreeze',
    summary: 'Ends the freeze. What was asked before it stays void.',
    body: 'ReasonInput',
    input: reasonInput,
    answer: 'Freeze',
    problems: [403, 409],
    handle: async ({ backend, person, body }) =>
      answerFor(backend.freezer, await backend.freezer.unfreeze(person, body.reason)),
  }),
  defineWrite({
    path: '/break-glass',
    id: 'askForGlass',
    summary: 'Asks that the thread of a run may act while everything is frozen.',
    body: 'BreakGlassInput',
    input: breakGlassInput,
    answer: 'Freeze',
    problems: [403, 404, 409],
    handle: async ({ backend, person, body }) =>
      answerFor(backend.freezer, await backend.freezer.askForGlass(person, asRunId(body.run), body.reason)),
  }),
  defineWrite({
    path: '/break-glass/{glass}/confirm',
    id: 'breakGlass',
    summary: 'The second person agrees: the thread may act for 30 minutes.',
    body: 'EmptyInput',
    isBodyOptional: true,
    input: emptyInput,
    answer: 'Freeze',
    problems: [403, 404, 409],
    handle: async ({ backend, person, param }) =>
      answerFor(backend.freezer, await backend.freezer.breakGlass(person, param('glass'))),
  }),
  defineWrite({
    path: '/break-glass/{glass}/review',
    id: 'reviewGlass',
    summary: 'Somebody who had no part in it signs that they have looked.',
    body: 'ReviewInput',
    input: reviewInput,
    answer: 'Freeze',
    problems: [403, 404, 409],
    handle: async ({ backend, person, param, body }) =>
      answerFor(backend.freezer, await backend.freezer.reviewGlass(person, param('glass'), body.text)),
  }),
];
