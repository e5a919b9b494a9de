/** Grants: their list, making one with a vote, revoking one. */
import { z } from 'zod';
import { answered, defineRead, defineWrite, refused } from '../route.ts';
import { emptyInput, grantInput } from '../shapes.ts';

const hourMs = 3_600_000;

export const grantRoutes = [
  defineRead({
    path: '/grants',
    id: 'listGrants',
    summary: 'Grants that concern the caller, latest first, with every use.',
    query: z.object({}),
    answer: 'GrantPage',
    problems: [],
    handle: async ({ backend, person }) => answered({ items: await backend.listGrants(person) }),
  }),
  defineWrite({
    path: '/approvals/{id}/grants',
    id: 'makeGrant',
    summary: 'Approves a call and grants more like it, within what the policy allows.',
    body: 'GrantInput',
    input: grantInput,
    answer: 'ActionOutput',
    problems: [403, 404, 409, 410],
    async handle({ backend, person, param, body }) {
      const { digest, uses, hours, vary } = body;
      const wish = { uses, lastsMs: hours * hourMs, vary };
      const done = await backend.grant(person, param('id'), { digest, wish });
      return done.kind === 'refused' ? refused(done) : answered({ text: done.text });
    },
  }),
  defineWrite({
    path: '/grants/{grant}/revoke',
    id: 'revokeGrant',
    summary: 'Revokes a grant at once.',
    body: 'EmptyInput',
    isBodyOptional: true,
    input: emptyInput,
    answer: 'ActionOutput',
    problems: [404],
    async handle({ backend, person, param }) {
      const done = await backend.revokeGrant(person, param('grant'));
      return done.kind === 'refused' ? refused(done) : answered({ text: done.text });
    },
  }),
];
