import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createAllowedAddresses } from '../../../src/tools/allowed-addresses.ts';
import type { ServerConnectionOptions } from '../../../src/tools/server-connection.ts';
import type { ToolWorld } from './tool-world.ts';
import { aToolWorld } from './tool-world.ts';

let world: ToolWorld | undefined;
let servers: Server[] = [];
afterEach(async () => {
  await world?.end();
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  [world, servers] = [undefined, []];
});

interface Ask {
  readonly id?: number;
  readonly method: string;
}

/** A tool server that ends each connection after one answer, so that every request needs a look-up of its own. */
async function aServer(on: {
  readonly address: string;
  readonly port?: number;
  readonly callLeadsTo?: string;
}): Promise<{ readonly port: number; readonly asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      response.setHeader('connection', 'close');
      if (request.method !== 'POST') return response.writeHead(405).end();
      // Only our own client speaks to this server.
      const ask = JSON.parse(body) as Ask;
      asked.push(ask.method);
      if (ask.method === 'tools/call' && on.callLeadsTo !== undefined)
        return response.writeHead(307, { location: on.callLeadsTo }).end();
      const results: Record<string, object> = {
        initialize: {
          protocolVersion: '2025-06-18',
          capabilities: { tools: {} },
          serverInfo: { name: 'w', version: '1' },
        },
        'tools/list': { tools: [{ name: 'act', inputSchema: { type: 'object' } }] },
        'tools/call': { content: [{ type: 'text', text: 'acted' }] },
      };
      if (ask.id === undefined) return response.writeHead(202).end();
      const result = results[ask.method];
      const answer = result === undefined ? { error: { code: -32601, message: 'no' } } : { result };
      return response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ jsonrpc: '2.0', id: ask.id, ...answer }));
    })();
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(on.port ?? 0, on.address, resolve));
  // It listens on a port.
  return { port: (server.address() as AddressInfo).port, asked };
}

/** Names lead where the test says at that moment. */
function leadingTo(where: () => string): ServerConnectionOptions['lookup'] {
  const lookup = (_name: string, _options: object, answer: (error: null, found: object[]) => void): void => {
    answer(null, [{ address: where(), family: 4 }]);
  };
  // Only the form with options is used.
  return lookup as unknown as ServerConnectionOptions['lookup'];
}

describe('given a tool server behind a name', () => {
  it('when the name leads into a private net that nobody named, then nothing is connected to', async () => {
    const { port, asked } = await aServer({ address: '127.0.0.1' });
    world = aToolWorld({
      servers: { web: { url: `http://tools.internal:${String(port)}/mcp` } },
      lookup: leadingTo(() => '127.0.0.1'),
    });

    const state = await world.registry.find('web/act');

    expect(state).toMatchObject({
      kind: 'unreachable',
      why: expect.stringContaining(
        'Tool server web: tools.internal leads to 127.0.0.1, which is not public, so no connection was made. If that is meant',
      ),
    });
    expect(asked).toEqual([]);
  });

  it('when the name leads elsewhere after the call was approved, then it was not sent', async () => {
    const { port } = await aServer({ address: '127.0.0.1' });
    const inside = await aServer({ address: '127.0.0.2', port });
    let where = '127.0.0.1';
    world = aToolWorld({
      servers: {
        web: { url: `http://tools.internal:${String(port)}/mcp`, allowAddresses: ['127.0.0.1'] },
      },
      lookup: leadingTo(() => where),
    });
    const tool = await world.tool('web/act');
    expect(await world.call('web/act', {}, { tool })).toMatchObject({ kind: 'answered', content: 'acted' });

    where = '127.0.0.2';
    const outcome = await world.call('web/act', {}, { tool });

    expect(outcome).toEqual({ kind: 'not-sent', why: expect.stringContaining('leads to 127.0.0.2') });
    expect(inside.asked).toEqual([]);
  });

  it('when the server sends the call on to another address, then it does not go there', async () => {
    const inside = await aServer({ address: '127.0.0.2' });
    const { port } = await aServer({
      address: '127.0.0.1',
      callLeadsTo: `http://127.0.0.2:${String(inside.port)}/latest/meta-data`,
    });
    world = aToolWorld({ servers: { web: { url: `http://127.0.0.1:${String(port)}/mcp` } } });

    expect(await world.call('web/act')).toMatchObject({ kind: 'answered', isError: true });
    expect(inside.asked).toEqual([]);
  });
});

describe('given what an operator names', () => {
  const may = (url: string, nets: string[], address: string): boolean =>
    createAllowedAddresses(new URL(url), nets).has(address);

  it.each([
    ['https://a.example/mcp', [], '8.8.8.8', true],
    ['https://a.example/mcp', [], '10.0.0.1', false],
    ['https://a.example/mcp', ['10.0.0.0/8'], '10.0.0.1', true],
    ['https://a.example/mcp', ['10.0.0.0/8'], '::ffff:10.0.0.1', true],
    ['https://a.example/mcp', ['10.0.0.0/8'], '192.168.0.1', false],
    ['http://127.0.0.1/mcp', [], '127.0.0.1', true],
    ['http://127.0.0.1/mcp', [], '127.0.0.2', false],
    ['http://localhost/mcp', [], '::1', true],
    ['http://localhost/mcp', [], '10.0.0.1', false],
    ['http://[fd00::7]/mcp', [], 'fd00::7', true],
    ['https://a.example/mcp', ['128.0.0.0/1', '0.0.0.1/1'], '169.254.169.254', false],
    ['https://a.example/mcp', ['fd00::/8'], 'fd00:ec2::254', false],
    ['https://169.254.169.254/mcp', [], '169.254.169.254', false],
  ])('%s with %j: %s is allowed: %s', (url, nets, address, isAllowed) => {
    expect(may(url, nets, address)).toBe(isAllowed);
  });
});
