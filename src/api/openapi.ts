/** The OpenAPI 3.1 document, made from the routes and the zod shapes. */
import { z } from 'zod';
import type { Route } from './route.ts';
import { apiSchemas } from './openapi-schemas.ts';
import type { SchemaName } from './openapi-schemas.ts';

type Part = Readonly<Record<string, unknown>>;

const schemaPath = '#/components/schemas/';
const refTo = (name: SchemaName): Part => ({ $ref: `${schemaPath}${name}` });
const jsonOf = (schema: Part): Part => ({ 'application/json': { schema } });

const problemNames: Readonly<Record<number, { readonly name: string; readonly description: string }>> = {
  400: { name: 'BadRequest', description: 'The body is not JSON, or the query or address is wrong.' },
  401: { name: 'Unauthorized', description: 'No token, or nobody has it.' },
  403: { name: 'Forbidden', description: 'Not entitled; or the Host or Origin is not ours.' },
  404: { name: 'NotFound', description: 'Not there, or not for the caller.' },
  409: { name: 'Conflict', description: 'Stale, or already settled.' },
  410: { name: 'Gone', description: 'Expired.' },
  413: { name: 'TooLarge', description: 'The body is larger than 1 MB, or a file larger than 10 MB.' },
  415: { name: 'NotJson', description: 'The body is not application/json.' },
  422: { name: 'Invalid', description: 'Fields of the body are wrong; `errors` names them.' },
  429: { name: 'TooMany', description: 'Too many wrong tokens, or too many open streams.' },
  500: { name: 'Internal', description: 'Something went wrong here.' },
  503: { name: 'Unavailable', description: 'Not able to answer right now; see Retry-After.' },
};

const everywhere = [400, 401, 403, 429, 500, 503];
const withBody = [413, 415, 422];

function problemResponses(statuses: readonly number[]): Record<string, Part> {
  const sorted = [...new Set(statuses)].sort((a, b) => a - b);
  return Object.fromEntries(
    sorted.flatMap((status) => {
      const problem = problemNames[status];
      return problem === undefined
        ? []
        : [[String(status), { $ref: `#/components/responses/${problem.name}` }]];
    }),
  );
}

function componentSchemas(): Record<string, unknown> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(apiSchemas)) registry.add(schema, { id });
  // `input` leaves answers open for fields that are added later; strict inputs stay closed.
  const { schemas } = z.toJSONSchema(registry, { uri: (id) => `${schemaPath}${id}`, io: 'input' });
  return Object.fromEntries(
    Object.entries(schemas).map(([name, { $schema: _dialect, $id: _address, ...schema }]) => [name, schema]),
  );
}

function parametersOf(route: Route): Part[] {
  const inPath = [...route.path.matchAll(/\{(\w+)\}/gu)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    description: 'One path segment: percent-encode «/» and everything else that is special.',
    schema: { type: 'string' },
  }));
  if (route.query === undefined) return inPath;
  const { properties = {}, required = [] } = z.toJSONSchema(route.query, { io: 'input' });
  const inQuery = Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }));
  return [...inPath, ...inQuery];
}

function operationOf(route: Route): Part {
  const parameters = parametersOf(route);
  return {
    operationId: route.id,
    summary: route.summary,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.body === undefined
      ? {}
      : { requestBody: { required: route.isBodyOptional !== true, content: jsonOf(refTo(route.body)) } }),
    responses: {
      200: { description: 'Done.', content: jsonOf(refTo(route.answer)) },
      ...problemResponses([...everywhere, ...(route.body === undefined ? [] : withBody), ...route.problems]),
    },
  };
}

const eventsOperation: Part = {
  operationId: 'readEvents',
  summary: 'Server-sent events of everything the caller may see, from the moment of the call.',
  description:
    'Each event has a name, an id and JSON data as in the schema Event. A comment comes every 15 seconds. Events of ' +
    'the time without a connection are not sent again: read the lists anew after connecting. A reader that is too ' +
    'slow is cut off.',
  responses: {
    200: { description: 'The stream.', content: { 'text/event-stream': { schema: refTo('Event') } } },
    ...problemResponses(everywhere),
  },
};

const filesOperation: Part = {
  operationId: 'keepFile',
  summary: 'Keeps a file for a message of the caller: send its id with POST /messages.',
  description:
    'The body is the file itself, at most 10 MB. Text, CSV, Markdown, HTML, PDF, DOCX and images are read by the agent.',
  parameters: [{ name: 'name', in: 'query', required: true, schema: { type: 'string', maxLength: 255 } }],
  requestBody: {
    required: true,
    content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
  },
  responses: {
    200: { description: 'Kept.', content: jsonOf(refTo('KeptFile')) },
    ...problemResponses([...everywhere, ...withBody]),
  },
};

export function createOpenApiDocument(routes: readonly Route[]): Part {
  const paths: Record<string, Record<string, Part>> = {};
  for (const route of routes) {
    const path = `/api/v1${route.path}`;
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) };
  }
  paths['/api/v1/files'] = { post: filesOperation };
  paths['/api/v1/events'] = { get: eventsOperation };
  paths['/api/v1/openapi.json'] = {
    get: {
      operationId: 'readOpenApi',
      summary: 'This document.',
      security: [],
      responses: {
        200: { description: 'OpenAPI 3.1.', content: jsonOf({ type: 'object' }) },
        ...problemResponses([403, 500, 503]),
      },
    },
  };
  const responses = Object.fromEntries(
    Object.values(problemNames).map(({ name, description }) => [
      name,
      { description, content: { 'application/problem+json': { schema: refTo('Problem') } } },
    ]),
  );
  return {
    openapi: '3.1.0',
    info: {
      title: 'Countersign',
      version: '1',
      description:
        'Messages, runs and approvals. Fields may be added to answers; none is renamed or removed.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }],
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: "A person's token." } },
      responses,
      schemas: componentSchemas(),
    },
  };
}
