/** Another agent gets its approvals from the people in a channel: over HTTP, by old and new clients, and over stdio. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as OldTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { effectsOf } from '../builders/company-effects.ts';
import { removeFolder, startBot } from '../builders/running-bot.ts';
import type { RunningBot } from '../builders/running-bot.ts';

interface Reply {
  readonly isError: boolean;
  readonly text: string;
  readonly structured: Readonly<Record<string, unknown>>;
}

let bot: RunningBot;
const clients: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  bot = await startBot();
}, 60_000);
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await bot.stop();
  removeFolder(bot.dataDir);
}, 60_000);

async function connect(person: string): Promise<Client> {
  const client = new Client(
    { name: 'an-agent', version: '1' },
    { capabilities: {}, versionNegotiation: { mode: 'auto' } },
  );
  const headers = { authorization: `Bearer demo-${person}` };
  await client.connect(
    new StreamableHTTPClientTransport(new URL('/mcp', bot.url), { requestInit: { headers } }),
  );
  clients.push(client);
  return client;
}

async function call(client: Client, name: string, args: Record<string, unknown>): Promise<Reply> {
  const answer = await client.callTool({ name, arguments: args });
  const [first] = Array.isArray(answer.content) ? answer.content : [];
  return {
    isError: answer.isError === true,
    text: first?.type === 'text' ? first.text : '',
    structured: Object.fromEntries(Object.entries(answer.structuredContent ?? {})),
  };
}

const deploy = {
  channel: 'ops',
  title: 'deploy build 812 to production',
  facts: { build: 812, target: 'production', commands: ['deploy --build 812'] },
  why: 'All checks passed.',
};

describe('given an agent that carries the token of Ana', () => {
  it('when it asks for an approval, then a card stands in the channel, Ana cannot approve it, somebody else can, and the agent reads so', async () => {
    const agent = await connect('ana');
    const asked = await call(agent, 'request_approval', { ...deploy, id: 'deploy-812' });
    expect(asked).toMatchObject({ isError: false, structured: { state: 'pending' } });
    const id = String(asked.structured['approval']);
    const again = await call(agent, 'request_approval', { ...deploy, id: 'deploy-812' });
    expect(again.structured['approval']).toBe(id);

    const card = await bot.as('ben').asked(String(asked.structured['run']));
    expect(card).toMatchObject({
      arguments: deploy.facts,
      requestedBy: 'ana',
      title: 'A program of Ana asks: deploy build 812 to production',
    });
    expect(JSON.stringify(card.card)).toContain('All checks passed.');
    expect((await bot.as('ana').vote(card, 'approve')).status).toBe(403);
    const waited = call(agent, 'get_approval', { approval: id, wait_seconds: 30 });
    await bot.as('ben').vote(card, 'approve');

    expect((await waited).structured).toMatchObject({
      state: 'approved',
      facts: deploy.facts,
      digest: card.digest,
      votes: [{ by: 'ben', vote: 'approve' }],
    });
    const done = await call(agent, 'get_run', { run: asked.structured['run'], wait_seconds: 30 });
    expect(done.structured).toMatchObject({ status: 'done', approvals: [{ id, state: 'approved' }] });
    expect(String(done.structured['reply'])).toContain('Approved.');
  }, 60_000);

  it('when it tries to decide itself, also with the token of whoever may, then there is nothing to do it with', async () => {
    const agent = await connect('ana');
    const asked = await call(agent, 'request_approval', deploy);
    const card = await bot.as('ben').asked(String(asked.structured['run']));
    for (const person of ['ana', 'ben', 'cho', 'dev']) {
      const client = await connect(person);
      const { tools } = await client.listTools();
      expect(tools.map(({ name }) => name).toSorted()).toEqual([
        ...['get_approval', 'get_run', 'request_approval', 'search_memory', 'start_workflow'],
      ]);
      const vote = { approval: card.id, digest: card.digest, vote: 'approve', state: 'approved', by: 'ben' };
      for (const name of ['vote', 'approve', 'act', 'decide', 'get_approval'])
        await call(client, name, vote).catch(() => undefined);
    }

    expect((await call(agent, 'get_approval', { approval: card.id })).structured).toMatchObject({
      state: 'pending',
      votes: [],
    });
    await bot.as('ben').vote(card, 'deny');
  }, 60_000);

  it('when it is denied, then it reads why', async () => {
    const agent = await connect('ana');
    const asked = await call(agent, 'request_approval', { ...deploy, approvers: ['cho'] });
    const card = await bot.as('cho').asked(String(asked.structured['run']));
    expect((await bot.as('ben').vote(card, 'approve')).status).toBe(403);
    await bot.as('cho').vote(card, 'deny', 'not on a Friday');

    const read = await call(agent, 'get_approval', { approval: card.id });
    expect(read.structured).toMatchObject({
      state: 'denied',
      votes: [{ by: 'cho', vote: 'deny', reason: 'not on a Friday' }],
    });
  });

  it('when it starts a workflow, then its call asks like anybody’s, and runs once it is approved', async () => {
    const agent = await connect('ana');
    const wrong = await call(agent, 'start_workflow', {
      ...{ workflow: 'access-request', channel: 'finance', input: { system: 'the moon' } },
    });
    expect(wrong.isError).toBe(true);
    expect(wrong.text).toContain('access-request cannot use this input. system:');
    const started = await call(agent, 'start_workflow', {
      workflow: 'refund',
      channel: 'finance',
      input: { customer: 'Acme', invoice: '1042', amount: '45', reason: 'arrived broken' },
    });
    expect(started).toMatchObject({ isError: false });
    const run = String(started.structured['run']);
    const card = await bot.as('ben').asked(run);
    expect((await call(agent, 'get_run', { run })).structured).toMatchObject({ status: 'waiting' });
    expect(effectsOf(bot.dataDir, 'billing/refund')).toHaveLength(0);
    await bot.as('ben').vote(card, 'approve');
    await bot.as('ana').until(run, 'done');
    expect(effectsOf(bot.dataDir, 'billing/refund')).toHaveLength(1);
  }, 60_000);

  it('when it asks for what Ana may not see, or for what is not there, then it reads that and nothing else', async () => {
    const dev = await connect('dev');
    const closed = await call(dev, 'request_approval', { ...deploy, channel: 'board' });
    expect(closed).toMatchObject({
      isError: true,
      text: expect.stringContaining('no channel board for you'),
    });
    const secret = await call(await connect('ana'), 'request_approval', { ...deploy, channel: 'board' });
    const { run, approval } = secret.structured;
    expect((await call(dev, 'get_run', { run })).isError).toBe(true);
    expect((await call(dev, 'get_approval', { approval })).isError).toBe(true);
    expect((await call(dev, 'search_memory', { channel: 'board', query: 'deploy' })).isError).toBe(true);
    const nobody = await call(dev, 'request_approval', { ...deploy, approvers: ['treasury'] });
    expect(nobody.text).toContain('treasury is nobody');
    expect((await call(dev, 'start_workflow', { workflow: 'nope', channel: 'ops' })).text).toContain(
      'There are:',
    );
    expect((await call(dev, 'start_workflow', { workflow: 'assistant', channel: 'ops' })).isError).toBe(true);
  });

  it('when no token or a wrong one comes along, then nothing is told', async () => {
    for (const authorization of [undefined, 'Bearer nobody']) {
      const answer = await fetch(`${bot.url}/mcp`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(authorization !== undefined && { authorization }),
        },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
      });
      expect(answer.status).toBe(401);
      expect(await answer.text()).not.toContain('request_approval');
    }
    const foreign = await fetch(`${bot.url}/mcp`, {
      method: 'POST',
      headers: { origin: 'https://evil.example', authorization: 'Bearer demo-ana' },
      body: '{}',
    });
    expect(foreign.status).toBe(403);
  });
});

describe('given clients of other kinds', () => {
  const names = ['get_approval', 'get_run', 'request_approval', 'search_memory', 'start_workflow'];

  it('when a client of the first SDK lists the tools, then they are all there', async () => {
    const old = new OldClient({ name: 'old', version: '1' });
    const requestInit = { headers: { authorization: 'Bearer demo-ana' } };
    const transport = new OldTransport(new URL('/mcp', bot.url), { requestInit });
    await old.connect(transport);
    clients.push(old);
    expect((await old.listTools()).tools.map(({ name }) => name).sort()).toEqual(names);
  });

  it('when an agent starts the tools as a program, then memory is found, and a wrong token is said', async () => {
    await bot
      .as('ana')
      .until(
        String((await bot.as('ana').say('ops', 'remember that deploys need a green build')).body.run),
        'done',
      );
    const program = async (token: string): Promise<Client> => {
      const client = new Client({ name: 'an-agent', version: '1' }, { capabilities: {} });
      await client.connect(
        new StdioClientTransport({
          command: process.execPath,
          args: [
            fileURLToPath(new URL('../../bin/countersign.js', import.meta.url)),
            'mcp',
            '--url',
            bot.url,
          ],
          env: { PATH: process.env['PATH'] ?? '', COUNTERSIGN_TOKEN: token },
          cwd: join(bot.dataDir),
          stderr: 'ignore',
        }),
      );
      clients.push(client);
      return client;
    };
    const agent = await program('demo-ana');
    expect((await agent.listTools()).tools.map(({ name }) => name).sort()).toEqual(names);
    const found = await call(agent, 'search_memory', { channel: 'ops', query: 'deploys' });
    expect(JSON.stringify(found.structured)).toContain('green build');

    const wrong = await call(await program('nobody'), 'get_run', { run: 'run_1' });
    expect(wrong).toMatchObject({ isError: true, text: expect.stringContaining('is the token right?') });
    expect(wrong.text).not.toContain('Bearer');
  }, 60_000);
});
