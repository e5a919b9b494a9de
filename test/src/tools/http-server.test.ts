import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { ToolWorld } from './tool-world.ts';
import { aToolWorld, fakeServer } from './tool-world.ts';

let world: ToolWorld | undefined;
let child: ChildProcess | undefined;
let http: Server | undefined;
afterEach(async () => {
  await world?.end();
  child?.kill();
  http?.closeAllConnections();
  http?.close();
  [world, child, http] = [undefined, undefined, undefined];
});

const secret = 's3cret-token';

function at(url: string): ToolWorld {
  world = aToolWorld({ servers: { web: { url, headers: { Authorization: `Bearer ${secret}` } } } });
  return world;
}

async function startGoodServer(): Promise<string> {
  const started = spawn(process.execPath, [fakeServer('good-server.mjs')], {
    env: { ...process.env, PORT: '0' },
  });
  child = started;
  const port = await new Promise<string>((resolve) =>
    started.stdout.once('data', (data: Buffer) => {
      resolve(data.toString().trim());
    }),
  );
  return `http://127.0.0.1:${port}/mcp`;
}

interface Ask {
  readonly id?: number;
  readonly method: string;
}

/** A server by hand that speaks the older era; `onCall` misbehaves. */
async function startRaw(
  onCall: (response: ServerResponse, ask: Ask) => void,
): Promise<{ url: string; calls: () => number }> {
  let calls = 0;
  const answer = (response: ServerResponse, id: number | undefined, result: object): void => {
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ jsonrpc: '2.0', id, result }));
  };
  const server = createServer((request: IncomingMessage, response) => {
    void (async () => {
      if (request.method !== 'POST') return response.writeHead(405).end();
      let body = '';
      for await (const chunk of request) body += String(chunk);
      // Only our own client speaks to this server.
      const ask = JSON.parse(body) as Ask;
      if (ask.method === 'initialize')
        answer(response, ask.id, {
          protocolVersion: '2025-06-18',
          capabilities: { tools: {} },
          serverInfo: { name: 'w', version: '1' },
        });
      else if (ask.method === 'tools/list')
        answer(response, ask.id, { tools: [{ name: 'act', inputSchema: { type: 'object' } }] });
      else if (ask.method === 'tools/call') {
        calls += 1;
        onCall(response, ask);
      } else if (ask.id === undefined) response.writeHead(202).end();
      else
        response
          .writeHead(200, { 'content-type': 'application/json' })
          .end(JSON.stringify({ jsonrpc: '2.0', id: ask.id, error: { code: -32601, message: 'no' } }));
      return undefined;
    })();
  });
  http = server;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    // It listens on a port.
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/mcp`,
    calls: () => calls,
  };
}

describe('given a tool server behind HTTP', () => {
  it('when it is called with its headers, then it answers in the current era of the protocol', async () => {
    const { call, connections } = at(await startGoodServer());

    expect(await call('web/sum', { a: 2, b: 3 })).toEqual({
      kind: 'answered',
      content: '5',
      structured: { sum: 5 },
      isError: false,
    });
    expect(connections.get('web')?.live()?.client.getProtocolEra()).toBe('modern');
  });

  it('when nothing listens there, then the server is unreachable and no secret is told', async () => {
    const { registry, logged } = at('http://127.0.0.1:9/mcp');

    const state = await registry.find('web/act');

    expect(state).toMatchObject({ kind: 'unreachable' });
    expect(JSON.stringify([state, logged])).not.toContain(secret);
  });

  it('when it went away after it was listed, then the call was not sent', async () => {
    const { url } = await startRaw((response) => response.end());
    const { call, tool } = at(url);
    const known = await tool('web/act');
    http?.closeAllConnections();
    await new Promise((resolve) => http?.close(resolve));
    // Until our side has noticed that the kept connection is gone, a call on it is rightly «unknown».
    await new Promise((resolve) => setTimeout(resolve, 50));

    const outcome = await call('web/act', {}, { tool: known });
    expect(outcome).toEqual({ kind: 'not-sent', why: expect.any(String) });
  });
});

describe('given an endpoint that misbehaves on a call', () => {
  const cases: [string, string, (response: ServerResponse, ask: Ask) => void][] = [
    [
      'ends the stream without an answer',
      'unknown',
      (response) => response.writeHead(200, { 'content-type': 'text/event-stream' }).end(': nothing\n\n'),
    ],
    [
      'ends a resumable stream without an answer',
      'unknown',
      (response) => response.writeHead(200, { 'content-type': 'text/event-stream' }).end('id: 1\ndata:\n\n'),
    ],
    ['breaks the connection', 'unknown', (response) => response.destroy()],
    [
      'breaks the stream half-way',
      'unknown',
      (response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write('data: {"json');
        setTimeout(() => response.destroy(), 20);
      },
    ],
    ['answers 500', 'unknown', (response) => response.writeHead(500).end('oops')],
    ['answers 502', 'unknown', (response) => response.writeHead(502).end()],
    [
      'answers with a web page',
      'unknown',
      (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
    ],
    [
      'answers with broken JSON',
      'unknown',
      (response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{'),
    ],
    ['answers 401', 'answered', (response) => response.writeHead(401).end()],
    ['answers 404', 'answered', (response) => response.writeHead(404).end()],
    ['redirects', 'answered', (response) => response.writeHead(307, { location: '/mcp' }).end()],
    [
      'answers beyond the cap',
      'unknown',
      (response, ask) =>
        response.writeHead(200, { 'content-type': 'application/json' }).end(
          JSON.stringify({
            jsonrpc: '2.0',
            id: ask.id,
            result: { content: [{ type: 'text', text: 'x'.repeat(11 * 1024 * 1024) }] },
          }),
        ),
    ],
  ];

  it.each(cases)(
    'when it %s, then the outcome is «%s» and the call was sent once',
    async (_, kind, onCall) => {
      const { url, calls } = await startRaw(onCall);

      const outcome = await at(url).call('web/act', {}, { timeoutMs: 30_000 });

      expect(outcome.kind).toBe(kind);
      expect(outcome).not.toHaveProperty('why', expect.stringContaining('No answer within'));
      if (outcome.kind === 'answered') expect(outcome.isError).toBe(true);
      expect(calls()).toBe(1);
    },
  );
});
