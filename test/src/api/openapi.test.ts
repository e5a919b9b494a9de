import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { aRunJson, anApprovalJson, aWorld } from './server-under-test.ts';
import type { World } from './server-under-test.ts';

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly requestBody?: {
    readonly required: boolean;
    readonly content: Record<string, { readonly schema: { readonly $ref: string } }>;
  };
  readonly responses: Record<string, { readonly $ref?: string; readonly description?: string }>;
  readonly security?: readonly unknown[];
}
interface Document {
  readonly openapi: string;
  readonly security: readonly unknown[];
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: {
    readonly schemas: Record<string, object>;
    readonly responses: Record<
      string,
      { readonly content: Record<string, { readonly schema: { readonly $ref: string } }> }
    >;
    readonly securitySchemes: Record<string, object>;
  };
}

let world: World;
let document: Document;
beforeAll(async () => {
  world = await aWorld();
  const answer = await world.call('GET', '/api/v1/openapi.json', { token: null });
  // Our own document, whose structure the facts below check.
  document = JSON.parse(answer.text) as Document;
});
afterAll(() => world.stop());

const operations = (): [string, string, Operation][] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, string, Operation] => [
      path,
      method,
      operation,
    ]),
  );

function refsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(refsIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, entry]) =>
    key === '$ref' && typeof entry === 'string' ? [entry] : refsIn(entry),
  );
}

describe('given the OpenAPI document', () => {
  it('when it is read, then it lists every call of the API', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(
      operations()
        .map(([path, method]) => `${method} ${path}`)
        .sort(),
    ).toEqual([
      'get /api/v1/actions/{action}/form',
      'get /api/v1/approvals',
      'get /api/v1/approvals/{id}',
      'get /api/v1/channels/{channel}/memories',
      'get /api/v1/channels/{channel}/memories/{memory}/forgetting',
      'get /api/v1/channels/{channel}/memories/{memory}/history',
      'get /api/v1/channels/{channel}/threads',
      'get /api/v1/commands',
      'get /api/v1/events',
      'get /api/v1/freeze',
      'get /api/v1/grants',
      'get /api/v1/health',
      'get /api/v1/ledger',
      'get /api/v1/me',
      'get /api/v1/me/notices',
      'get /api/v1/openapi.json',
      'get /api/v1/outcomes',
      'get /api/v1/overview',
      'get /api/v1/people',
      'get /api/v1/policy',
      'get /api/v1/runs',
      'get /api/v1/runs/{run}',
      'get /api/v1/runs/{run}/files/{item}',
      'get /api/v1/runs/{run}/ledger',
      'get /api/v1/schedules',
      'get /api/v1/search',
      'get /api/v1/threads/{thread}',
      'get /api/v1/tools',
      'get /api/v1/tools/{server}/review',
      'post /api/v1/actions',
      'post /api/v1/approvals/{id}/grants',
      'post /api/v1/approvals/{id}/votes',
      'post /api/v1/break-glass',
      'post /api/v1/break-glass/{glass}/confirm',
      'post /api/v1/break-glass/{glass}/review',
      'post /api/v1/channels/{channel}/memories/{memory}/correct',
      'post /api/v1/channels/{channel}/memories/{memory}/forget',
      'post /api/v1/commands',
      'post /api/v1/files',
      'post /api/v1/freeze',
      'post /api/v1/grants/{grant}/revoke',
      'post /api/v1/me/notices',
      'post /api/v1/messages',
      'post /api/v1/runs/{run}/pause',
      'post /api/v1/runs/{run}/resume',
      'post /api/v1/runs/{run}/retry',
      'post /api/v1/runs/{run}/stop',
      'post /api/v1/schedules',
      'post /api/v1/schedules/{schedule}',
      'post /api/v1/signals',
      'post /api/v1/tools/{server}/review',
      'post /api/v1/unfreeze',
    ]);
  });

  it('when a reference is followed, then it leads to something, and each schema has no address of its own', () => {
    const refs = [...new Set(refsIn(document))];

    expect(refs.length).toBeGreaterThan(20);
    for (const ref of refs) {
      expect(ref).toMatch(/^#\//u);
      const found = ref
        .slice(2)
        .split('/')
        .reduce<unknown>(
          (at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined),
          document,
        );
      expect([ref, found]).toEqual([ref, expect.any(Object)]);
    }
    expect(JSON.stringify(document)).not.toMatch(/"\$(id|schema|defs)"/u);
  });

  it('when an operation is read, then its parameters, statuses and problems are complete', () => {
    const ids = operations().map(([, , operation]) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [path, method, operation] of operations()) {
      const inPath = [...path.matchAll(/\{(\w+)\}/gu)].map((match) => match[1]);
      const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
      expect(declared.map((parameter) => parameter.name)).toEqual(inPath);
      expect(declared.every((parameter) => parameter.required)).toBe(true);
      expect(Object.keys(operation.responses)).toContain('200');
      for (const [status, response] of Object.entries(operation.responses)) {
        if (status !== '200') expect(response.$ref).toMatch(/^#\/components\/responses\//u);
      }
      if (operation.security === undefined)
        expect(Object.keys(operation.responses)).toEqual(
          expect.arrayContaining(['400', '401', '403', '429']),
        );
      if (method === 'post')
        expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['413', '415', '422']));
    }
    expect(Object.keys(document.paths['/api/v1/approvals/{id}/votes']?.['post']?.responses ?? {})).toEqual(
      expect.arrayContaining(['200', '400', '401', '403', '404', '409', '410', '413', '415', '422', '429']),
    );
    for (const { content } of Object.values(document.components.responses)) {
      expect(content['application/problem+json']?.schema.$ref).toBe('#/components/schemas/Problem');
    }
    expect(document.security).toEqual([{ bearer: [] }]);
    expect(document.components.securitySchemes['bearer']).toMatchObject({ type: 'http', scheme: 'bearer' });
  });

  it('when real answers are held against the schemas, then they fit, with added fields too, and bad ones do not', async () => {
    const ajv = new Ajv2020({ strict: false });
    addFormats.default(ajv);
    ajv.addSchema({ $id: 'countersign', components: document.components });
    const fits = (name: string, value: unknown): boolean =>
      ajv.validate({ $ref: `countersign#/components/schemas/${name}` }, value);

    expect(fits('Run', { ...aRunJson(), addedLater: 1 })).toBe(true);
    expect(fits('Approval', anApprovalJson())).toBe(true);
    expect(fits('Event', { event: 'run', data: aRunJson() })).toBe(true);
    expect(fits('Problem', JSON.parse((await world.call('GET', '/api/v1/me', { token: null })).text))).toBe(
      true,
    );
    expect(fits('Me', JSON.parse((await world.call('GET', '/api/v1/me')).text))).toBe(true);
    expect(fits('Run', { ...aRunJson(), status: 'odd' })).toBe(false);
    expect(fits('VoteInput', { vote: 'approve', digest: 'd', sudo: true })).toBe(false);
    for (const name of Object.keys(document.components.schemas)) expect(() => fits(name, {})).not.toThrow();
  });
});
