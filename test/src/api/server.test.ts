import { afterEach, describe, expect, it } from '@jest/globals';
import { connect } from 'node:net';
import { Agent, request } from 'node:http';
import { createMetrics } from '../../../src/api/metrics.ts';
import { createHttpServer } from '../../../src/api/server.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import type { HttpRoute, HttpRouteRequest } from '../../../src/chat/http-route.ts';
import { aBackend, noMcp, aClock, aWorld, problemIn } from './server-under-test.ts';
import type { World } from './server-under-test.ts';

let world: World | undefined;
afterEach(async () => {
  await world?.stop();
  world = undefined;
});
const open = async (options?: Parameters<typeof aWorld>[0]): Promise<World> =>
  (world = await aWorld(options));

describe('given a running server', () => {
  it('when it is asked for its health, then it is alive always and ready only when the backend is', async () => {
    const { call, backend } = await open();
    expect((await call('GET', '/readyz', { token: null })).status).toBe(200);

    backend.whyNot = 'The store does not answer.';

    expect((await call('GET', '/healthz', { token: null })).status).toBe(200);
    expect(problemIn(await call('GET', '/readyz', { token: null }))).toMatchObject({
      status: 503,
      code: 'not-ready',
      detail: 'The store does not answer.',
    });
  });

  it('when metrics are read, then requests are counted by route, never by id', async () => {
    const { call } = await open();
    await call('GET', '/api/v1/runs/run_1');
    await call('GET', '/secret/path/run_7');

    const { text, headers } = await call('GET', '/metrics', { token: null });

    expect(headers['content-type']).toContain('text/plain');
    expect(text).toContain(
      'countersign_http_requests_total{method="GET",route="/api/v1/runs/:run",status="200"} 1',
    );
    expect(text).toContain('countersign_http_requests_total{method="GET",route="none",status="404"} 1');
    expect(text).not.toMatch(/run_1|run_7|token-/u);
  });

  it('when the bytes are no HTTP, then it is a 400 problem', async () => {
    const { bytes } = await open();

    const answer = await bytes('HELLO\r\n\r\n');

    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/u);
    expect(answer).toContain('"code":"request.malformed"');
  });

  it('when the headers are endless, then it is a 431 problem', async () => {
    const { bytes } = await open();

    expect(await bytes(`GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 431 /u,
    );
  });

  it.each([
    ['headers', 'GET / HTTP/1.1\r\nHost: loc'],
    [
      'a body',
      'POST /api/v1/messages HTTP/1.1\r\nHost: localhost:PORT\r\nAuthorization: Bearer token-ana\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"chan',
    ],
  ])('when %s arrive too slowly, then the connection is closed with 408', async (_, text) => {
    const { bytes, port, backend } = await open({ limits: { requestMs: 80, requestCheckMs: 20 } });

    const answer = await bytes(text.replace('PORT', String(port)));

    expect(answer).toMatch(/^HTTP\/1\.1 408 /u);
    expect(backend.said).toEqual([]);
  });

  it('when a body that says it is huge is announced, then it is refused before it is read', async () => {
    const { bytes, port } = await open();

    const answer = await bytes(
      `POST /api/v1/messages HTTP/1.1\r\nHost: localhost:${String(port)}\r\nAuthorization: Bearer token-ana\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n\r\n`,
    );

    expect(answer).toMatch(/^HTTP\/1\.1 413 /u);
    expect(answer).toContain('body.too-large');
  });

  it('when a body in chunks grows beyond the bound, then it is 413', async () => {
    const { bytes, port } = await open();
    const chunk = `10000\r\n${'x'.repeat(0x1_00_00)}\r\n`;
    const head = `POST /api/v1/messages HTTP/1.1\r\nHost: localhost:${String(port)}\r\nAuthorization: Bearer token-ana\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`;

    expect(await bytes(head, ...Array.from({ length: 17 }, () => chunk))).toMatch(/^HTTP\/1\.1 413 /u);
  });
});

describe('given a server that stops', () => {
  it('when connections are idle, kept alive or silent, then they end at once', async () => {
    const { port, stop, clock } = await open();
    const agent = new Agent({ keepAlive: true });
    await new Promise<void>((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port, path: '/healthz', agent }, (answer) => {
        answer.resume().on('end', resolve);
      });
      sent.on('error', reject).end();
    });
    const silent = connect(port, '127.0.0.1');
    await new Promise((resolve) => silent.once('connect', resolve));
    const closed = new Promise((resolve) => silent.once('close', resolve));
    silent.on('error', () => undefined);

    await stop();
    await closed;

    agent.destroy();
    expect(clock.pending).toBe(0);
  });

  it('when an answer is under way, then it is still given, and its connection ends', async () => {
    const { call, backend, stop } = await open();
    const release = backend.hold();
    const answer = call('POST', '/api/v1/messages', { body: { channel: 'general', text: 'x' } });
    while (backend.looked.length === 0) await new Promise(setImmediate);
    await new Promise((resolve) => setTimeout(resolve, 20));

    const stopped = stop();
    release();

    expect((await answer).status).toBe(200);
    expect((await answer).headers.connection).toBe('close');
    await stopped;
  });

  it('when an answer never comes, then the connection is cut after the grace', async () => {
    const { call, backend, stop, clock } = await open();
    backend.hold();
    const answer = call('POST', '/api/v1/messages', { body: { channel: 'general', text: 'x' } });
    const failed = expect(answer).rejects.toThrow();
    while (backend.looked.length === 0) await new Promise(setImmediate);
    await new Promise((resolve) => setTimeout(resolve, 20));

    const stopped = stop();
    clock.advance(5_000);

    await failed;
    await stopped;
  });
});

describe('given a route that an adapter hands over', () => {
  const asked: HttpRouteRequest[] = [];
  const route = (more: Partial<HttpRoute> = {}): HttpRoute => ({
    method: 'POST',
    path: '/slack/events',
    handle(received) {
      asked.push(received);
      return Promise.resolve({ status: 202, headers: { 'content-type': 'text/plain' }, body: 'taken' });
    },
    ...more,
  });
  afterEach(() => void asked.splice(0));

  it('when the platform calls by its own name for us, then the exact bytes arrive without a token', async () => {
    const { raw } = await open({ extraRoutes: [route()] });
    const body = Buffer.from([0x7b, 0xff, 0x00, 0x20, 0x20, 0x7d]);

    const answer = await raw({
      method: 'POST',
      path: '/slack/events?team=T1&team=T2&x=1',
      headers: {
        host: 'tunnel.example',
        'content-type': 'application/x-www-form-urlencoded',
        'x-slack-signature': 'v0=1',
      },
      body,
    });

    expect(answer).toMatchObject({ status: 202, text: 'taken' });
    expect(asked[0]?.rawBody.equals(body)).toBe(true);
    expect(asked[0]).toMatchObject({
      query: { team: ['T1', 'T2'], x: '1' },
      headers: { 'x-slack-signature': 'v0=1' },
    });
  });

  it('when JSON or nothing is sent, then it is bytes all the same', async () => {
    const { raw } = await open({ extraRoutes: [route()] });
    const headers = { host: 'tunnel.example' };
    await raw({
      method: 'POST',
      path: '/slack/events',
      headers: { ...headers, 'content-type': 'application/json' },
      body: '{ "a" : 1 }',
    });
    await raw({ method: 'POST', path: '/slack/events', headers });

    expect(asked.map(({ rawBody }) => rawBody.toString())).toEqual(['{ "a" : 1 }', '']);
  });

  it('when a page of another site calls it, then it is refused', async () => {
    const { raw } = await open({ extraRoutes: [route()] });

    const answer = await raw({
      method: 'POST',
      path: '/slack/events',
      headers: { host: 'tunnel.example', origin: 'https://evil.example' },
    });

    expect(problemIn(answer).code).toBe('origin.refused');
    expect(asked).toEqual([]);
  });

  it('when it wants its Host checked, then a name pointed at this machine is refused', async () => {
    const { raw, call } = await open({ extraRoutes: [route({ path: '/programs', isHostChecked: true })] });

    expect(
      (await raw({ method: 'POST', path: '/programs', headers: { host: 'rebound.example' } })).status,
    ).toBe(403);
    expect((await call('POST', '/programs')).status).toBe(202);
  });

  it('when it throws, then the caller reads no word of it', async () => {
    const handle = (): Promise<never> => Promise.reject(new Error('signing secret is abc'));
    const { call } = await open({ extraRoutes: [route({ handle })] });

    const answer = await call('POST', '/slack/events');

    expect(problemIn(answer).status).toBe(500);
    expect(answer.text).not.toContain('abc');
  });

  it('when it streams, then bytes arrive as they come and stopping cuts it', async () => {
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('first');
      await new Promise(() => undefined);
    }
    const handle: HttpRoute['handle'] = () =>
      Promise.resolve({ status: 200, headers: { 'content-type': 'text/event-stream' }, body: endless() });
    const { port, stop } = await open({ extraRoutes: [route({ method: 'GET', path: '/programs', handle })] });
    const first = await new Promise<{ text: string; closed: Promise<unknown> }>((resolve) => {
      request({ host: '127.0.0.1', port, path: '/programs', agent: false }, (answer) => {
        const closed = new Promise((done) => answer.once('close', done));
        answer.on('error', () => undefined);
        answer.once('data', (part: Buffer) => {
          resolve({ text: part.toString(), closed });
        });
      }).end();
    });

    await stop();

    expect(first.text).toBe('first');
    await first.closed;
  });
});

describe('given a HOST or PORT that cannot be used', () => {
  const serverAt = (host: string, port: number, publicUrl?: string) =>
    createHttpServer({
      backend: aBackend(),
      mcp: noMcp,
      clock: aClock(),
      logger: silentLogger,
      metrics: createMetrics(),
      host,
      port,
      publicUrl,
      pagesDir: 'nowhere',
      extraRoutes: [],
    });

  it('when the port is taken, then the fault names PORT and the fix', async () => {
    const { port } = await open();

    await expect(serverAt('127.0.0.1', port).start()).rejects.toMatchObject({
      code: 'config.invalid',
      message: `PORT ${String(port)} on HOST 127.0.0.1 is used by another program. Stop that one, or set PORT to a free port.`,
    });
  });

  it('when the host is not of this machine, then the fault names HOST and the fix', async () => {
    await expect(serverAt('192.0.2.77', 0).start()).rejects.toMatchObject({
      code: 'config.invalid',
      message: expect.stringContaining('Set HOST to 127.0.0.1'),
    });
  });

  it('when PUBLIC_URL is no web address, then it is refused before anything listens', () => {
    expect(() => serverAt('127.0.0.1', 0, 'bot.example.com')).toThrow(/PUBLIC_URL/u);
    expect(() => serverAt('127.0.0.1', 0, 'ftp://bot.example.com')).toThrow(/PUBLIC_URL/u);
  });
});
