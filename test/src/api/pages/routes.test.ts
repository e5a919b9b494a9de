import { describe, expect, it } from '@jest/globals';
import { addressOf, parseRoute } from '../../../../src/api/pages/routes.ts';
import type { Route } from '../../../../src/api/pages/routes.ts';

describe('given the address of a page', () => {
  const cases: readonly (readonly [string, Route])[] = [
    ['/', { page: 'start' }],
    ['/c/finance', { page: 'channel', channel: 'finance' }],
    ['/t/console%3Afinance%3A1', { page: 'thread', thread: 'console:finance:1' }],
    ['/t/a%2Fb', { page: 'thread', thread: 'a/b' }],
    ['/approvals', { page: 'approvals' }],
    ['/runs', { page: 'runs' }],
    ['/runs?status=waiting', { page: 'runs', status: 'waiting' }],
    ['/runs/run_1', { page: 'run', run: 'run_1' }],
    ['/tools', { page: 'tools' }],
    ['/tools/my%2Fserver', { page: 'tool-server', server: 'my/server' }],
    ['/health', { page: 'health' }],
  ];

  it.each(cases)(
    'when %s is opened, then it is that page, and the page has that address',
    (address, route) => {
      const url = new URL(address, 'http://console.test');

      expect(parseRoute(url.pathname, url.search)).toEqual(route);
      expect(addressOf(route)).toBe(address);
    },
  );

  it.each(['/nope', '/c', '/c/a/b', '/t/', '/approvals/x/y', '/tools/x/y'])(
    'when %s is opened, then there is no such page',
    (address) => {
      expect(parseRoute(address, '')).toEqual({ page: 'unknown' });
    },
  );

  it('when a piece is badly encoded, then it stands for itself', () => {
    expect(parseRoute('/c/%E0%A4%A', '')).toEqual({ page: 'channel', channel: '%E0%A4%A' });
  });
});
