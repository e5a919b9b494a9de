/** The same story with each kind of model API, and what happens when an answer does not arrive whole. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { aBentClock } from '../builders/bent-clock.ts';
import type { BentClock } from '../builders/bent-clock.ts';
import { effectsOf } from '../builders/company-effects.ts';
import { aFolder, eventually, removeFolder, startBot, textOf } from '../builders/running-bot.ts';
import type { RunningBot } from '../builders/running-bot.ts';
import { createFakeAnthropic, fakeAnthropicKey } from '../fakes/anthropic/index.ts';
import { createFakeOpenAi, fakeOpenAiKey } from '../fakes/openai/index.ts';
import { call, say } from '../fakes/scripted-answer.ts';
import type { ScriptedReply } from '../fakes/scripted-answer.ts';
import type { FakeModelServer } from '../fakes/scripted-server.ts';

const providers: readonly {
  readonly name: string;
  readonly key: string;
  readonly create: () => Promise<FakeModelServer>;
  readonly env: (url: string) => Readonly<Record<string, string>>;
}[] = [
  {
    name: 'anthropic',
    key: fakeAnthropicKey,
    create: () => createFakeAnthropic(),
    env: (url) => ({
      MODEL: 'anthropic/claude-sonnet-5-5',
      ANTHROPIC_BASE_URL: url,
      ANTHROPIC_API_KEY: fakeAnthropicKey,
    }),
  },
  {
    name: 'openai',
    key: fakeOpenAiKey,
    create: () => createFakeOpenAi(),
    env: (url) => ({ MODEL: 'openai/gpt-5', OPENAI_BASE_URL: url, OPENAI_API_KEY: fakeOpenAiKey }),
  },
];

const lookUps: readonly ScriptedReply[] = [
  {
    kind: 'answer',
    text: 'I look both up.',
    calls: [
      { name: 'crm__find_customer', input: { query: 'Acme' } },
      { name: 'billing__get_invoice', input: { invoice: 1042 } },
    ],
  },
];
const refundOf = (amount: number): ScriptedReply =>
  call('billing__refund', { invoice: 1042, amount, reason: 'broken on arrival' });

describe.each(providers)('given $name as the model', ({ name, key, create, env }) => {
  let model: FakeModelServer;
  let clock: BentClock;
  let bot: RunningBot;
  let folder: string;
  beforeAll(async () => {
    model = await create();
    folder = aFolder();
    clock = aBentClock(folder);
    bot = await startBot({
      cwd: folder,
      dataDir: join(folder, 'data'),
      env: { ...env(model.url), ...clock.env },
    });
  }, 60_000);
  afterAll(async () => {
    await bot.stop();
    await model.close();
    removeFolder(folder);
  });

  async function ask(text: string): Promise<{ readonly run: string; readonly thread: string }> {
    const { body } = await bot.as('ana').say('finance', text);
    return { run: String(body.run), thread: body.thread };
  }

  async function storyOf(thread: string): Promise<string> {
    return textOf((await bot.as('ana').thread(thread)).items);
  }

  const refunds = (): number => effectsOf(bot.dataDir, 'billing/refund').length;
  const refusedByFake = (): readonly string[] =>
    model.requests.flatMap((request) => (request.problem === undefined ? [] : [request.problem]));

  it('when Ana asks for a refund and Ben approves, then it happens once and the model hears the receipt', async () => {
    model.next(...lookUps, refundOf(120), (body) => {
      const heard = JSON.stringify(body);
      return say(`Refunded: ${/R-\d+/u.exec(heard)?.[0] ?? 'no receipt'}.`);
    });
    const { run, thread } = await ask('refund invoice 1042 of Acme, 120 dollars, broken on arrival');
    const approval = await bot.as('ben').asked(run);
    expect(approval.arguments).toEqual({ invoice: 1042, amount: 120, reason: 'broken on arrival' });
    expect(refunds()).toBe(0);

    expect((await bot.as('ben').vote(approval, 'approve')).status).toBe(200);
    await bot.as('ana').until(run, 'done');

    expect(refunds()).toBe(1);
    expect(await storyOf(thread)).toMatch(/Refunded: R-\d+\./u);
    expect(refusedByFake()).toEqual([]);
    expect(model.requests).toHaveLength(3);
  });

  it('when Ben denies with a reason, then the model reads the reason and nothing happened', async () => {
    model.next(refundOf(77), (body) =>
      say(JSON.stringify(body).includes('ask for a photo first') ? 'A photo is needed first.' : 'Why?'),
    );
    const { run, thread } = await ask('refund invoice 1042 of Acme, 77 dollars, broken on arrival');

    await bot.as('ben').vote(await bot.as('ben').asked(run), 'deny', 'ask for a photo first');
    await bot.as('ana').until(run, 'done');

    expect(await storyOf(thread)).toContain('A photo is needed first.');
    expect(refunds()).toBe(1);
    expect(refusedByFake()).toEqual([]);
  });

  it('when an answer is cut at its length inside a tool call, then no call runs, nobody is asked, and the thread says so', async () => {
    model.next({
      kind: 'raw-call',
      name: 'billing__refund',
      // As far as it goes this is a whole object: only the cut says that more was meant.
      argumentsText: '{"invoice": 1042, "amount": 1, "reason": "cut"}',
      isCut: true,
    });
    const { run, thread } = await ask('refund invoice 1042 of Acme, 120 dollars, cut');

    await bot.as('ana').until(run, 'done');

    expect(await storyOf(thread)).toContain('The answer was cut off here');
    const { body } = await bot.as('ben').get<{ items: readonly { run: string }[] }>('/approvals');
    expect(body.items.filter((approval) => approval.run === run)).toEqual([]);
    expect(refunds()).toBe(1);
  });

  it.each(['broken', 'unfinished', 'stream-error'] as const)(
    'when a stream ends half-way (%s), then the model is asked again and nothing is said or done twice',
    async (kind) => {
      const before = refunds();
      const asked = model.requests.length;
      const half = 'I would like to';
      model.next(
        kind === 'stream-error' ? { kind, text: half, type: 'overloaded_error' } : { kind, text: half },
        { kind: 'answer', text: 'I propose the refund.', calls: [refundCall(3)] },
        kind === 'stream-error' ? { kind, text: half, type: 'overloaded_error' } : { kind, text: half },
        say('It is done.'),
      );
      const { run, thread } = await ask(`refund invoice 1042 of Acme, 3 dollars, ${kind}`);

      await bot.as('ben').vote(await bot.as('ben').asked(run), 'approve');
      await bot.as('ana').until(run, 'done');

      expect(refunds()).toBe(before + 1);
      expect(model.requests.length - asked).toBe(4);
      const story = await storyOf(thread);
      expect(story).not.toContain(half);
      expect(story.split('It is done.')).toHaveLength(2);
      expect(refusedByFake()).toEqual([]);
    },
  );

  it('when the model is down for a while, then the run waits and says so, and goes on by itself', async () => {
    const overloaded: ScriptedReply = { kind: 'status', status: 503, message: 'Down.' };
    model.next(overloaded, overloaded, overloaded, overloaded);
    const { run, thread } = await ask('hello');
    await bot.as('ana').until(run, 'waiting');
    expect(await storyOf(thread)).toContain('The model does not answer. I keep your request');

    model.next(say('I am back.'));
    clock.advance(20_000);
    await bot.as('ana').until(run, 'done');

    const story = await storyOf(thread);
    expect(story).toContain('I am back.');
    expect(story).not.toContain('The model does not answer.');
  });

  it('when its key is used all along, then no output and no ledger shows it', async () => {
    const { body } = await bot.as('ana').get<{ items: readonly { id: string }[] }>('/runs');
    const ledgers = await Promise.all(
      body.items.map(async ({ id }) => JSON.stringify((await bot.as('ana').get(`/runs/${id}/ledger`)).body)),
    );

    expect(ledgers.length).toBeGreaterThan(5);
    expect([bot.output(), ...ledgers].filter((text) => text.includes(key))).toEqual([]);
    await eventually(() => (bot.output().includes(`${name}/`) ? true : undefined));
  });
});

function refundCall(amount: number): { readonly name: string; readonly input: Record<string, unknown> } {
  return { name: 'billing__refund', input: { invoice: 1042, amount, reason: `in pieces ${String(amount)}` } };
}
