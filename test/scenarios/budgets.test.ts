import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { noonZone } from '../builders/noon-zone.ts';
import { aWorld, call, words, worldPolicy } from '../builders/world.ts';
import type { World } from '../builders/world.ts';

const withBudgets = (budgets: string): string => `${worldPolicy}budgets: ${budgets}\n`;
// What is left is always less than the longest answer, whatever the words in weigh.
const usage = { inputTokens: 17_500, cachedInputTokens: 0, outputTokens: 500 };
let world: World;
beforeAll(async () => {
  world = await aWorld({
    policy: withBudgets('{ person: { tokens: 20000 }, approvers: [finance] }'),
    env: { TZ_NAME: noonZone() },
    model: (turn, { messages }) => {
      const [first] = messages.filter(({ role }) => role === 'user');
      const isLong = first?.role === 'user' && first.text === 'look twice';
      if (isLong && turn === 0) return call('books__look', { invoice: 1 });
      return { ...words('Here you are.'), ...(!isLong && { usage }) };
    },
  });
});
afterAll(() => world.close());

describe('given a budget of tokens for each person and day', () => {
  it('when most of it is spent, then the thread says so once', async () => {
    const { run, thread } = await world.say('ana', 'first');
    await world.until(run, 'done');

    expect(await world.story(thread)).toContain('Ana has used 18,000 of 20,000 tokens today.');
  });

  it('when there is no room, then nothing is asked of the model until somebody allows as much again', async () => {
    const before = world.asked.length;
    const { run, thread } = await world.say('ana', 'second');
    const card = await world.pending(run);
    expect([card.requestedBy, world.asked.length]).toEqual(['ana', before]);
    expect((await world.vote('ana', card, 'approve')).kind).toBe('refused');

    await world.vote('ben', card, 'approve');
    await world.until(run, 'done');

    const story = await world.story(thread);
    expect(story).toContain('Allow 20,000 tokens more for Ana today');
    expect(story).toContain('Ana has used 36,000 of 40,000 tokens today.');
    expect(world.asked.length).toBe(before + 1);
  });

  it('when nobody else has spent anything, then others are not held up', async () => {
    const { run } = await world.say('dev', 'third');

    expect((await world.until(run, 'done', 'waiting')).status).toBe('done');
  });

  it('when more is denied, then the agent says so and stops', async () => {
    const { run, thread } = await world.say('ana', 'fourth');

    await world.vote('ben', await world.pending(run), 'deny', 'enough for today');
    await world.until(run, 'done');

    const story = await world.story(thread);
    expect(story).toContain('I stopped: the budget for Ana for today has no room for another answer.');
    expect(story).toContain('enough for today');
  });

  it('when money is limited and the price of the model is not known, then nothing is asked', async () => {
    world.setPolicy(withBudgets('{ day: { usd: 1 } }'));
    const before = world.asked.length;

    const { run } = await world.say('dev', 'sixth');
    await world.until(run, 'failed');
    expect(world.asked.length).toBe(before);

    world.setPolicy(withBudgets('{ day: { usd: 1 } }\nprices: { scripted: { input: 1, output: 2 } }'));
    await world.until((await world.say('dev', 'seventh')).run, 'done');
    expect(world.asked.length).toBe(before + 1);
  });
});

describe('given a budget for one run', () => {
  it('when it is spent, then people may allow the run as much again', async () => {
    world.setPolicy(withBudgets('{ run: { tokens: 15 }, approvers: [finance] }'));
    const { run, thread } = await world.say('ana', 'look twice');
    await world.vote('ben', await world.pending(run), 'approve');
    await world.until(run, 'done');

    const story = await world.story(thread);
    expect(story).toContain('This run has used 15 of 15 tokens.');
    expect(story).toContain('Here you are.');
  });
});
