/** The approval inbox, one approval, and votes. */
import { z } from 'zod';
import { answered, answeredOrUnknown, defineRead, defineWrite, refused } from '../route.ts';
import { approvalStates, voteInput } from '../shapes.ts';

export const approvalRoutes = [
  defineRead({
    path: '/approvals',
    id: 'listApprovals',
    summary: 'Approvals the caller may see, latest first.',
    query: z.object({
      state: z.enum(approvalStates).exactOptional(),
      cursor: z.string().max(500).exactOptional(),
    }),
    answer: 'ApprovalPage',
    problems: [],
    handle: async ({ backend, person, query }) => answered(await backend.listApprovals(person, query)),
  }),
  defineRead({
    path: '/approvals/{id}',
    id: 'readApproval',
    summary: 'An approval with its digest, arguments and votes.',
    query: z.object({}),
    answer: 'Approval',
    problems: [404],
    handle: async ({ backend, person, param }) =>
      answeredOrUnknown(await backend.readApproval(person, param('id')), 'approval'),
  }),
  defineWrite({
    path: '/approvals/{id}/votes',
    id: 'vote',
    summary: 'Votes on exactly what the digest stands for.',
    body: 'VoteInput',
    input: voteInput,
    answer: 'VoteOutput',
    problems: [403, 404, 409, 410, 422],
    async handle({ backend, person, param, body }) {
      const outcome = await backend.vote(person, param('id'), body);
      return outcome.kind === 'refused'
        ? refused(outcome)
        : answered({ ...outcome.approval, text: outcome.text });
    },
  }),
];
