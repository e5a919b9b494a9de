/**
 * `/mcp`: the bot as a tool server over streamable HTTP, for programs that carry a person's token.
 *
 * Each request stands for itself: it names its person by `Authorization: Bearer`, and no session is kept.
 */
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify';
import { AppError, describeError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { Person } from '../../people/person.ts';
import type { McpDesk } from './mcp-desk.ts';

export interface McpRouteOptions {
  readonly desk: McpDesk;
  /** Lets only requests with a known token through. */
  readonly demandPerson: onRequestHookHandler;
  readonly logger: Logger;
}

type Answer = (person: Person, request: Request) => Promise<Response>;

export function addMcpRoute(app: FastifyInstance, options: McpRouteOptions): void {
  const { logger } = options;
  let opening: Promise<Answer> | undefined;

  app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, parsed) => {
      parsed(null, body);
    });
    scope.route({
      method: ['GET', 'POST', 'DELETE'],
      url: '/mcp',
      config: { isStream: true },
      onRequest: options.demandPerson,
      async handler(request, reply) {
        const { caller } = request;
        if (caller === undefined) throw new AppError('internal', 'A request passed without a person.');
        // Loaded with the first question: a bot that nobody asks this way never pays for it.
        opening ??= openHandler(options);
        const hangUp = new AbortController();
        reply.raw.on('close', () => {
          hangUp.abort();
        });
        try {
          const answer = await (await opening)(caller.person, webRequest(request, hangUp.signal));
          return await send(reply, answer);
        } catch (error) {
          if (hangUp.signal.aborted) return reply;
          logger.error('mcp.failed', { why: describeError(error) });
          throw error;
        }
      },
    });
    done();
  });
}

async function openHandler({ desk, logger }: McpRouteOptions): Promise<Answer> {
  const [{ createMcpHandler }, { createMcpServer }] = await Promise.all([
    import('@modelcontextprotocol/server'),
    import('./mcp-server.ts'),
  ]);
  const persons = new WeakMap<object, Person>();
  const handler = createMcpHandler(
    ({ authInfo }) => {
      const person = authInfo === undefined ? undefined : persons.get(authInfo);
      if (person === undefined)
        throw new AppError('internal', 'A request without a person reached the tools.');
      return createMcpServer(desk, person);
    },
    {
      onerror(error) {
        logger.warn('mcp.refused', { why: describeError(error) });
      },
    },
  );
  return (person, request) => {
    // The token itself is none of the handler's business.
    const authInfo = { token: '', clientId: person.id, scopes: [] };
    persons.set(authInfo, person);
    return handler.fetch(request, { authInfo });
  };
}

function webRequest(request: FastifyRequest, signal: AbortSignal): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (name === 'authorization' || value === undefined) continue;
    for (const entry of [value].flat()) headers.append(name, entry);
  }
  const url = `http://${request.headers.host ?? 'localhost'}${request.url}`;
  const body = Buffer.isBuffer(request.body) && request.body.length > 0 ? request.body : undefined;
  return new Request(url, {
    method: request.method,
    headers,
    signal,
    ...(body !== undefined && { body: new Uint8Array(body) }),
  });
}

async function send(reply: FastifyReply, answer: Response): Promise<FastifyReply> {
  void reply.code(answer.status);
  for (const [name, value] of answer.headers) void reply.header(name, value);
  if (answer.body === null) return reply.send('');
  if (answer.headers.get('content-type')?.startsWith('text/event-stream') === true)
    // The two declarations of web streams differ; the object is one and the same.
    return reply.send(Readable.fromWeb(answer.body as Parameters<typeof Readable.fromWeb>[0]));
  return reply.send(Buffer.from(await answer.arrayBuffer()));
}
