/** The Web API over HTTP: forms in, JSON out, tokens checked before anything else. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pause } from '../../../src/core/clock.ts';
import { chatMethods } from './chat-methods.ts';
import { conversationMethods } from './conversation-methods.ts';
import type { Fault, Faults } from './faults.ts';
import type { RateLimits } from './rate-limits.ts';
import { createFileMethods, sessionMethods } from './session-methods.ts';
import type { Upload } from './session-methods.ts';
import { streamMethods } from './stream-methods.ts';
import { viewMethods } from './view-methods.ts';
import { SlackRefusal } from './web-api-method.ts';
import type { Answer, ApiContext, Method } from './web-api-method.ts';

export interface ApiCall {
  readonly method: string;
  readonly arguments: Readonly<Record<string, string>>;
  readonly at: number;
  /** What was answered; undefined when the connection broke first. */
  answer?: Answer;
  status?: number;
}

export interface WebApi {
  readonly calls: readonly ApiCall[];
  handle(method: string, request: IncomingMessage, body: Buffer, response: ServerResponse): Promise<void>;
}

export interface WebApiOptions {
  readonly context: ApiContext;
  readonly limits: RateLimits;
  readonly faults: Faults;
  readonly uploads: Map<string, Upload>;
}

export function createWebApi({ context, limits, faults, uploads }: WebApiOptions): WebApi {
  const { workspace } = context;
  const calls: ApiCall[] = [];
  const methods: Readonly<Record<string, Method>> = {
    ...chatMethods,
    ...streamMethods,
    ...conversationMethods,
    ...viewMethods,
    ...sessionMethods,
    ...createFileMethods(uploads),
  };

  const checkToken = (method: Method, request: IncomingMessage): void => {
    const [scheme, token] = (request.headers.authorization ?? '').split(' ');
    if (scheme !== 'Bearer' || token === undefined) throw new SlackRefusal('not_authed');
    const { app } = workspace;
    const wanted = method.token === 'app' ? app.appToken : app.botToken;
    if (token === wanted && workspace.tokenState === 'valid') return;
    if (token === wanted) throw new SlackRefusal(workspace.tokenState);
    const isOther = token === app.botToken || token === app.appToken;
    throw new SlackRefusal(isOther ? 'not_allowed_token_type' : 'invalid_auth');
  };

  const answerTo = (name: string, request: IncomingMessage, call: ApiCall): Answer => {
    try {
      const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
      if (method === undefined) throw new SlackRefusal('unknown_method', { req_method: name });
      checkToken(method, request);
      const type = request.headers['content-type'] ?? '';
      const isForm = type.split(';')[0] === 'application/x-www-form-urlencoded';
      if (!isForm && Object.keys(call.arguments).length > 0) throw new SlackRefusal('invalid_post_type');
      return method.call(call.arguments, context);
    } catch (error) {
      if (error instanceof SlackRefusal) return error.answer;
      throw error;
    }
  };

  return {
    calls,
    async handle(name, request, body, response) {
      const call: ApiCall = {
        method: name,
        arguments: Object.fromEntries(new URLSearchParams(body.toString('utf8'))),
        at: workspace.clock.monotonicMs(),
      };
      calls.push(call);
      const fault = faults.take(name);
      if (fault?.kind === 'slow') await pause(workspace.clock, fault.ms);
      const wait =
        fault?.kind === 'rate-limited'
          ? fault.retryAfterSeconds
          : limits.take(name, call.arguments['channel']);
      if (wait !== undefined) {
        call.answer = { ok: false, error: 'ratelimited' };
        call.status = 429;
        response.writeHead(429, { 'content-type': 'application/json', 'retry-after': String(wait) });
        response.end(JSON.stringify(call.answer));
        return;
      }
      if (fault !== undefined && answerFault(fault, response, () => answerTo(name, request, call))) return;
      call.answer = answerTo(name, request, call);
      call.status = 200;
      response.writeHead(200, {
        'content-type': 'application/json; charset=utf-8',
        'x-oauth-scopes': [...workspace.scopes].join(','),
      });
      response.end(JSON.stringify(call.answer));
    },
  };
}

/** True when the fault took the answer's place. */
function answerFault(fault: Fault, response: ServerResponse, apply: () => Answer): boolean {
  switch (fault.kind) {
    case 'status':
      if (fault.isApplied === true) apply();
      response.writeHead(fault.status, { 'content-type': 'text/plain' }).end('upstream error');
      return true;
    case 'reset':
      if (fault.when === 'after') apply();
      response.socket?.resetAndDestroy();
      return true;
    case 'html':
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html><body>Sign in</body></html>');
      return true;
    case 'error':
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ ok: false, error: fault.error }));
      return true;
    case 'slow':
    case 'rate-limited':
      return false;
    default:
      return fault satisfies never;
  }
}
