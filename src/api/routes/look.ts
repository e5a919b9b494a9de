/** Pages that only look. */
import { z } from 'zod';
import { answered, defineRead } from '../route.ts';

export const lookRoutes = [
  defineRead({
    path: '/overview',
    id: 'readOverview',
    summary: 'The last 24 hours in the channels that you read.',
    query: z.object({}),
    answer: 'Overview',
    problems: [],
    handle: async ({ backend, person }) => answered(await backend.look.overview(person)),
  }),
  defineRead({
    path: '/search',
    id: 'search',
    summary: 'Runs whose request or answer holds every word, youngest first.',
    query: z.object({ q: z.string().trim().min(1).max(200) }),
    answer: 'SearchResult',
    problems: [],
    handle: async ({ backend, person, query }) => answered(await backend.look.search(person, query.q)),
  }),
  defineRead({
    path: '/people',
    id: 'listPeople',
    summary: 'Who is who, and who decides what.',
    query: z.object({}),
    answer: 'People',
    problems: [],
    handle: ({ backend }) => Promise.resolve(answered(backend.look.people())),
  }),
  defineRead({
    path: '/policy',
    id: 'readPolicy',
    summary: 'The rules in force.',
    query: z.object({}),
    answer: 'Policy',
    problems: [],
    handle: ({ backend }) => Promise.resolve(answered(backend.look.policy())),
  }),
  defineRead({
    path: '/ledger',
    id: 'listLedgers',
    summary: 'Ledgers of the runs that you may read, and the latest seals.',
    query: z.object({ cursor: z.string().max(500).exactOptional() }),
    answer: 'Ledgers',
    problems: [],
    handle: async ({ backend, person, query }) => answered(await backend.look.ledgers(person, query.cursor)),
  }),
];
