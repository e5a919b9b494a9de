import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DocumentGone, fetchPublic } from '../../../src/context/fetch-public.ts';
import { isPublicAddress } from '../../../src/core/public-address.ts';

let server: Server;
let base = '';
const asked: string[] = [];
/** The local server stands for a public one; nothing else of this machine does. */
const options = { mostBytes: 1_000, isPublic: (address: string) => address === '127.0.0.1' };

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const to = (location: string): void => void response.writeHead(302, { location }).end();
    if (request.url === '/page')
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<p>hi</p>');
    else if (request.url === '/moved') to('/page');
    else if (request.url === '/inside') to(base.replace('127.0.0.1', '127.0.0.2'));
    else if (request.url === '/metadata') to('http://169.254.169.254/latest/meta-data');
    else if (request.url === '/file') to('file:///etc/passwd');
    else if (request.url === '/round') to('/round');
    else if (request.url === '/large') response.writeHead(200).end('x'.repeat(2_000));
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A server that listens on TCP has an address object.
  base = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe('given an address of the web', () => {
  it('when its server is public, then its document is fetched, also where a redirect leads', async () => {
    const found = await fetchPublic(`${base}/moved`, options);

    expect([found.bytes.toString(), found.mediaType, found.url.pathname]).toEqual([
      '<p>hi</p>',
      'text/html',
      '/page',
    ]);
  });

  it.each([
    ['/inside', 'is not a public server'],
    ['/metadata', 'is not a public server'],
    ['/file', 'only http and https'],
    ['/round', 'without an end'],
    ['/large', 'is larger than'],
  ])('when it leads to %s, then it is refused, and said why', async (path, why) => {
    await expect(fetchPublic(`${base}${path}`, options)).rejects.toThrow(why);
  });

  it('when it leads to a host that operators do not list, then that host is not asked', async () => {
    const whyClosed = ({ hostname }: URL): string | undefined =>
      hostname === '127.0.0.1' ? undefined : 'is not listed';

    await expect(
      fetchPublic(`${base}/inside`, { mostBytes: 1_000, isPublic: () => true, whyClosed }),
    ).rejects.toThrow('127.0.0.2 is not listed');
    expect((await fetchPublic(`${base}/moved`, { ...options, whyClosed })).url.pathname).toBe('/page');
  });

  it('when it is not there, then that is told from an outage', async () => {
    await expect(fetchPublic(`${base}/nowhere`, options)).rejects.toBeInstanceOf(DocumentGone);
  });

  it('when it is no public server, by number or by name, then nobody is asked', async () => {
    const before = asked.length;
    const port = new URL(base).port;
    const hosts = [
      '127.0.0.1',
      'localhost',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '2130706433',
      '0x7f.1',
      '10.1.2.3',
    ];

    for (const host of hosts)
      await expect(fetchPublic(`http://${host}:${port}/page`, { mostBytes: 1_000 })).rejects.toThrow(
        'is not a public server',
      );
    expect(asked).toHaveLength(before);
  });

  it.each([
    ['ftp://example.com/', 'only http and https'],
    ['http://user:word@example.com/', 'holds a name or a password'],
    ['nonsense', 'is not an address'],
  ])('when it is %s, then it is refused', async (address, why) => {
    await expect(fetchPublic(address, options)).rejects.toThrow(why);
  });
});

describe('given a number of the net', () => {
  it('then what is set apart is told from what is public', () => {
    const closed = [
      ...[
        '0.0.0.0',
        '10.0.0.1',
        '100.64.0.1',
        '127.9.9.9',
        '169.254.169.254',
        '172.31.255.255',
        '192.168.1.1',
      ],
      ...['198.18.0.1', '224.0.0.1', '255.255.255.255', '::', '::1', '::ffff:8.8.8.8', '64:ff9b::a00:1'],
      ...['fc00::1', 'fe80::1', 'ff02::1', '2001:db8::1', '2002:7f00:1::', 'localhost', ''],
    ];
    expect(closed.filter((address) => isPublicAddress(address))).toEqual([]);
    expect(['8.8.8.8', '172.32.0.1', '2606:4700::1111'].filter((one) => !isPublicAddress(one))).toEqual([]);
  });
});
