/**
 * What a route of `/api/v1` is: its path, what it takes and gives, and what it does with it.
 *
 * One definition feeds both the server and the OpenAPI document, so neither can promise what the other does not
 * do. Input is parsed once, here; answers are sent as the backend made them.
 */
import type { z } from 'zod';
import { AppError } from '../core/errors.ts';
import type { Person } from '../people/person.ts';
import type { ApiBackend, Refusal } from './backend.ts';
import type { SchemaName } from './openapi-schemas.ts';
import type { Problem } from './problem.ts';

export type RouteAnswer =
  | { readonly kind: 'answered'; readonly body: object }
  | { readonly kind: 'problem'; readonly problem: Problem };

export interface RouteRequest {
  readonly person: Person;
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

interface RouteDescription<Path extends string> {
  /** With `{name}` for parts that vary. */
  readonly path: Path;
  /** The OpenAPI operation id. */
  readonly id: string;
  readonly summary: string;
  readonly answer: SchemaName;
  /** Statuses of its own, besides those that every route has. */
  readonly problems: readonly number[];
}

export interface Route extends RouteDescription<string> {
  readonly method: 'GET' | 'POST';
  readonly query?: z.ZodObject;
  readonly body?: SchemaName;
  /** True when the whole body may be left out. */
  readonly isBodyOptional?: boolean;
  answerTo(backend: ApiBackend, request: RouteRequest): Promise<RouteAnswer>;
}

/** `'run'` of `'/runs/{run}/stop'`. */
type ParamOf<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParamOf<Rest>
  : never;

interface Call<Path extends string> {
  readonly backend: ApiBackend;
  readonly person: Person;
  /** A decoded part of the path. */
  param(name: ParamOf<Path>): string;
}

function paramReader(params: unknown): (name: string) => string {
  return (name) => {
    const value: unknown =
      typeof params === 'object' && params !== null ? Reflect.get(params, name) : undefined;
    if (typeof value !== 'string') throw new AppError('internal', `The route has no part named ${name}.`);
    return value;
  };
}

/** A route that reads: input comes from the query. */
export function defineRead<const Path extends string, Query extends z.ZodObject>(
  draft: RouteDescription<Path> & {
    readonly query: Query;
    handle(call: Call<Path> & { readonly query: z.infer<Query> }): Promise<RouteAnswer>;
  },
): Route {
  const { handle, ...description } = draft;
  return {
    ...description,
    method: 'GET',
    async answerTo(backend, { person, params, query }) {
      const parsed = draft.query.safeParse(query);
      if (!parsed.success) return misfit(400, 'query.invalid', parsed.error);
      return handle({ backend, person, param: paramReader(params), query: parsed.data });
    },
  };
}

/** A route that acts: input comes from the JSON body. */
export function defineWrite<const Path extends string, Body extends z.ZodType>(
  draft: RouteDescription<Path> & {
    readonly body: SchemaName;
    readonly isBodyOptional?: boolean;
    readonly input: Body;
    handle(call: Call<Path> & { readonly body: z.infer<Body> }): Promise<RouteAnswer>;
  },
): Route {
  const { handle, input, ...description } = draft;
  return {
    ...description,
    method: 'POST',
    async answerTo(backend, { person, params, body }) {
      // An empty body is judged as an empty object, so that the answer names the fields that are missing.
      const parsed = input.safeParse(body ?? {});
      if (!parsed.success) return misfit(422, 'body.invalid', parsed.error);
      return handle({ backend, person, param: paramReader(params), body: parsed.data });
    },
  };
}

const mostErrors = 10;

function misfit(status: 400 | 422, code: string, error: z.ZodError): RouteAnswer {
  const errors = error.issues.slice(0, mostErrors).flatMap((issue) => {
    const path = issue.path.map(String);
    if (issue.code !== 'unrecognized_keys') return [{ field: path.join('.'), detail: issue.message }];
    return issue.keys
      .slice(0, mostErrors)
      .map((key) => ({ field: [...path, key].join('.'), detail: 'There is no such field.' }));
  });
  const detail = errors
    .map((entry) => (entry.field === '' ? entry.detail : `${entry.field}: ${entry.detail}`))
    .join('; ');
  return { kind: 'problem', problem: { status, code, detail, errors } };
}

export function answered(body: object): RouteAnswer {
  return { kind: 'answered', body };
}

export function refused({ status, code, detail, continueAs }: Refusal): RouteAnswer {
  return { kind: 'problem', problem: { status, code, detail, continueAs } };
}

/** The body when it is there; else a 404 that is the same for «not there» and «not for you». */
/** What came of pressing a button, or of doing the same by a call of its own. */
export function answeredAct(outcome: Awaited<ReturnType<ApiBackend['act']>>): RouteAnswer {
  if (outcome.kind === 'refused') return refused(outcome);
  return answered({ text: outcome.text, thread: outcome.thread, run: outcome.run });
}

export function answeredOrUnknown(
  body: object | undefined,
  noun: 'approval' | 'channel' | 'file' | 'form' | 'run' | 'thread',
): RouteAnswer {
  if (body !== undefined) return answered(body);
  return {
    kind: 'problem',
    problem: {
      status: 404,
      code: `${noun}.unknown`,
      detail: `There is no such ${noun}, or you may not see it.`,
    },
  };
}
