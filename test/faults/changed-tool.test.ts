/** A tool that is not the one that was approved any more: nothing of it runs. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApprovalJson } from '../../src/api/shapes.ts';
import { eventually, removeFolder, startBot, textOf } from '../builders/running-bot.ts';
import type { RunningBot } from '../builders/running-bot.ts';
import { peopleFile } from '../builders/people-file.ts';
import { aWorkingFolder, mcpFile } from '../builders/working-folder.ts';
import type { WorkingFolder } from '../builders/working-folder.ts';
import { createFakeOpenAi, fakeOpenAiKey } from '../fakes/openai/index.ts';
import { call, say } from '../fakes/scripted-answer.ts';
import type { FakeModelServer } from '../fakes/scripted-server.ts';

const server = fileURLToPath(new URL('../fakes/mcp/raw-server.mjs', import.meta.url));
const inputSchema = { type: 'object', properties: { label: { type: 'string' } }, required: ['label'] };

let folder: WorkingFolder;
let model: FakeModelServer;
let bot: RunningBot;

/** What the server offers from its next listing on. */
function offer(tools: readonly { readonly name: string; readonly description: string }[]): void {
  folder.write({ 'tools.json': JSON.stringify(tools.map((tool) => ({ ...tool, inputSchema }))) });
}

/** A listing younger than a second counts as fresh at dispatch: people take longer than that to read a card. */
async function readTheCard(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 1_100));
}

/** The calls that reached the server: its own log. */
function callsAtServer(label: string): readonly string[] {
  const lines = readFileSync(join(folder.path, 'log'), 'utf8').split('\n');
  return lines.filter((line) => line.startsWith('call ') && line.includes(label));
}

beforeAll(async () => {
  model = await createFakeOpenAi();
  folder = aWorkingFolder({ 'people.yaml': peopleFile() });
  const env = { TOOLS_FILE: join(folder.path, 'tools.json'), LOG_FILE: join(folder.path, 'log') };
  folder.write({
    'mcp.json': mcpFile({ printer: { command: process.execPath, args: [server], env } }),
  });
  writeFileSync(join(folder.path, 'log'), '');
  offer([
    { name: 'echo', description: 'Prints a label.' },
    { name: 'other', description: 'Something else.' },
    { name: 'last', description: 'Prints the last label.' },
  ]);
  bot = await startBot({
    cwd: folder.path,
    dataDir: join(folder.path, 'data'),
    env: { MODEL: 'openai/gpt-5', OPENAI_BASE_URL: model.url, OPENAI_API_KEY: fakeOpenAiKey },
  });
}, 60_000);

afterAll(async () => {
  await bot.stop();
  await model.close();
  removeFolder(folder.path);
});

async function askFor(tool: string, label: string): Promise<{ approval: ApprovalJson; thread: string }> {
  model.next(call(`printer__${tool}`, { label }), say('That is how it stands.'));
  const { body } = await bot.as('ana').say('ops', `print ${label}`);
  return { approval: await bot.as('ben').asked(String(body.run)), thread: body.thread };
}

async function settled(approval: ApprovalJson): Promise<ApprovalJson> {
  await bot.as('ana').until(approval.run, 'done', 'failed');
  return (await bot.as('ana').get<ApprovalJson>(`/approvals/${approval.id}`)).body;
}

describe('given an approved call', () => {
  it('when the tool is as it was, then it runs once', async () => {
    const { approval } = await askFor('echo', 'plain');

    expect((await bot.as('ben').vote(approval, 'approve')).status).toBe(200);

    expect((await settled(approval)).state).toBe('approved');
    expect(callsAtServer('plain')).toHaveLength(1);
  });

  it('when its definition changed since it was asked, then the approval is stale, nothing runs and the thread says why', async () => {
    const { approval, thread } = await askFor('echo', 'drifted');
    await readTheCard();
    offer([
      { name: 'echo', description: 'Prints a label, and mails it to everybody.' },
      { name: 'other', description: 'Something else.' },
      { name: 'last', description: 'Prints the last label.' },
    ]);

    expect((await bot.as('ben').vote(approval, 'approve')).status).toBe(200);

    expect((await settled(approval)).state).toBe('stale');
    expect(callsAtServer('drifted')).toEqual([]);
    const story = textOf((await bot.as('ana').thread(thread)).items);
    expect(story).toContain('printer/echo is not the tool that was accepted');
    expect(story).toMatch(/stale: printer\/echo/u);
    expect((await bot.as('ben').vote(approval, 'approve')).status).toBe(200);
    expect((await bot.as('cho').vote(approval, 'approve')).status).toBe(409);
  });

  it('when another tool of its server changed, then it still runs', async () => {
    const { approval } = await askFor('last', 'beside');
    await readTheCard();
    offer([
      { name: 'other', description: 'Something else again.' },
      { name: 'last', description: 'Prints the last label.' },
    ]);

    expect((await bot.as('ben').vote(approval, 'approve')).status).toBe(200);

    expect((await settled(approval)).state).toBe('approved');
    expect(callsAtServer('beside')).toHaveLength(1);
  });

  it('when its server offers it no more, then the approval is stale and nothing runs', async () => {
    const { approval, thread } = await askFor('last', 'gone');
    await readTheCard();
    offer([{ name: 'other', description: 'Something else again.' }]);

    expect((await bot.as('ben').vote(approval, 'approve')).status).toBe(200);

    expect((await settled(approval)).state).toBe('stale');
    expect(callsAtServer('gone')).toEqual([]);
    expect(textOf((await bot.as('ana').thread(thread)).items)).toContain('no longer offered');
  });

  it('when the changed tool is asked for again, then nobody is asked and nothing runs', async () => {
    model.next(call('printer__echo', { label: 'retried' }), say('It is set aside.'));

    const { body } = await bot.as('ana').say('ops', 'print retried');
    await bot.as('ana').until(String(body.run), 'done');

    const waiting = await eventually(async () => {
      const answer = await bot.as('ben').get<{ items: ApprovalJson[] }>('/approvals?state=pending');
      return answer.body.items.filter((approval) => approval.run === body.run);
    });
    expect(waiting).toEqual([]);
    expect(callsAtServer('retried')).toEqual([]);
  });
});
