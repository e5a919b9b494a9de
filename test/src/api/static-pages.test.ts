import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aWorld, problemIn } from './server-under-test.ts';
import type { World } from './server-under-test.ts';

let world: World;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-site-'));
  const pages = join(folder, 'pages');
  await mkdir(join(pages, 'fonts'), { recursive: true });
  await writeFile(join(folder, 'secret.txt'), 'canary');
  await writeFile(join(folder, 'beside.txt'), 'canary');
  await writeFile(join(pages, 'index.html'), '<!doctype html><title>Countersign</title>');
  await writeFile(join(pages, 'app.js'), 'export {};');
  await writeFile(join(pages, 'app.css'), 'body{}');
  await writeFile(join(pages, '.env'), 'canary');
  await writeFile(join(pages, 'odd.exe'), 'MZ');
  await writeFile(join(pages, 'fonts', 'a b.woff2'), 'font');
  await symlink(join(folder, 'secret.txt'), join(pages, 'link.txt'));
  world = await aWorld({ pagesDir: pages });
});
afterAll(async () => {
  await world.stop();
  await rm(folder, { recursive: true, force: true });
});
const get = (path: string, headers?: Record<string, string>) =>
  world.call('GET', path, { token: null, ...(headers === undefined ? {} : { headers }) });

describe('given the pages of the console', () => {
  it.each([
    '/',
    '/c/general',
    '/c/general/x',
    '/t/console%3Ageneral%2F1',
    '/approvals',
    '/outcomes',
    '/runs',
    '/runs/run_1',
    '/ledger',
    '/ledger/run_1',
    '/tools',
    '/health',
    '/policy',
    '/people',
    '/?as=ana',
  ])('when %s is opened, then it is the page, without a token and with strict headers', async (path) => {
    const { status, headers, text } = await get(path);

    expect(status).toBe(200);
    expect(text).toContain('<title>Countersign</title>');
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
    });
    const policy = headers['content-security-policy'];
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|\*|https?:/u);
  });

  it('when an asset is read, then it has its type', async () => {
    expect((await get('/assets/app.js')).headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect((await get('/assets/app.css')).headers['content-type']).toBe('text/css; charset=utf-8');
    expect((await get('/assets/fonts/a%20b.woff2')).headers['content-type']).toBe('font/woff2');
    expect((await get('/assets/odd.exe')).headers['content-type']).toBe('application/octet-stream');
  });

  it('when it is known already, then it is 304 without a body', async () => {
    const { etag = '' } = (await get('/assets/app.js')).headers;

    const again = await get('/assets/app.js', { 'if-none-match': `"other", W/${etag}` });

    expect(etag).toMatch(/^"[0-9a-f]{32}"$/u);
    expect(again).toMatchObject({ status: 304, text: '' });
    expect((await get('/assets/app.js', { 'if-none-match': '"other"' })).status).toBe(200);
  });

  it('when only the head is asked for, then there is no body', async () => {
    const head = await world.call('HEAD', '/', { token: null });

    expect(head).toMatchObject({ status: 200, text: '' });
    expect(head.headers['content-length']).toBe('41');
  });

  it.each([
    '/assets/../../secret.txt',
    '/assets/../beside.txt',
    '/assets/%2e%2e/beside.txt',
    '/assets/..%2f..%2fsecret.txt',
    '/assets/..%5c..%5csecret.txt',
    '/assets/%252e%252e%252fbeside.txt',
    '/assets//../beside.txt',
    '/assets/fonts/../../../secret.txt',
    '/assets/./app.js/../../beside.txt',
    '/assets/link.txt',
    '/assets/.env',
    '/assets/app.js%00.txt',
    '/assets//etc/passwd',
    '/assets/',
    '/assets/fonts',
    '/assets/__proto__',
    '/beside.txt',
    '/../secret.txt',
    '/index.html/../../secret.txt',
  ])('when %s is asked for, then nothing outside is told', async (path) => {
    // A plain client keeps the dots; it is the server that must not follow them.
    const answer = await world.bytes(
      `GET ${path} HTTP/1.1\r\nHost: localhost:${String(world.port)}\r\nConnection: close\r\n\r\n`,
    );

    expect(answer).toMatch(/^HTTP\/1\.1 40[04] /u);
    expect(answer).not.toMatch(/canary|root:/u);
  });

  it('when they are not built, then the page says how to build them', async () => {
    const bare = await aWorld({ pagesDir: join(folder, 'nowhere') });

    const answer = await bare.call('GET', '/', { token: null });
    await bare.stop();

    expect(problemIn(answer)).toMatchObject({
      status: 404,
      code: 'pages.missing',
      detail: expect.stringContaining('npm run build'),
    });
  });
});
