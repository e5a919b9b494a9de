/**
 * Every error that leaves by HTTP: RFC 9457, with a stable `code` and a sentence for people.
 *
 * A problem never carries a stack, a cause or the message of an unexpected error.
 */
import { STATUS_CODES } from 'node:http';
import type { FastifyReply } from 'fastify';
import { AppError } from '../core/errors.ts';
import type { Refusal } from './backend.ts';

export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  /** Which fields of the body or query are wrong, and why. */
  readonly errors?: readonly { readonly field: string; readonly detail: string }[];
  readonly continueAs?: Refusal['continueAs'];
  readonly retryAfterSeconds?: number;
}

/** Ends a request with a problem from where no answer can be returned. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.name = 'ProblemError';
    this.problem = problem;
  }
}

export const problemMediaType = 'application/problem+json; charset=utf-8';

export function renderProblem({ status, code, detail, errors, continueAs }: Problem): string {
  return JSON.stringify({
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail,
    code,
    errors,
    continueAs,
  });
}

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem.status === 401) void reply.header('www-authenticate', 'Bearer realm="countersign"');
  if (problem.retryAfterSeconds !== undefined)
    void reply.header('retry-after', String(problem.retryAfterSeconds));
  return reply.code(problem.status).header('content-type', problemMediaType).send(renderProblem(problem));
}

export function unknownRoute(): Problem {
  return { status: 404, code: 'route.unknown', detail: 'There is nothing at this address.' };
}

/** What the HTTP framework itself refuses, by its own code. */
const frameworkProblems = new Map<string, Problem>([
  [
    'FST_ERR_CTP_BODY_TOO_LARGE',
    {
      status: 413,
      code: 'body.too-large',
      detail: 'The body is larger than 1 MB, or the file larger than 10 MB.',
    },
  ],
  [
    'FST_ERR_CTP_INVALID_MEDIA_TYPE',
    {
      status: 415,
      code: 'body.not-json',
      detail: 'Send the body as application/json, or a file as application/octet-stream.',
    },
  ],
  [
    'FST_ERR_CTP_INVALID_CONTENT_LENGTH',
    { status: 400, code: 'body.malformed', detail: 'The body is not as long as Content-Length says.' },
  ],
  ['FST_ERR_BAD_URL', { status: 400, code: 'url.malformed', detail: 'The address is not a valid URL.' }],
  [
    'FST_ERR_MAX_PARAM_LENGTH',
    { status: 404, code: 'route.unknown', detail: 'An id in the address is too long.' },
  ],
]);

/** What the caller reads about anything thrown. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  if (error instanceof AppError) {
    if (error.code === 'json.refused') return { status: 400, code: error.code, detail: error.tell };
    if (error.isRetryable) return { status: 503, code: error.code, detail: error.tell, retryAfterSeconds: 5 };
    return { status: 500, code: error.code, detail: error.tell };
  }
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
    const known = frameworkProblems.get(error.code);
    if (known !== undefined) return known;
  }
  return { status: 500, code: 'internal', detail: new AppError('internal', '').tell };
}
