import { afterEach, describe, expect, it } from '@jest/globals';
import { aManualClock } from '../../builders/manual-clock.ts';
import type { ToolWorld, ToolWorldOptions } from './tool-world.ts';
import { aToolWorld, fakeServer, until } from './tool-world.ts';

let world: ToolWorld | undefined;
afterEach(async () => {
  await world?.end();
  world = undefined;
});
const start = (options?: ToolWorldOptions): ToolWorld => (world = aToolWorld(options));

describe('given a server that answers', () => {
  it('when a tool is called, then the server gets exactly the approved bytes, once', async () => {
    const { call, seen } = start();

    const outcome = await call('raw/echo', { amount: 12.5, b: [1, 'é', null], z: { '2': 1 } });

    expect(outcome).toEqual({
      kind: 'answered',
      isError: false,
      content: '{"amount":12.5,"b":[1,"é",null],"z":{"2":1}}',
    });
    expect(seen('call')).toHaveLength(1);
    expect(seen('call')[0]).toContain('"arguments":{"amount":12.5,"b":[1,"é",null],"z":{"2":1}}');
  });

  it('when two calls are answered the other way round, then each gets its own answer', async () => {
    const { call, tool } = start();
    await tool('raw/swap');

    const outcomes = await Promise.all([call('raw/swap'), call('raw/swap')]);

    expect(outcomes.map((outcome) => 'content' in outcome && outcome.content)).toEqual([
      'answer of the first',
      'answer of the second',
    ]);
  });

  it('when it answers twice, then the first answer stands and the second is dropped', async () => {
    const { call, logged } = start();

    const outcome = await call('raw/twice');
    await call('raw/echo');

    expect(outcome).toMatchObject({ kind: 'answered', content: 'first' });
    expect(logged.map(({ event }) => event)).toContain('tool-server.answer-dropped');
  });

  it('when lines of garbage come first, then they are ignored', async () => {
    expect(await start().call('raw/not_json')).toMatchObject({ kind: 'answered', content: 'after garbage' });
  });

  it('when the answer holds pictures and links, then they are described and not passed on', async () => {
    const outcome = await start().call('raw/blocks');

    expect(outcome).toMatchObject({
      content: 'see\n[image, image/png, 3 bytes, not shown]\n[link to file:///a: a]\n[x:1]\ninner',
    });
  });

  it('when structured content fits the output schema, then it is passed on', async () => {
    expect(await start().call('raw/structured', { value: { n: 3 } })).toEqual({
      kind: 'answered',
      content: 'done',
      structured: { n: 3 },
      isError: false,
    });
  });

  it('when there is no output schema, then structured content is passed on as what the tool says', async () => {
    expect(await start().call('raw/claim', { value: { happened: true } })).toMatchObject({
      content: 'said',
      structured: { happened: true },
    });
  });

  it('when structured content breaks the output schema, then it is flagged and not passed on', async () => {
    const outcome = await start().call('raw/structured', { value: { n: 'three' } });

    expect(outcome).not.toHaveProperty('structured');
    expect(outcome).toMatchObject({ kind: 'answered', content: expect.stringContaining('left out') });
  });

  it('when the answer is longer than 256 kB, then it is cut and says so', async () => {
    const outcome = await start().call('raw/huge', { bytes: 300_000 });

    expect(outcome).toMatchObject({
      kind: 'answered',
      content: expect.stringMatching(/x\n\[cut: the first 262144 of 300000 bytes\]$/u),
    });
  });

  it('when the tool says that it did not work, then that is an answer', async () => {
    const { call } = start({
      servers: { good: { command: process.execPath, args: [fakeServer('good-server.mjs')] } },
    });

    expect(await call('good/fail')).toEqual({ kind: 'answered', content: 'no funds', isError: true });
    expect(await call('good/sum', { a: 1, b: 2 })).toEqual({
      kind: 'answered',
      content: '3',
      structured: { sum: 3 },
      isError: false,
    });
  });

  it('when it is one of the maintenance line, then it is understood', async () => {
    const { call } = start({
      servers: { old: { command: process.execPath, args: [fakeServer('legacy-server.mjs')] } },
    });

    expect(await call('old/echo', { text: 'hi' })).toMatchObject({
      kind: 'answered',
      content: 'legacy echo: hi',
    });
  });

  it('when it asks us for a model answer during the call, then it is told that there is none', async () => {
    const { call, seen } = start();

    expect(await call('raw/ask_back')).toMatchObject({ kind: 'answered', content: 'refused: -32601' });
    expect(seen('initialize')).toEqual(['initialize {}']);
  });

  it.each([-32601, -32602, -32600])(
    'when it refuses the call with %d, then the tool did not run',
    async (code) => {
      expect(await start().call('raw/rpc_error', { code })).toMatchObject({
        kind: 'answered',
        isError: true,
      });
    },
  );
});

describe('given a call whose bytes may have left', () => {
  const doubtful = [
    'crash',
    'malformed',
    'bare_result',
    'wrong_id',
    'string_id',
    'null_id',
    'no_id_error',
    'only_garbage',
    'hang',
  ];

  it.each(doubtful)(
    'when the server does «%s», then the outcome is unknown and it was called once',
    async (name) => {
      const { call, seen } = start();

      const outcome = await call(`raw/${name}`, {}, { timeoutMs: 400 });

      expect(outcome.kind).toBe('unknown');
      expect(seen('call')).toHaveLength(1);
    },
  );

  it.each([-32603, -32001, 500])(
    'when it answers with error %d, then the outcome is unknown',
    async (code) => {
      expect((await start().call('raw/rpc_error', { code })).kind).toBe('unknown');
    },
  );

  it('when «invalid parameters» is about its own output, then the outcome is unknown', async () => {
    expect(
      (await start().call('raw/rpc_error', { code: -32602, message: 'Output validation error' })).kind,
    ).toBe('unknown');
  });

  it('when a message is larger than the cap, then the outcome is unknown and the server is dropped', async () => {
    const { call, connections } = start({ maxMessageBytes: 200_000 });

    expect((await call('raw/huge', { bytes: 400_000 })).kind).toBe('unknown');
    expect(connections.get('raw')?.live()).toBeUndefined();
  });

  it('when no answer comes in time, then the outcome is unknown and a late answer goes to nobody', async () => {
    const clock = aManualClock();
    const { call, tool, seen, logged } = start({ clock });
    await tool('raw/late');

    const answer = call('raw/late', { ms: 150 }, { timeoutMs: 30_000 });
    await until(() => seen('call').length === 1);
    clock.advance(30_000);

    expect(await answer).toEqual({ kind: 'unknown', why: 'No answer within 30000 ms.' });
    await until(() => logged.some(({ event }) => event === 'tool-server.answer-dropped'));
    expect(seen('cancelled')).toHaveLength(1);
    expect(await call('raw/echo', { n: 1 })).toMatchObject({ content: '{"n":1}' });
  });

  it('when the caller gives up, then the outcome is unknown at once', async () => {
    const { call, tool, seen } = start();
    const stop = new AbortController();
    await tool('raw/hang');

    const answer = call('raw/hang', {}, { signal: stop.signal });
    await until(() => seen('call').length === 1);
    stop.abort();

    expect(await answer).toEqual({ kind: 'unknown', why: 'The call was given up.' });
  });

  it('when the error names a secret of the server, then it is hidden', async () => {
    const { call, logged } = start({ env: { API_TOKEN: 'tok_very-secret' } });

    const outcome = await call('raw/secret');

    expect(outcome).toMatchObject({ kind: 'unknown', why: expect.stringContaining('[redacted]') });
    await until(() => logged.some(({ event }) => event === 'tool-server.said'));
    expect(JSON.stringify(logged) + JSON.stringify(outcome)).not.toContain('very-secret');
  });
});

describe('given a call that cannot be sent', () => {
  it('when the command does not exist, then it was not sent', async () => {
    const { tool } = start();
    const known = await tool('raw/echo');
    const other = aToolWorld({ servers: { raw: { command: '/does/not/exist' } } });

    const outcome = await other.call(
      'raw/echo',
      {},
      { tool: { ...known, serverIdentity: other.connections.get('raw')?.identity ?? '' } },
    );

    expect(outcome).toMatchObject({ kind: 'not-sent', why: expect.stringContaining('mcp.json') });
    await other.end();
  });

  it('when the caller has given up already, then it was not sent', async () => {
    const { call, tool, seen } = start();
    await tool('raw/echo');

    expect((await call('raw/echo', {}, { signal: AbortSignal.abort() })).kind).toBe('not-sent');
    expect(seen('call')).toEqual([]);
  });

  it('when the arguments are not in canonical form, then it was not sent', async () => {
    const { call, seen } = start();

    expect((await call('raw/echo', { b: 1, a: 2 })).kind).toBe('not-sent');
    expect(seen('call')).toEqual([]);
  });

  it('when the server was swapped for another, then it was not sent', async () => {
    const { call, tool, seen } = start();

    expect(
      (await call('raw/echo', {}, { tool: { ...(await tool('raw/echo')), serverIdentity: 'other' } })).kind,
    ).toBe('not-sent');
    expect(seen('call')).toEqual([]);
  });

  it('when the server restarted with another definition since the approval, then it was not sent', async () => {
    const { call, tool, seen, offer, connections } = start();
    offer([{ name: 'echo', description: 'harmless', inputSchema: { type: 'object' } }]);
    const approved = await tool('raw/echo');
    connections.get('raw')?.live()?.drop('a test');
    offer([{ name: 'echo', description: 'harmful', inputSchema: { type: 'object' } }]);

    const outcome = await call('raw/echo', {}, { tool: approved });

    expect(outcome).toMatchObject({ kind: 'not-sent', why: expect.stringContaining('not what it was') });
    expect(seen('call')).toEqual([]);
  });

  it('when the server never finishes its start, then it was not sent within the time of the call', async () => {
    const { tool } = start();
    const known = await tool('raw/echo');
    const mute = aToolWorld({ env: { START: 'mute' } });

    const outcome = await mute.call(
      'raw/echo',
      {},
      { tool: { ...known, serverIdentity: mute.connections.get('raw')?.identity ?? '' }, timeoutMs: 300 },
    );

    expect(outcome).toEqual({ kind: 'not-sent', why: 'No answer within 300 ms.' });
    expect(mute.seen('call')).toEqual([]);
    await mute.end();
  });
});
