/** The HTTP interface under /api/v10: every request is checked, counted and answered as the platform would. */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { ApiFault } from './api-fault.ts';
import type { RateLimits } from './rate-limits.ts';
import type { SentBody } from './messages.ts';
import type { FakeState } from './state.ts';

export interface RestRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly sent: SentBody;
}

export interface RestFaults {
  /** The next requests that match answer this status instead. */
  failNext(status: number, count?: number, match?: RegExp): void;
  /** The next request that matches is done, and its answer is lost. */
  loseNextAnswer(match: RegExp): void;
  readonly requests: { readonly method: string; readonly path: string }[];
  /** How many requests came with a token that is not accepted. */
  unauthorized(): number;
  /** How many refusals in ten minutes it puts up with, and for how many seconds it shuts out after them. */
  allowRefused(count: number, shutOutSeconds: number): void;
  /** Shuts the address out at once. */
  shutOut(seconds: number): void;
  /** How many requests came while the address was shut out. */
  sentShutOut(): number;
}

/** Undefined for 204. */
export type Handle = (request: RestRequest) => unknown;

export function createRest(options: {
  readonly limits: RateLimits;
  handle: Handle;
  readonly state: FakeState;
}): { readonly server: Server; readonly faults: RestFaults } {
  const requests: { method: string; path: string }[] = [];
  let failing: { status: number; count: number; match: RegExp } | undefined;
  let losing: RegExp | undefined;
  let unauthorized = 0;
  let refusedAt: number[] = [];
  let allowed = { count: 10_000, seconds: 3_600 };
  let shutUntil = 0;
  let sentShutOut = 0;

  /** 401, 403 and 429 count, but for limits that are shared with others. */
  function countRefusal(status: number, headers: Record<string, string>): void {
    if (![401, 403, 429].includes(status) || headers['x-ratelimit-scope'] === 'shared') return;
    refusedAt = [...refusedAt.filter((at) => at > Date.now() - 600_000), Date.now()];
    if (refusedAt.length >= allowed.count) shutUntil = Date.now() + allowed.seconds * 1_000;
  }

  function reply(
    response: ServerResponse,
    status: number,
    body: unknown,
    headers: Record<string, string> = {},
  ): void {
    countRefusal(status, headers);
    write(response, status, body, headers);
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const method = request.method ?? 'GET';
    const path = decodeURIComponent(url.pathname).replace(/^\/api\/v10/u, '');
    const sent = await readBody(request);
    // What stands before the platform answers then: no JSON, and none of its headers.
    if (Date.now() < shutUntil) {
      sentShutOut += 1;
      const left = Math.ceil((shutUntil - Date.now()) / 1_000);
      response.writeHead(429, { 'content-type': 'text/html', 'retry-after': String(left) });
      response.end('<html><title>Access denied</title>error code: 1015</html>');
      return;
    }
    requests.push({ method, path });
    const line = `${method} ${path}`;
    const isTokenRoute = /^\/(?:interactions|webhooks)\//u.test(path);
    if (!isTokenRoute && request.headers.authorization !== `Bot ${options.state.token}`) {
      unauthorized += 1;
      reply(response, 401, { code: 0, message: '401: Unauthorized' });
      return;
    }
    if (isTokenRoute && request.headers.authorization !== undefined)
      throw new ApiFault(400, 0, 'token routes take no authorisation');
    const { headers, retryAfter } = options.limits.take(bucketOf(method, path));
    if (retryAfter !== undefined) {
      reply(
        response,
        429,
        { message: 'You are being rate limited.', retry_after: retryAfter, global: false },
        headers,
      );
      return;
    }
    if (failing !== undefined && failing.count > 0 && failing.match.test(line)) {
      failing.count -= 1;
      reply(response, failing.status, { code: 0, message: 'fault' }, headers);
      return;
    }
    const body = options.handle({ method, path, query: url.searchParams, sent });
    if (losing?.test(line) === true) {
      losing = undefined;
      request.socket.destroy();
      return;
    }
    reply(response, body === undefined ? 204 : 200, body, headers);
  }

  const server = createServer((request, response) => {
    if (request.url?.startsWith('/attachments/') === true) {
      const [, , , message = '', number = ''] = request.url.split('/');
      const file = options.state.messages.get(message)?.attachments[Number(number) - 1];
      // The servers of files are other ones: a token does not belong there.
      if (request.headers.authorization !== undefined) response.writeHead(400).end();
      else if (file === undefined) response.writeHead(404).end();
      else response.writeHead(200).end(file.content ?? file.text);
      return;
    }
    answer(request, response).catch((error: unknown) => {
      if (error instanceof ApiFault)
        reply(response, error.status, {
          code: error.code,
          message: error.message,
          ...(error.errors !== undefined && { errors: error.errors }),
        });
      else reply(response, 500, { code: 0, message: String(error) });
    });
  });

  return {
    server,
    faults: {
      requests,
      unauthorized: () => unauthorized,
      sentShutOut: () => sentShutOut,
      allowRefused(count, seconds) {
        allowed = { count, seconds };
      },
      shutOut(seconds) {
        shutUntil = Date.now() + seconds * 1_000;
      },
      failNext(status, count = 1, match = /./u) {
        failing = { status, count, match };
      },
      loseNextAnswer(match) {
        losing = match;
      },
    },
  };
}

function write(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string>,
): void {
  // An empty answer must not claim to be JSON: real clients try to read it.
  response.writeHead(
    status,
    body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
  );
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

/** Limits count per route and main channel, guild or webhook. */
function bucketOf(method: string, path: string): string {
  return `${method} ${path.replace(/(?<=\/(?:messages|threads)\/)[^/]+/gu, ':id').replace(/^\/interactions\/.*/u, '/interactions')}`;
}

/** What a server without boosts takes in one request: every file of it, its words, and what stands between them. */
const mostBytes = 10 * 1024 * 1024;

async function readBody(request: IncomingMessage): Promise<SentBody> {
  const chunks: Buffer[] = [];
  // A request without an encoding set yields buffers.
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  if (bytes.length > mostBytes) throw new ApiFault(413, 40005, 'Request entity too large');
  const type = request.headers['content-type'] ?? '';
  if (bytes.length === 0) return { json: {}, files: [] };
  // The fields of a body are checked by the route it is for, as a real one's are.
  if (!type.startsWith('multipart/form-data'))
    return { json: JSON.parse(bytes.toString('utf8')) as SentBody['json'], files: [] };
  const form = await new Response(bytes, { headers: { 'content-type': type } }).formData();
  const files: { filename: string; text: string }[] = [];
  for (const [name, value] of form)
    if (name.startsWith('files[') && value instanceof File)
      files.push({ filename: value.name, text: await value.text() });
  const json = form.get('payload_json');
  // As above: the route checks the fields.
  return { json: JSON.parse(typeof json === 'string' ? json : '{}') as SentBody['json'], files };
}
