import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import canonicalize from 'canonicalize';
import type { ApprovalJson, CommitJson } from '../../src/api/shapes.ts';
import { effectsOf } from '../builders/company-effects.ts';
import { isOnMongo } from '../builders/store-lane.ts';
import { aFolder, eventually, removeFolder, runToEnd, startBot, textOf } from '../builders/running-bot.ts';
import type { RunningBot } from '../builders/running-bot.ts';

const refund = 'refund invoice 1042 of Acme, 120 dollars, broken on arrival';
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

let bot: RunningBot;
beforeAll(async () => {
  bot = await startBot();
}, 60_000);
afterAll(async () => {
  await bot.stop();
  removeFolder(bot.dataDir);
});

async function askedRefund(text = refund): Promise<{ run: string; thread: string; approval: ApprovalJson }> {
  const { body } = await bot.as('ana').say('finance', text);
  const run = String(body.run);
  return { run, thread: body.thread, approval: await bot.as('ben').asked(run) };
}

/** What a stranger computes from the ledger's own words, with none of the product's code. */
function recompute(commits: readonly CommitJson[]): void {
  let prev = '0'.repeat(64);
  for (const [index, commit] of commits.entries()) {
    const { stream, seq, by, writer, events, hash, landedAt } = commit;
    expect(seq).toBe(index);
    expect(commit.prev).toBe(prev);
    expect(sha256(String(canonicalize({ stream, seq, by, writer, events, prev })))).toBe(hash);
    prev = sha256(`${hash}|${landedAt}`);
  }
}

/** Beside a shared database the demonstration’s persons and its private board do not exist. */
const whereDemonstrated = isOnMongo() ? it.skip : it;

describe('given the demonstration company', () => {
  it('when Ana asks for a refund and Ben approves, then it happens once and the thread tells it', async () => {
    const { run, thread, approval } = await askedRefund();

    expect(approval).toMatchObject({
      state: 'pending',
      tool: 'billing/refund',
      requestedBy: 'ana',
      quorum: 1,
      approvers: ['finance'],
    });
    expect(approval.arguments).toMatchObject({ invoice: 1042, amount: 120 });
    expect((await bot.as('ana').vote(approval, 'approve')).status).toBe(403);
    expect((await bot.as('dev').vote(approval, 'approve')).status).toBe(403);
    expect((await bot.as('ben').vote({ id: approval.id, digest: 'f'.repeat(64) }, 'approve')).status).toBe(
      409,
    );
    expect(effectsOf(bot.dataDir, 'billing/refund')).toHaveLength(0);
    expect((await bot.as('ben').vote(approval, 'approve')).status).toBe(200);
    await bot.as('ana').until(run, 'done');

    expect((await bot.as('ben').vote(approval, 'approve')).status).toBe(200);
    expect((await bot.as('cho').vote(approval, 'deny')).status).toBe(409);
    expect(effectsOf(bot.dataDir, 'billing/refund')).toHaveLength(1);
    const { items } = await bot.as('ana').thread(thread);
    const story = textOf(items);
    expect(story).toContain('Approved by Ben');
    expect(story).toMatch(/receipt R-\d+/u);
    expect(story).toMatch(/#\d+ \S+ asked finance about billing\/refund/u);
    expect(story).toMatch(/#\d+ \S+ dispatched billing\/refund/u);
    expect(story).toContain('demonstration model, no AI');
    expect(items.find((item) => item.approval !== undefined)?.actions).toEqual([]);
    recompute((await bot.as('ana').get<{ items: CommitJson[] }>(`/runs/${run}/ledger`)).body.items);
  });

  it('when Ben denies with a reason, then nothing runs and the agent answers to the reason', async () => {
    const before = effectsOf(bot.dataDir, 'billing/refund').length;
    const { run, thread, approval } = await askedRefund('refund invoice 1042 of Acme, 95 dollars, scratched');

    await bot.as('ben').vote(approval, 'deny', 'ask for a photo first');
    await bot.as('ana').until(run, 'done');

    const { items } = await bot.as('ana').thread(thread);
    const answer = items.filter((item) => item.kind === 'message' && item.by === 'bot').at(-1);
    expect(answer?.text).toContain('photo');
    expect(textOf(items)).toMatch(/Denied by Ben at \S+: ask for a photo first/u);
    expect(effectsOf(bot.dataDir, 'billing/refund')).toHaveLength(before);
  });

  it('when Ana withdraws, then nothing runs and no button remains', async () => {
    const { run, thread, approval } = await askedRefund('refund invoice 1042 of Acme, 35 dollars, late');

    expect((await bot.as('ben').press(`v1:${approval.id}:withdraw`)).status).toBe(403);
    expect((await bot.as('ana').press(`v1:${approval.id}:withdraw`)).body.text).toBe(
      'Withdrawn by Ana. Nothing ran.',
    );
    await bot.as('ana').until(run, 'done');

    expect((await bot.as('ben').vote(approval, 'approve')).status).toBe(409);
    expect(textOf((await bot.as('ana').thread(thread)).items)).toContain('Withdrawn by Ana. Nothing ran.');
  });

  it('when Ana stops a run that waits, then what waited is cancelled', async () => {
    const { run, approval } = await askedRefund('refund invoice 1042 of Acme, 36 dollars, late');

    expect((await bot.as('ana').post(`/runs/${run}/stop`, { reason: 'changed my mind' })).status).toBe(200);
    await bot.as('ana').until(run, 'stopped');

    expect((await bot.as('ben').vote(approval, 'approve')).status).toBe(409);
  });

  whereDemonstrated(
    'when Ben asks in the private board, then Cho decides from the inbox without seeing the thread',
    async () => {
      const { body } = await bot
        .as('ben')
        .say('board', 'write a mail to Acme that the board project Falcon starts');
      const approval = await bot.as('cho').asked(String(body.run));

      expect((await bot.as('cho').get(`/threads/${encodeURIComponent(body.thread)}`)).status).toBe(404);
      expect((await bot.as('cho').get(`/runs/${String(body.run)}`)).status).toBe(404);
      expect((await bot.as('cho').get(`/runs/${String(body.run)}/ledger`)).status).toBe(404);
      expect(approval.thread).toBeNull();
      expect(approval.card.fields.map((field) => field.label)).not.toContain('Agent says');
      expect(approval.card.fields.map((field) => field.label)).not.toContain('Because the agent read');
      expect((await bot.as('cho').vote(approval, 'approve')).status).toBe(200);
      await bot.as('ben').until(String(body.run), 'done');
      expect(effectsOf(bot.dataDir, 'mail/send')).toHaveLength(1);
    },
  );

  it('when the same message comes twice, then it is one run', async () => {
    const first = await bot.as('ana').say('general', 'hello', { id: 'same-1' });
    const second = await bot.as('ana').say('general', 'hello', { id: 'same-1' });

    expect(second.body).toEqual(first.body);
  });

  it('when twenty requests come at once in different threads, then all finish', async () => {
    const taken = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        bot.as('ana').say('general', `show invoice ${String(1001 + index)}`),
      ),
    );

    for (const { body } of taken) await bot.as('ana').until(String(body.run), 'done');
  });

  it('when two messages come in one thread, then their runs never work side by side', async () => {
    const first = await bot.as('ana').say('general', 'show customer Acme');
    const thread = first.body.thread;
    await Promise.all([
      bot.as('ben').say('general', 'list overdue invoices', { thread }),
      bot.as('cho').say('general', 'show invoice 1042', { thread }),
      bot.as('ana').say('general', 'and their tickets?', { thread }),
    ]);

    const runs = await eventually(async () => {
      const { body } = await bot
        .as('ana')
        .get<{ items: { id: string; thread: string; status: string }[] }>('/runs');
      const mine = body.items.filter((run) => run.thread === thread);
      const { items } = await bot.as('ana').thread(thread);
      const isQuiet = mine.every((run) => run.status === 'done') && !textOf(items).includes('I am still on');
      return isQuiet && mine.length >= 3 ? mine : undefined;
    });
    const spans = await Promise.all(
      runs.map(async ({ id }) => {
        const { body } = await bot.as('ana').get<{ items: CommitJson[] }>(`/runs/${id}/ledger`);
        return [String(body.items[0]?.landedAt), String(body.items.at(-1)?.landedAt)] as const;
      }),
    );
    spans.sort(([a], [b]) => a.localeCompare(b));
    for (const [index, [begin]] of spans.entries()) {
      if (index > 0) expect(begin >= String(spans[index - 1]?.[1])).toBe(true);
    }
  });

  it('when another page or another name asks, then it is refused', async () => {
    const { hostname, port } = new URL(bot.url);
    const ask = (headers: Record<string, string>): Promise<number> =>
      new Promise((resolve) => {
        request(
          { hostname, port, path: '/api/v1/me', headers: { authorization: 'Bearer demo-ana', ...headers } },
          (response) => {
            response.resume();
            resolve(response.statusCode ?? 0);
          },
        ).end();
      });

    expect(await ask({})).toBe(200);
    expect(await ask({ host: 'evil.example' })).toBe(403);
    expect(await ask({ origin: 'https://evil.example' })).toBe(403);
    expect(await ask({ authorization: 'Bearer demo-eve' })).toBe(401);
  });

  it('when the bot is stopped and started again, then everything is as it was', async () => {
    const dataDir = aFolder();
    const first = await startBot({ dataDir });
    const { body } = await first.as('ana').say('general', 'hello');
    await first.as('ana').until(String(body.run), 'done');
    const before = await first.as('ana').thread(body.thread);

    expect(await first.stop()).toBe(0);
    const second = await startBot({ dataDir });

    expect(await second.as('ana').thread(body.thread)).toEqual(before);
    await second.stop();
    removeFolder(dataDir);
  });
});

describe('given a configuration that cannot work, when it starts, then it says why in one line and ends', () => {
  const start = async (
    env: Record<string, string>,
    files: Record<string, string> = {},
  ): Promise<{ code: number | null; output: string }> => {
    const cwd = aFolder();
    for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
    const ended = await runToEnd({ dataDir: join(cwd, 'data'), cwd, env });
    removeFolder(cwd);
    return ended;
  };
  const cases: readonly [string, Record<string, string>, Record<string, string>, RegExp][] = [
    ['a model without its key', { MODEL: 'anthropic/claude-sonnet-5-5' }, {}, /ANTHROPIC_API_KEY/u],
    [
      'a data folder under a file',
      { DATA_DIR: '/dev/null/data' },
      {},
      // Beside a database the folder holds the key that signs seals, and nothing else.
      /(?:DATA_DIR|SEAL_KEY_FILE).*\/dev\/null\/data/u,
    ],
    [
      'a broken mcp.json',
      {},
      { 'mcp.json': '{ "mcpServers": { "crm": { "comand": "node" } } }' },
      /mcp\.json:1: mcpServers\.crm/u,
    ],
    [
      'a broken policy.yaml',
      {},
      { 'policy.yaml': 'version: 1\nrules:\n  - { id: a, tool: x/y, verdikt: ask }\n' },
      /policy\.yaml:3.*verdikt/u,
    ],
    ['a port that is no number', { PORT: 'abc' }, {}, /PORT/u],
  ];
  for (const [name, env, files, expected] of cases) {
    it(name, async () => {
      const { code, output } = await start(env, files);

      expect(code).toBe(1);
      expect(output).toMatch(expected);
      expect(output).not.toMatch(/\n\s+at /u);
    });
  }

  it('a busy port', async () => {
    const { code, output } = await start({ PORT: new URL(bot.url).port });

    expect(code).toBe(1);
    expect(output).toMatch(/PORT \d+ .* is used/u);
  });

  whereDemonstrated('a chat token without people.yaml: the demonstration persons do not exist', async () => {
    const other = await startBot({
      env: {
        SLACK_BOT_TOKEN: 'xoxb-1-not-real',
        SLACK_APP_TOKEN: 'xapp-1-not-real',
        // Nobody listens there: the bot starts all the same and tries again later.
        SLACK_API_URL: 'http://127.0.0.1:9/api/',
      },
    });

    expect((await other.as('ana').get('/me')).status).toBe(401);
    await other.stop();
    removeFolder(other.dataDir);
  });
});
