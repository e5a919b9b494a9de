import { afterEach, describe, expect, it } from '@jest/globals';
import { createOriginGuard } from '../../../src/api/origin-guard.ts';
import { aWorld, digest, problemIn } from './server-under-test.ts';
import type { World } from './server-under-test.ts';

let world: World | undefined;
afterEach(async () => {
  await world?.stop();
  world = undefined;
});
const open = async (options?: Parameters<typeof aWorld>[0]): Promise<World> =>
  (world = await aWorld(options));

const signedIn = { authorization: 'Bearer token-ben', 'content-type': 'application/json' };
const paths = [
  '/api/v1/me',
  '/',
  '/healthz',
  '/readyz',
  '/metrics',
  '/api/v1/openapi.json',
  '/api/v1/nothing',
  '/nothing',
  '/assets/app.js',
];

describe('given a request whose Host is not ours', () => {
  it.each([
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'localhost',
    '10.1.2.3',
    'evil@localhost',
    'localhost.',
  ])('when it is %s, then nothing is answered, whatever the address', async (name) => {
    const { port, raw, backend } = await open();
    const hosts =
      name === 'localhost'
        ? [`localhost:${String(port === 1 ? 2 : 1)}`, 'localhost']
        : [`${name}:${String(port)}`, name];

    for (const host of hosts) {
      for (const path of paths) {
        expect(problemIn(await raw({ path, headers: { host, ...signedIn } }))).toMatchObject({
          status: 403,
          code: 'host.refused',
        });
      }
    }

    expect(backend.looked).toEqual([]);
  });

  it('when it is missing or the target is another site’s full address, then nothing is answered', async () => {
    const { bytes, port, backend } = await open();

    expect(await bytes('GET /api/v1/me HTTP/1.0\r\nAuthorization: Bearer token-ana\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 403 /u,
    );
    expect(await bytes('GET /api/v1/me HTTP/1.1\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1\.1 403 /u);
    const absolute = `GET http://evil.example/api/v1/me HTTP/1.1\r\nHost: localhost:${String(port)}\r\nConnection: close\r\n\r\n`;
    expect(await bytes(absolute)).toMatch(/^HTTP\/1\.1 403 /u);
    expect(backend.looked).toEqual([]);
  });

  it('when a vote comes by a name that was pointed at this machine, then it does not count', async () => {
    const { raw, backend } = await open();

    const answer = await raw({
      method: 'POST',
      path: '/api/v1/approvals/apr_1/votes',
      headers: { host: 'rebound.example', origin: 'http://rebound.example', ...signedIn },
      body: JSON.stringify({ vote: 'approve', digest }),
    });

    expect(answer.status).toBe(403);
    expect(backend.looked).toEqual([]);
  });
});

describe('given a request whose Host is ours', () => {
  it('when it is one of this machine’s names with our port, then it is answered', async () => {
    const { port, raw } = await open();

    for (const name of ['127.0.0.1', 'localhost', 'LOCALHOST', '[::1]']) {
      expect(
        (await raw({ path: '/api/v1/me', headers: { host: `${name}:${String(port)}`, ...signedIn } })).status,
      ).toBe(200);
    }
  });

  it('when it is the host of PUBLIC_URL, then it is answered, with or without the usual port', async () => {
    const { raw } = await open({ publicUrl: 'https://bot.example.com/console' });

    for (const host of ['bot.example.com', 'Bot.Example.com:443']) {
      const headers = { host, origin: 'https://bot.example.com', ...signedIn };
      expect((await raw({ path: '/api/v1/me', headers })).status).toBe(200);
    }
    expect(
      (await raw({ path: '/api/v1/me', headers: { host: 'bot.example.com:8443', ...signedIn } })).status,
    ).toBe(403);
    const downgraded = { host: 'bot.example.com', origin: 'http://bot.example.com', ...signedIn };
    expect((await raw({ path: '/api/v1/me', headers: downgraded })).status).toBe(403);
  });

  it('when the server listens on every address, then the address that was reached is accepted and no other', () => {
    const guard = createOriginGuard({ host: '0.0.0.0', port: 8787 });
    const ask = (host: string, localAddress: string, origin?: string) =>
      guard.findFault({
        method: 'GET',
        target: '/',
        headers: { host, ...(origin === undefined ? {} : { origin }) },
        localAddress,
        isHostExempt: false,
        isPage: false,
      })?.code;

    expect(ask('192.168.1.5:8787', '192.168.1.5', 'http://192.168.1.5:8787')).toBeUndefined();
    expect(ask('192.168.1.5:8787', '::ffff:192.168.1.5')).toBeUndefined();
    expect(ask('[fd00::5]:8787', 'fd00::5')).toBeUndefined();
    expect(ask('192.168.1.6:8787', '192.168.1.5')).toBe('host.refused');
    expect(ask('192.168.1.5:8787', '192.168.1.5', 'http://192.168.1.6:8787')).toBe('origin.refused');
    expect(ask('bot.internal:8787', '192.168.1.5')).toBe('host.refused');
    const bound = createOriginGuard({ host: '192.168.1.5', port: 8787 });
    const other = {
      method: 'GET',
      target: '/',
      headers: { host: '192.168.1.6:8787' },
      localAddress: '192.168.1.6',
      isHostExempt: false,
      isPage: false,
    };
    expect(bound.findFault(other)?.code).toBe('host.refused');
    expect(bound.findFault({ ...other, headers: { host: '192.168.1.5:8787' } })).toBeUndefined();
  });
});

describe('given a request from a page', () => {
  it('when the page is of another site, then it can neither read nor act', async () => {
    const { call, port, backend } = await open();
    const foreign = [
      'https://evil.example',
      'null',
      '',
      `http://localhost.evil.example:${String(port)}`,
      'http://localhost:3000',
      `https://localhost:${String(port)}`,
    ];

    for (const origin of foreign) {
      const read = await call('GET', '/api/v1/me', { headers: { origin } });
      const act = await call('POST', '/api/v1/messages', {
        body: { channel: 'general', text: 'x' },
        headers: { origin },
      });
      expect(problemIn(read)).toMatchObject({ status: 403, code: 'origin.refused' });
      expect(act.status).toBe(403);
    }

    expect(backend.said).toEqual([]);
    expect(backend.looked).toEqual([]);
  });

  it('when the page is ours, then it is answered', async () => {
    const { call, port } = await open();

    for (const name of ['127.0.0.1', 'localhost', '[::1]']) {
      const headers = { origin: `http://${name}:${String(port)}`, 'sec-fetch-site': 'same-origin' };
      expect((await call('GET', '/api/v1/me', { headers })).status).toBe(200);
    }
  });

  it('when the browser says that another site asked, then it is refused even without an Origin', async () => {
    const { call } = await open();

    for (const site of ['cross-site', 'same-site', 'anything']) {
      for (const path of ['/api/v1/me', '/metrics', '/assets/app.js']) {
        expect((await call('GET', path, { headers: { 'sec-fetch-site': site } })).status).toBe(403);
      }
      const navigated = {
        'sec-fetch-site': site,
        'sec-fetch-mode': 'navigate',
        'sec-fetch-dest': 'document',
      };
      expect((await call('GET', '/api/v1/me', { headers: navigated })).status).toBe(403);
    }
  });

  it('when a person follows a link from elsewhere to a page, then it opens; in a frame it does not', async () => {
    const { call } = await open();
    const link = {
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
    };

    // The pages are not built here, which is said with a 404 of its own.
    expect(problemIn(await call('GET', '/approvals', { headers: link })).code).toBe('pages.missing');
    expect(
      problemIn(await call('GET', '/approvals', { headers: { ...link, 'sec-fetch-dest': 'iframe' } })).code,
    ).toBe('origin.refused');
  });
});
