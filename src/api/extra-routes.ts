/** Mounts the routes that adapters hand over: bytes in, bytes out. Streams end when `stopping` is aborted. */
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { HttpRoute } from '../chat/http-route.ts';

function queryOf(url: string): Record<string, string | readonly string[]> {
  const query: Record<string, string | readonly string[]> = {};
  const mark = url.indexOf('?');
  if (mark === -1) return query;
  const params = new URLSearchParams(url.slice(mark + 1));
  for (const key of new Set(params.keys())) {
    const values = params.getAll(key);
    const [first = ''] = values;
    Object.defineProperty(query, key, { value: values.length > 1 ? values : first, enumerable: true });
  }
  return query;
}

export async function addExtraRoutes(
  app: FastifyInstance,
  routes: readonly HttpRoute[],
  stopping: AbortSignal,
): Promise<void> {
  await app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, parsed) => {
      parsed(null, body);
    });
    for (const route of routes) {
      const config = {
        isHostExempt: route.isHostChecked !== true,
        isPage: route.method === 'GET',
        isStream: true,
      };
      scope.route({
        method: route.method,
        url: route.path,
        config,
        async handler(request, reply) {
          const hangUp = new AbortController();
          reply.raw.on('close', () => {
            hangUp.abort();
          });
          const { status, headers, body } = await route.handle({
            headers: request.headers,
            rawBody: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
            query: queryOf(request.url),
            url: request.url,
            signal: hangUp.signal,
          });
          void reply.code(status);
          if (headers !== undefined) void reply.headers(headers);
          if (typeof body === 'string') return reply.send(body);
          if (body instanceof Uint8Array) return reply.send(Buffer.from(body));
          // The connection is cut, not the sequence ended: a generator that waits for its next part cannot be ended.
          const cut = (): void => {
            reply.raw.destroy();
          };
          stopping.addEventListener('abort', cut);
          reply.raw.on('close', () => {
            stopping.removeEventListener('abort', cut);
          });
          return reply.send(Readable.from(body, { objectMode: false }));
        },
      });
    }
    done();
  });
}
