/** `POST /setup {code, name}`: the first operator, made on the page where one signs in. */
import { z } from 'zod';
import type { HttpRoute } from '../chat/http-route.ts';
import type { PeopleDesk } from '../gate/people-desk.ts';
import { parseJsonBody } from './json-body.ts';

const input = z.object({ code: z.string().min(1).max(200), name: z.string().trim().min(1).max(80) });
const headers = { 'content-type': 'application/json' };

export function setupRoutes(
  desk: Pick<PeopleDesk, 'setUp' | 'needsOperator' | 'read'>,
): readonly HttpRoute[] {
  return [
    {
      method: 'GET',
      path: '/setup',
      isHostChecked: true,
      async handle() {
        await desk.read();
        return { status: 200, headers, body: JSON.stringify({ isOpen: desk.needsOperator() }) };
      },
    },
    {
      method: 'POST',
      path: '/setup',
      isHostChecked: true,
      async handle({ rawBody }) {
        const wanted = input.safeParse(parseJsonBody(rawBody));
        if (!wanted.success)
          return { status: 422, headers, body: JSON.stringify({ detail: 'Enter the code and your name.' }) };
        const { code, name } = wanted.data;
        const done = await desk.setUp({ platform: 'console', account: '' }, `${code.trim()} ${name}`);
        return done.token !== undefined && done.isDone
          ? { status: 200, headers, body: JSON.stringify({ text: done.text, token: done.token }) }
          : { status: 403, headers, body: JSON.stringify({ detail: done.text }) };
      },
    },
  ];
}
