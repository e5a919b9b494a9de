import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AppError } from '../../../src/core/errors.ts';
import { aWorld, digest, problemIn } from './server-under-test.ts';
import type { World } from './server-under-test.ts';

let world: World;
beforeEach(async () => {
  world = await aWorld({ limits: { wrongTokens: 5 } });
});
afterEach(() => world.stop());

describe('given a request to the API', () => {
  it.each([
    ['missing', null],
    ['wrong', 'wrong'],
    ['empty', ''],
    ['endless', 'x'.repeat(2000)],
  ])('when the token is %s, then it is 401 and says how to sign in', async (_, token) => {
    const answer = await world.call('GET', '/api/v1/me', { token });

    expect(answer.status).toBe(401);
    expect(problemIn(answer).code).toMatch(/^token\.(missing|unknown)$/u);
    expect(answer.headers['www-authenticate']).toContain('Bearer');
  });

  it('when there is no token, then one is looked up all the same, so that both take equal time', async () => {
    await world.call('GET', '/api/v1/me', { token: null });

    expect(world.backend.looked).toEqual(['']);
  });

  it('when the token is in the address, then it does not count', async () => {
    const answer = await world.call('GET', '/api/v1/me?token=token-ana&access_token=token-ana', {
      token: null,
    });

    expect(answer.status).toBe(401);
  });

  it('when the address is unknown, then it is a 404 problem, and a 401 without a token', async () => {
    expect(problemIn(await world.call('GET', '/api/v1/nothing')).code).toBe('route.unknown');
    expect(problemIn(await world.call('DELETE', '/api/v1/me')).code).toBe('route.unknown');
    expect(problemIn(await world.call('GET', '/api')).status).toBe(404);
    expect(problemIn(await world.call('GET', '/api/v1/nothing', { token: null })).status).toBe(401);
    expect(problemIn(await world.call('GET', '/nothing')).status).toBe(404);
  });

  it('when the address is no valid URL, then it is a 400 problem', async () => {
    const answer = await world.call('GET', '/api/v1/runs/%E0%A4%A');

    expect(problemIn(answer)).toMatchObject({ status: 400, code: 'url.malformed' });
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
  });

  it('when anything is answered, then no CORS header is there and nothing is cached', async () => {
    const answer = await world.call('GET', '/api/v1/me');
    const preflight = await world.call('OPTIONS', '/api/v1/me', {
      headers: { 'access-control-request-method': 'POST' },
    });

    for (const headers of [answer.headers, preflight.headers]) {
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
    expect(preflight.status).not.toBe(200);
    expect(answer.headers['cache-control']).toBe('no-store');
  });
});

describe('given somebody who guesses tokens', () => {
  const guess = (token: string) => world.call('GET', '/api/v1/me', { token });

  it('when too many were wrong, then further ones are 429 and not looked at until time has passed', async () => {
    for (let i = 0; i < 5; i += 1) expect((await guess(`wrong-${String(i)}`)).status).toBe(401);
    const looked = world.backend.looked.length;

    const flooded = await guess('wrong-6');
    const right = await guess('token-ana');

    expect(problemIn(flooded)).toMatchObject({ status: 429, code: 'token.flooded' });
    expect(flooded.headers['retry-after']).toBe('1');
    expect(right.status).toBe(429);
    expect(world.backend.looked).toHaveLength(looked);
    world.clock.advance(1000);
    expect((await guess('token-ana')).status).toBe(200);
  });

  it('when a person had signed in from there before, then that person is not locked out', async () => {
    await guess('token-ben');
    for (let i = 0; i < 9; i += 1) await guess('wrong');

    expect((await guess('token-ben')).status).toBe(200);
    expect((await guess('wrong')).status).toBe(429);
  });
});

describe('given a message', () => {
  const post = (body: unknown, headers?: Record<string, string>) =>
    world.call('POST', '/api/v1/messages', { body, ...(headers === undefined ? {} : { headers }) });

  it('when it is complete, then it is taken and its thread and run are named', async () => {
    const answer = await post({ channel: 'console:general', text: 'Refund 1042' });

    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toEqual({ thread: 'console:general/1', run: 'run_1' });
    expect(world.backend.said).toEqual([{ by: 'ana', text: 'Refund 1042' }]);
  });

  it.each([
    [{ channel: 'general' }, ['text']],
    [{ channel: 'general', text: '' }, ['text']],
    [{ channel: 7, text: 'x' }, ['channel']],
    [{ channel: 'general', text: 'x', by: 'ben', sudo: true }, ['by', 'sudo']],
    [{}, ['channel', 'text']],
    [undefined, ['channel', 'text']],
    [{ channel: 'general', text: 'x'.repeat(40_001) }, ['text']],
  ])('when the body does not fit (%#), then it is 422 and names the fields', async (body, fields) => {
    const problem = problemIn(await post(body));

    expect(problem).toMatchObject({ status: 422, code: 'body.invalid' });
    expect(problem['errors']).toEqual(fields.map((field) => ({ field, detail: expect.any(String) })));
    expect(problem.detail).toContain(`${String(fields[0])}: `);
    expect(world.backend.said).toEqual([]);
  });

  it.each(['{"channel":', '[1,', '', 'null', '"text"'])(
    'when the body is the text %p, then it is 400 or 422',
    async (body) => {
      const answer = await world.raw({
        method: 'POST',
        path: '/api/v1/messages',
        headers: {
          host: `127.0.0.1:${String(world.port)}`,
          authorization: 'Bearer token-ana',
          'content-type': 'application/json',
        },
        body,
      });

      expect([400, 422]).toContain(problemIn(answer).status);
    },
  );

  it.each([
    ['{"channel":"a","text":"x","__proto__":{"y":1}}', '__proto__'],
    ['{"channel":"a","text":"x","text":"y"}', 'given twice'],
    ['{"channel":"a","text":"\\ud800"}', 'surrogate'],
    [Buffer.from([0x22, 0xff, 0x22]), 'UTF-8'],
    ['['.repeat(50_000) + ']'.repeat(50_000), 'nested'],
  ])('when the body cannot be kept exactly (%#), then it is 400 and says why', async (body, reason) => {
    const answer = await world.raw({
      method: 'POST',
      path: '/api/v1/messages',
      headers: {
        host: `127.0.0.1:${String(world.port)}`,
        authorization: 'Bearer token-ana',
        'content-type': 'application/json',
      },
      body,
    });

    expect(problemIn(answer)).toMatchObject({
      status: 400,
      code: 'body.malformed',
      detail: expect.stringContaining(reason),
    });
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonx',
    'nonsense',
  ])('when it comes as %s, then it is 415', async (mediaType) => {
    const answer = await post({ channel: 'general', text: 'x' }, { 'content-type': mediaType });

    expect(problemIn(answer)).toMatchObject({ status: 415, code: 'body.not-json' });
  });

  it('when it is larger than 1 MB, then it is 413', async () => {
    const answer = await post({ channel: 'general', text: 'x'.repeat(1_100_000) });

    expect(problemIn(answer)).toMatchObject({ status: 413, code: 'body.too-large' });
  });

  it('when the channel is closed to that person, then the backend’s refusal is passed on', async () => {
    expect(problemIn(await post({ channel: 'board', text: 'x' }))).toMatchObject({
      status: 403,
      code: 'channel.closed',
    });
  });
});

describe('given a file to attach', () => {
  const post = (path: string, body: Buffer, headers: Record<string, string> = {}) =>
    world.raw({
      method: 'POST',
      path,
      headers: {
        host: `127.0.0.1:${String(world.port)}`,
        authorization: 'Bearer token-ana',
        'content-type': 'application/octet-stream',
        'content-length': String(body.length),
        ...headers,
      },
      body,
    });

  it('when it is sent as it is, with its name, then it is kept under an id', async () => {
    const answer = await post('/api/v1/files?name=order%20%C3%BC.csv', Buffer.alloc(3_000_000, 7));

    expect([answer.status, JSON.parse(answer.text)]).toEqual([
      200,
      { id: 'files/1', name: 'order ü.csv', mediaType: 'application/octet-stream', size: 3_000_000 },
    ]);
  });

  it.each([
    ['has no name', '/api/v1/files', Buffer.from('x'), {}, 400, 'query.invalid'],
    ['is larger than 10 MB', '/api/v1/files?name=a', Buffer.alloc(10_485_761), {}, 413, 'body.too-large'],
    [
      'comes as a form',
      '/api/v1/files?name=a',
      Buffer.from('x'),
      { 'content-type': 'multipart/form-data; boundary=x' },
      415,
      'body.not-json',
    ],
    [
      'comes from nobody known',
      '/api/v1/files?name=a',
      Buffer.from('x'),
      { authorization: 'Bearer no' },
      401,
      'token.unknown',
    ],
  ])('when it %s, then that is the problem', async (_, path, body, headers, status, code) => {
    expect(problemIn(await post(path, body, headers))).toMatchObject({ status, code });
  });

  it('when a message names more than five, then it is refused', async () => {
    const files = ['1', '2', '3', '4', '5', '6'];
    const answer = await world.call('POST', '/api/v1/messages', {
      body: { channel: 'general', text: 'x', files },
    });

    expect(problemIn(answer)).toMatchObject({ status: 422, code: 'body.invalid' });
  });
});

describe('given an approval', () => {
  const vote = (id: string, as: string, body: unknown) =>
    world.call('POST', `/api/v1/approvals/${id}/votes`, { as, body });

  it('when an entitled person approves its digest, then the vote counts', async () => {
    const answer = await vote('apr_1', 'ben', { vote: 'approve', digest });

    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toMatchObject({ id: 'apr_1', state: 'approved', text: 'Approved.' });
  });

  it.each([
    ['apr_1', 'dev', { vote: 'approve', digest }, 403],
    ['apr_1', 'ben', { vote: 'approve', digest: 'other' }, 409],
    ['apr_old', 'ben', { vote: 'deny', digest }, 410],
    ['apr_none', 'ben', { vote: 'deny', digest }, 404],
    ['apr_1', 'ben', { vote: 'maybe', digest }, 422],
    ['apr_1', 'ben', { vote: 'approve' }, 422],
  ])('when %s gets a vote of %s that does not hold (%#), then it says so', async (id, as, body, status) => {
    expect(problemIn(await vote(id, as, body)).status).toBe(status);
  });

  it('when a refusal names whom one could continue as, then the problem says so too', async () => {
    const problem = problemIn(await vote('apr_1', 'dev', { vote: 'approve', digest }));

    expect(problem['continueAs']).toEqual([{ id: 'ben', name: 'Ben' }]);
  });

  it('when the inbox is filtered, then the filter reaches the backend, and a bad one is 400 with its name', async () => {
    expect((await world.call('GET', '/api/v1/approvals?state=pending&cursor=c1')).status).toBe(200);
    expect(world.backend.asked).toEqual([{ state: 'pending', cursor: 'c1' }]);

    const problem = problemIn(await world.call('GET', '/api/v1/approvals?state=open'));
    expect(problem).toMatchObject({
      status: 400,
      code: 'query.invalid',
      errors: [{ field: 'state', detail: expect.any(String) }],
    });
    expect(problemIn(await world.call('GET', '/api/v1/approvals?state=pending&state=denied')).status).toBe(
      400,
    );
  });
});

describe('given things to read', () => {
  it.each([
    '/me',
    '/tools',
    '/health',
    '/runs',
    '/runs/run_1',
    '/runs/run_1/ledger',
    '/approvals',
    '/approvals/apr_1',
    '/channels/console%3Ageneral/threads',
    '/threads/console%3Ageneral%2F1',
    '/threads/console:general%2f1',
  ])('when %s is read, then it is JSON', async (path) => {
    const answer = await world.call('GET', `/api/v1${path}`);

    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(JSON.parse(answer.text)).toEqual(expect.any(Object));
  });

  it.each([
    ['/runs/run_2', 'run.unknown'],
    ['/runs/run_2/ledger', 'run.unknown'],
    ['/approvals/apr_2', 'approval.unknown'],
    ['/channels/console%3Aboard/threads', 'channel.unknown'],
    ['/threads/console%3Aboard%2F1', 'thread.unknown'],
    [`/threads/${'%2F'.repeat(400)}`, 'thread.unknown'],
    [`/threads/${'x'.repeat(3000)}`, 'route.unknown'],
  ])('when something is not there for that person (%#), then it is 404 and says what', async (path, code) => {
    expect(problemIn(await world.call('GET', `/api/v1${path}`))).toMatchObject({ status: 404, code });
  });

  it('when a run is stopped, then the body may be left out', async () => {
    const answer = await world.call('POST', '/api/v1/runs/run_1/stop');
    await world.call('POST', '/api/v1/runs/run_1/stop', { body: { reason: 'enough' } });

    expect(JSON.parse(answer.text)).toMatchObject({ id: 'run_1', status: 'stopped' });
    expect(world.backend.asked).toEqual([{ stop: 'run_1' }, { stop: 'run_1', reason: 'enough' }]);
    expect(problemIn(await world.call('POST', '/api/v1/runs/run_9/stop')).status).toBe(404);
  });

  it('when a button is pressed by its id, then the outcome is said', async () => {
    const answer = await world.call('POST', '/api/v1/actions', { body: { action: 'v1:run_1:stop' } });

    expect(JSON.parse(answer.text)).toEqual({ text: 'Did v1:run_1:stop.' });
    expect(
      problemIn(await world.call('POST', '/api/v1/actions', { body: { action: 'v1:x:gone' } })).status,
    ).toBe(410);
  });
});

describe('given a fault behind the API', () => {
  it('when something unexpected is thrown, then the caller reads no word of it and the operator reads all', async () => {
    world.backend.fail = new Error('password hunter2 at mongodb://secret');

    const answer = await world.call('GET', '/api/v1/me');

    expect(problemIn(answer)).toMatchObject({ status: 500, code: 'internal' });
    expect(answer.text).not.toMatch(/hunter2|mongodb|at .*\.ts/u);
    expect(world.logged).toEqual([
      {
        event: 'request.failed',
        fields: expect.objectContaining({ problem: expect.stringContaining('hunter2') }),
      },
    ]);
  });

  it('when the store is away, then it is 503 with a time to try again', async () => {
    world.backend.fail = new AppError('store.unavailable', 'connect ECONNREFUSED 10.0.0.7');

    const answer = await world.call('GET', '/api/v1/me');

    expect(problemIn(answer)).toMatchObject({ status: 503, code: 'store.unavailable' });
    expect(answer.headers['retry-after']).toBe('5');
    expect(answer.text).not.toContain('10.0.0.7');
  });
});
