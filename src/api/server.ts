/**
 * The HTTP server: health, `/api/v1`, the console's pages and the routes that adapters hand over.
 *
 * Every request passes the origin guard; under `/api` every request has a person. Every error is a problem.
 */
import { STATUS_CODES } from 'node:http';
import fastify from 'fastify';
import type { FastifyInstance, FastifyReply, onRequestHookHandler } from 'fastify';
import { z } from 'zod';
import type { HttpRoute } from '../chat/http-route.ts';
import { mostFileBytes } from '../core/attached-file.ts';
import type { Clock } from '../core/clock.ts';
import { AppError, describeError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Person } from '../people/person.ts';
import type { ApiBackend } from './backend.ts';
import { createAuthenticator } from './bearer.ts';
import type { Authenticator } from './bearer.ts';
import { watchConnections } from './connections.ts';
import { createEventStreams } from './events-stream.ts';
import type { EventStreams } from './events-stream.ts';
import { addExtraRoutes } from './extra-routes.ts';
import { createFailureLimit } from './failure-limit.ts';
import { parseJsonBody } from './json-body.ts';
import { listenFault } from './listen-fault.ts';
import type { McpDesk } from './mcp/mcp-desk.ts';
import { addMcpRoute } from './mcp/mcp-route.ts';
import type { ExposedMetrics } from './metrics.ts';
import { createOpenApiDocument } from './openapi.ts';
import { createOriginGuard, hostInUrl, isWildcard } from './origin-guard.ts';
import type { OriginGuard } from './origin-guard.ts';
import { problemMediaType, problemOf, renderProblem, sendProblem, unknownRoute } from './problem.ts';
import { routes } from './routes/index.ts';
import { securityHeaders } from './security-headers.ts';
import { addStaticPages } from './static-pages.ts';

export interface HttpServerOptions {
  readonly backend: ApiBackend;
  readonly mcp: McpDesk;
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly publicUrl?: string | undefined;
  /** Holds `index.html` and what `/assets/` serves. May be missing: then the pages say how to build them. */
  readonly pagesDir: string;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly metrics: ExposedMetrics;
  readonly extraRoutes: readonly HttpRoute[];
  readonly limits?: Partial<HttpLimits>;
}

export interface HttpLimits {
  readonly bodyBytes: number;
  /** For headers and body to arrive. */
  readonly requestMs: number;
  /** How often the above is looked at. */
  readonly requestCheckMs: number;
  /** Wrong tokens from one address at once. */
  readonly wrongTokens: number;
  /** Bytes that may wait for one reader of events. */
  readonly eventBytes: number;
}

export interface HttpServer {
  /** Throws AppError `config.invalid` when HOST and PORT cannot be used. */
  start(): Promise<{ readonly url: string }>;
  /** Ends streams and idle connections at once, and lets answers under way finish for a few seconds. */
  stop(): Promise<void>;
}

declare module 'fastify' {
  interface FastifyRequest {
    caller: { readonly person: Person; readonly token: string } | undefined;
  }
  interface FastifyContextConfig {
    isHostExempt?: boolean;
    isPage?: boolean;
    /** Its duration says how long somebody listened, not how fast we were. */
    isStream?: boolean;
  }
}

const defaultLimits: HttpLimits = {
  bodyBytes: 1_048_576,
  requestMs: 30_000,
  requestCheckMs: 5_000,
  wrongTokens: 60,
  eventBytes: 1_048_576,
};
const stopGraceMs = 5_000;

export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { backend, host, port, publicUrl, clock, logger, metrics } = options;
  const limits = { ...defaultLimits, ...options.limits };
  if (
    publicUrl !== undefined &&
    !(URL.canParse(publicUrl) && /^https?:$/u.test(new URL(publicUrl).protocol))
  ) {
    throw new AppError(
      'config.invalid',
      'PUBLIC_URL is not a web address. Set it to one like https://bot.example.com.',
    );
  }
  const app = createApp(limits);
  const streams = createEventStreams({
    backend,
    clock,
    logger,
    metrics,
    mostWaitingBytes: limits.eventBytes,
  });
  const demandPerson = createPersonDemand(
    createAuthenticator(backend, createFailureLimit(clock, limits.wrongTokens), metrics),
  );
  const connections = watchConnections(app.server);
  const stopping = new AbortController();
  let guard: OriginGuard | undefined;

  app.addHook('onRequest', (request, reply, done) => {
    void reply.headers(securityHeaders).header('cache-control', 'no-store');
    const { isHostExempt = false, isPage = false } = request.routeOptions.config;
    if (guard === undefined || stopping.signal.aborted) {
      sendProblem(reply, {
        status: 503,
        code: 'server.stopping',
        detail: 'I am starting or stopping.',
        retryAfterSeconds: 5,
      });
      return;
    }
    const { method, headers, socket, originalUrl: target } = request;
    const { localAddress } = socket;
    const fault = guard.findFault({ method, target, headers, localAddress, isHostExempt, isPage });
    if (fault === undefined) {
      done();
      return;
    }
    metrics.count('countersign_http_refused_total', { code: fault.code });
    sendProblem(reply, fault);
  });
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (stopping.signal.aborted) void reply.header('connection', 'close');
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    metrics.count('countersign_http_requests_total', {
      method: request.method,
      route,
      status: String(reply.statusCode),
    });
    if (request.routeOptions.config.isStream !== true) {
      metrics.observe('countersign_http_request_seconds', { route }, reply.elapsedTime / 1000);
    }
    done();
  });
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, unknownRoute()));
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error);
    if (problem.status >= 500) {
      logger.error('request.failed', {
        method: request.method,
        route: request.routeOptions.url,
        problem: describeError(error),
      });
    }
    return sendProblem(reply, problem);
  });

  addHealthRoutes(app, backend, metrics);
  const openApi = JSON.stringify(createOpenApiDocument(routes));
  app.get('/api/v1/openapi.json', (_request, reply) => sendJson(reply, openApi));
  addMcpRoute(app, { desk: options.mcp, demandPerson, logger });
  app.register(
    (scope, _options, done) => {
      addApiRoutes(scope, backend, demandPerson, streams);
      done();
    },
    { prefix: '/api' },
  );

  let isStopped = false;
  return {
    async start() {
      await addExtraRoutes(app, options.extraRoutes, stopping.signal);
      await addStaticPages(app, options.pagesDir);
      try {
        // One name, one socket: `localhost` would open two.
        await app.listen({ host: host === 'localhost' ? '127.0.0.1' : host, port });
      } catch (error) {
        await app.close();
        throw listenFault(error, host, port);
      }
      const address = app.server.address();
      const actualPort = typeof address === 'object' && address !== null ? address.port : port;
      guard = createOriginGuard({ host, port: actualPort, publicUrl });
      return { url: `http://${isWildcard(host) ? '127.0.0.1' : hostInUrl(host)}:${String(actualPort)}` };
    },
    async stop() {
      if (isStopped) return;
      isStopped = true;
      stopping.abort();
      streams.stop();
      const closing = app.close();
      connections.closeIdle();
      const patience = clock.after(stopGraceMs, () => {
        connections.closeAll();
      });
      await closing;
      patience.cancel();
    },
  };
}

function createApp(limits: HttpLimits): FastifyInstance {
  const app = fastify({
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestMs,
    exposeHeadRoutes: false,
    // The hook above answers while stopping, in the form of every other error.
    return503OnClosing: false,
    // A percent-encoded thread id is longer than the framework's 100 characters.
    routerOptions: { maxParamLength: 2_000 },
    http: {
      headersTimeout: Math.min(limits.requestMs, 15_000),
      connectionsCheckingInterval: limits.requestCheckMs,
      // A missing Host is refused by the guard, as a problem.
      requireHostHeader: false,
    },
    frameworkErrors: (error, _request, reply) => {
      void sendProblem(reply.headers(securityHeaders), problemOf(error));
    },
    clientErrorHandler: (error, socket) => {
      if (error.code === 'ECONNRESET' || !socket.writable) return;
      const status =
        error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
      const body = renderProblem({
        status,
        code: 'request.malformed',
        detail: 'The request is not valid HTTP, too large or too slow.',
      });
      const head = `HTTP/1.1 ${String(status)} ${STATUS_CODES[status] ?? 'Error'}\r\nConnection: close\r\nContent-Type: ${problemMediaType}`;
      socket.end(`${head}\r\nContent-Length: ${String(Buffer.byteLength(body))}\r\n\r\n${body}`, () => {
        socket.destroy();
      });
    },
  });
  app.decorateRequest('caller', undefined);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body: Buffer, parsed) => {
    try {
      parsed(null, parseJsonBody(body));
    } catch (error) {
      parsed(error instanceof Error ? error : new Error('unreadable body', { cause: error }));
    }
  });
  return app;
}

function sendJson(reply: FastifyReply, json: string): FastifyReply {
  return reply.header('content-type', 'application/json; charset=utf-8').send(json);
}

/** Lets only requests with a known token through, before anything of their body is read. */
function createPersonDemand(authenticator: Authenticator): onRequestHookHandler {
  return (request, reply, done) => {
    const outcome = authenticator.authenticate(
      request.headers.authorization,
      request.socket.remoteAddress ?? '',
    );
    if (outcome.kind === 'refused') {
      sendProblem(reply, outcome.problem);
      return;
    }
    request.caller = outcome;
    done();
  };
}

function addHealthRoutes(app: FastifyInstance, backend: ApiBackend, metrics: ExposedMetrics): void {
  app.get('/healthz', { exposeHeadRoute: true }, (_request, reply) => sendJson(reply, '{"status":"alive"}'));
  app.get('/readyz', { exposeHeadRoute: true }, async (_request, reply) => {
    const why = await backend.whyNotReady();
    if (why === undefined) return sendJson(reply, '{"status":"ready"}');
    return sendProblem(reply, { status: 503, code: 'not-ready', detail: why, retryAfterSeconds: 5 });
  });
  app.get('/metrics', async (_request, reply) => {
    const text = await metrics.expose();
    return reply.header('content-type', metrics.contentType).send(text);
  });
}

/** Everything under `/api` that needs a person, unknown addresses included. */
function addApiRoutes(
  scope: FastifyInstance,
  backend: ApiBackend,
  demandPerson: onRequestHookHandler,
  streams: EventStreams,
): void {
  scope.addHook('onRequest', demandPerson);
  scope.setNotFoundHandler((_request, reply) => sendProblem(reply, unknownRoute()));

  for (const route of routes) {
    scope.route({
      method: route.method,
      url: `/v1${route.path.replaceAll(/\{(\w+)\}/gu, ':$1')}`,
      async handler({ caller, params, query, body }, reply) {
        if (caller === undefined) throw new AppError('internal', 'A request passed without a person.');
        const answer = await route.answerTo(backend, { person: caller.person, params, query, body });
        if (answer.kind === 'problem') return sendProblem(reply, answer.problem);
        return sendJson(reply, JSON.stringify(answer.body));
      },
    });
  }
  addFilesRoute(scope, backend);
  scope.get('/v1/events', { config: { isStream: true } }, ({ caller }, reply) => {
    if (caller === undefined) throw new AppError('internal', 'A request passed without a person.');
    const fault = streams.open(caller.person, caller.token, reply);
    if (fault !== undefined) sendProblem(reply, fault);
  });
}

const fileName = z.object({ name: z.string().trim().min(1).max(255) });

/** The file itself is the body: no form, no text around it, so that large ones cost no more than their bytes. */
function addFilesRoute(scope: FastifyInstance, backend: ApiBackend): void {
  scope.register((own, _options, done) => {
    own.removeAllContentTypeParsers();
    own.addContentTypeParser(
      'application/octet-stream',
      { parseAs: 'buffer', bodyLimit: mostFileBytes },
      (_request, body, parsed) => {
        parsed(null, body);
      },
    );
    own.post('/v1/files', { bodyLimit: mostFileBytes }, async ({ caller, query, body }, reply) => {
      if (caller === undefined) throw new AppError('internal', 'A request passed without a person.');
      const asked = fileName.safeParse(query);
      if (!asked.success)
        return sendProblem(reply, {
          status: 400,
          code: 'query.invalid',
          detail: 'Say how the file is called: ?name=order.csv, at most 255 characters.',
        });
      const kept = await backend.keepFile(
        caller.person,
        asked.data.name,
        Buffer.isBuffer(body) ? body : Buffer.alloc(0),
      );
      if (kept.kind === 'refused') return sendProblem(reply, kept);
      return sendJson(reply, JSON.stringify(kept.file));
    });
    done();
  });
}
