/** Recorded runs before another model: what would differ is said, and nothing happens. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { checkRun } from '../../src/check-model.ts';
import type { CheckedTurn, CheckOptions } from '../../src/check-model.ts';
import { asRunId, runStream } from '../../src/core/ids.ts';
import { parsePolicy } from '../../src/gate/parse-policy.ts';
import type { Model, ModelAnswer, ModelRequest } from '../../src/models/model.ts';
import { demonstrationPeople } from '../../src/people/parse-people.ts';
import { workflows } from '../../workflows/index.ts';
import { effectsOf } from '../builders/company-effects.ts';
import { atRest } from '../builders/errands.ts';
import { removeFolder, runCommand, startBot } from '../builders/running-bot.ts';
import { aWorld, call, words, worldPolicy, worldTools } from '../builders/world.ts';
import type { World } from '../builders/world.ts';
import { createFakeOpenAi, fakeOpenAiKey } from '../fakes/openai/index.ts';
import { say } from '../fakes/scripted-answer.ts';

describe('given a run in which a model paid 120 and said so', () => {
  let world: World;
  let run: string;
  beforeAll(async () => {
    world = await aWorld();
    const asked = await world.say('ana', 'pay acme');
    run = asked.run;
    await world.vote('ben', await world.pending(run), 'approve');
    await world.until(run, 'done');
    await atRest(world);
  });
  afterAll(() => world.close());

  const commitsOf = () => world.app.store.ledger.read(runStream(asRunId(run)));

  async function checked(
    answer: (turn: number) => Partial<ModelAnswer>,
    seen: ModelRequest[] = [],
  ): Promise<readonly CheckedTurn[]> {
    const usage = { inputTokens: 10, cachedInputTokens: 0, outputTokens: 5 };
    const model: Model = {
      name: 'other',
      ask(request) {
        seen.push(request);
        const base = { text: '', calls: [], stop: 'end' as const, usage, model: 'other' };
        return Promise.resolve({ ...base, ...answer(seen.length - 1) });
      },
    };
    const turns: CheckedTurn[] = [];
    const options: CheckOptions = {
      ...{ model, people: demonstrationPeople(), policy: parsePolicy(worldPolicy, 'policy.yaml') },
      tools: await worldTools(),
      reviewOf: () => ({ isServerReviewed: true, isNewTool: false }),
      workflowOf: ({ workflow }) => {
        const found = workflows.find(({ name }) => name === workflow);
        return found === undefined ? undefined : (ctx) => found.run(ctx, {});
      },
      earlierOf: () => Promise.resolve([]),
      contextOf: () => Promise.resolve(undefined),
      signal: new AbortController().signal,
    };
    for await (const turn of checkRun(asRunId(run), await commitsOf(), options)) turns.push(turn);
    return turns;
  }
  const paying = (amount: number) => (turn: number) =>
    turn === 0 ? call('books__pay', { amount, to: 'acme' }) : words('Paid.');

  it('when the same calls come, then nothing differs, and the model was shown what the first one was shown', async () => {
    const before = (await commitsOf()).length;
    const seen: ModelRequest[] = [];

    const turns = await checked(paying(120), seen);

    expect(turns.map(({ outcome }) => outcome)).toEqual(['same', 'same']);
    expect(turns[0]?.after).toEqual([{ tool: 'books/pay', verdict: 'ask' }]);
    expect(seen.map(({ system, messages }) => ({ system, messages }))).toEqual(
      world.asked.map(({ system, messages }) => ({ system, messages })),
    );
    expect(await commitsOf()).toHaveLength(before);
    expect(world.sent).toHaveLength(1);
  });

  it.each([
    ['pays another sum', paying(130), 'calls', 'ask'],
    ['pays so much that two must agree', paying(900), 'verdicts', 'ask_two'],
    [
      'pays somebody whom policy forbids',
      () => call('books__pay', { amount: 1, to: 'mallory' }),
      'verdicts',
      'deny',
    ],
    ['calls what there is not', () => call('books__burn', {}), 'verdicts', 'unclear'],
    ['only talks', () => words('I would rather not.'), 'verdicts', undefined],
  ] as const)('when the other model %s, then that is said', async (_, answer, outcome, verdict) => {
    const [first] = await checked(answer);

    expect(first).toMatchObject({ outcome, before: [{ tool: 'books/pay', verdict: 'ask' }] });
    expect(first?.after[0]?.verdict).toBe(verdict);
    expect(world.sent).toHaveLength(1);
  });
});

describe('given a store with a refund of the demonstration company', () => {
  it('when an operator checks another model by command, then each turn is asked once and nothing is refunded again', async () => {
    const bot = await startBot();
    const { body } = await bot.as('ana').say('finance', 'refund invoice 1042 of Acme, 20 dollars, scratched');
    await bot.as('ben').vote(await bot.as('ben').asked(String(body.run)), 'approve');
    await bot.as('ana').until(String(body.run), 'done');
    await bot.stop();
    const fake = await createFakeOpenAi();
    const env = { OPENAI_BASE_URL: fake.url, OPENAI_API_KEY: fakeOpenAiKey };
    for (let answers = 0; answers < 10; answers += 1) fake.next(say('I would rather not.'));
    const check = (...more: string[]) =>
      runCommand(['model', 'check', '--model', 'openai/gpt-5', ...more], { dataDir: bot.dataDir, env });

    const told = await check();
    const limited = await check('--turns', '1', '--json');
    const wrong = await check('--runs', 'many');

    expect(told.output).toMatch(/other verdicts: .*billing\/refund \(ask\) → words alone/u);
    expect(told.output).toContain('Nothing was called.');
    expect(told.code).toBe(1);
    const lines = limited.output.trim().split('\n');
    expect(lines).toHaveLength(2);
    expect(JSON.parse(lines[1] ?? '')).toMatchObject({ model: 'openai/gpt-5', end: '--turns', runs: 1 });
    expect(wrong.output).toContain('--runs: write a number above 0');
    expect(effectsOf(bot.dataDir, 'billing/refund')).toHaveLength(1);
    await fake.close();
    removeFolder(bot.dataDir);
  }, 90_000);
});
