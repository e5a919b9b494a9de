import { afterEach, describe, expect, it } from '@jest/globals';
import { aDiscordWorld, finance } from '../builders/discord-world.ts';
import { aFasterClock } from '../builders/faster-clock.ts';
import { eventually } from '../builders/running-bot.ts';
import { aSlackWorld } from '../builders/slack-world.ts';
import type { SlackWorld, SlackWorldOptions } from '../builders/slack-world.ts';
import { aWaitedClock } from '../builders/waited-clock.ts';
import { call, words } from '../builders/world.ts';
import type { Script } from '../builders/world.ts';
import { createFakeSlack } from '../fakes/slack/index.ts';

const closing: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of closing.splice(0).reverse()) await one.close();
});

async function slackWorld(options: SlackWorldOptions): Promise<SlackWorld> {
  const world = await aSlackWorld(options);
  closing.push(world);
  return world;
}

const start = 'Paid: <!channel> @everyone ';
const middle = 'see https://evil.example and [this](https://evil.example) ';
const answer = `${start}${middle}**done**`;

/** Says the answer in three parts, each when it is let go. */
function aSlowModel(text = [start, middle, '**done**']) {
  const gates: (() => void)[] = [];
  const model: Script = async (_turn, request) => {
    for (const part of text) {
      request.onText?.(part);
      await new Promise<void>((resolve) => {
        gates.push(resolve);
        request.signal.addEventListener('abort', () => {
          resolve();
        });
      });
    }
    return words(text.join(''));
  };
  return {
    model,
    async goOn(): Promise<void> {
      (await eventually(() => gates.shift()))();
    },
  };
}

function notTaken({ fake }: SlackWorld): readonly unknown[] {
  return fake
    .calls()
    .filter((one) => one.answer !== undefined && one.answer['ok'] !== true)
    .map((one) => [one.method, one.answer]);
}

describe.each(['socket', 'http'] as const)('given a long answer on Slack over %s', (over) => {
  it('when it is written, then it grows in the thread, ends as the answer itself, and nothing in it is live', async () => {
    const slow = aSlowModel();
    const bot = await slackWorld({ over, model: slow.model });
    const { fake, ana } = bot;
    const asked = ana.mention('C1', 'what was paid?');

    const draft = await bot.until(asked.ts, 'Paid:');
    const session = () => fake.workspace.sessions.get(`C1/${asked.ts}`);
    await fake.until(() => session()?.status === 'processing', 20_000);
    expect(session()?.title).toBe('what was paid?');
    await slow.goOn();
    await bot.until(asked.ts, 'evil');
    await slow.goOn();
    await slow.goOn();

    const done = await eventually(() =>
      fake
        .channel('C1')
        .thread(asked.ts)
        .find((message) => message.text.includes('done') && message.ts === draft.ts),
    );
    expect(done.text).toContain('Paid:');
    await fake.until(() => session()?.status === 'active', 20_000);
    expect(fake.calls('chat.startStream')).toHaveLength(1);
    expect(fake.calls('chat.stopStream')).toHaveLength(1);
    const texts = fake.channel('C1').thread(asked.ts);
    expect(texts.filter((message) => message.text.includes('Paid:'))).toHaveLength(1);
    expect(fake.pings()).toEqual([]);
    expect(fake.unfurls()).toEqual([]);
    expect(notTaken(bot)).toEqual([]);
  });
});

describe('given Slack', () => {
  it("when Slack's own Stop is pressed, then the run stops, and only for whoever may", async () => {
    const slow = aSlowModel();
    const bot = await slackWorld({ model: slow.model, clock: aFasterClock(4) });
    const { fake, ana, dev } = bot;
    const asked = ana.mention('C1', 'what was paid?');
    await bot.until(asked.ts, 'Paid:');
    await fake.until(() => fake.workspace.sessions.get(`C1/${asked.ts}`)?.status === 'processing', 20_000);

    await dev.stopSession('C1', asked.ts);
    await bot.told(dev, 'I do not know you yet');
    await ana.stopSession('C1', asked.ts);

    await bot.until(asked.ts, 'Stopped by Ana');
    await fake.until(() => fake.workspace.sessions.get(`C1/${asked.ts}`)?.status === 'active', 20_000);
    await eventually(() =>
      fake
        .channel('C1')
        .thread(asked.ts)
        .some((message) => message.text.includes('Paid:'))
        ? undefined
        : true,
    );
    expect(notTaken(bot)).toEqual([]);
  });

  it('when a call waits for people, then its words are gone, no stream is open and the session waits', async () => {
    const fake = await createFakeSlack({ mode: 'socket' });
    closing.push(fake);
    const model: Script = async (turn, request) => {
      if (turn > 0) return words('Paid.');
      request.onText?.('I will pay now, as you asked me to do.');
      await fake.until(() => fake.calls('chat.startStream').length > 0, 20_000);
      return call('books__pay', { amount: 120, to: 'acme' });
    };
    const bot = await slackWorld({ fake, model, clock: aFasterClock(4) });
    const { ana, ben } = bot;
    const asked = ana.mention('C1', 'pay acme 120');

    const card = await bot.card(asked.ts);
    await fake.until(() => fake.workspace.sessions.get(`C1/${asked.ts}`)?.status === 'suspended', 20_000);
    expect(fake.calls('chat.startStream')).toHaveLength(1);
    expect(fake.workspace.messages.some(({ streamUntil }) => streamUntil !== undefined)).toBe(false);
    await ben.press(card, 'Approve');

    await bot.until(asked.ts, 'Paid.');
    await eventually(() =>
      fake
        .channel('C1')
        .thread(asked.ts)
        .some((message) => message.text.startsWith('I will pay now'))
        ? undefined
        : true,
    );
    expect(notTaken(bot)).toEqual([]);
  });

  it('when Slack ends the stream after five minutes, or takes none, then the message is edited instead', async () => {
    const clock = aWaitedClock();
    const fake = await createFakeSlack({ mode: 'socket', clock });
    closing.push(fake);
    const slow = aSlowModel();
    const bot = await slackWorld({ fake, model: slow.model, clock });
    const asked = bot.ana.mention('C1', 'what was paid?');
    await bot.until(asked.ts, 'Paid:');
    clock.advance(301_000);
    await slow.goOn();
    await fake.until(
      () =>
        fake
          .calls('chat.appendStream')
          .some((one) => one.answer?.['error'] === 'message_not_in_streaming_state'),
      20_000,
    );
    await slow.goOn();
    await slow.goOn();
    await bot.until(asked.ts, 'done');

    fake.faults.next('chat.startStream', { kind: 'error', error: 'channel_type_not_supported' });
    const again = bot.ana.mention('C1', 'and once more?');
    const draft = await bot.until(again.ts, 'Paid:');
    for (let part = 0; part < 3; part += 1) await slow.goOn();
    const done = await bot.until(again.ts, 'done');

    expect(done.ts).toBe(draft.ts);
    expect(fake.pings()).toEqual([]);
  });

  it('when somebody opens the messages of the bot, then Slack offers what one could ask', async () => {
    const bot = await slackWorld({});

    await bot.ana.openHome('messages');

    const prompts = await bot.fake.until(() => [...bot.fake.workspace.suggestedPrompts.values()][0], 20_000);
    expect(prompts.map(({ title }) => title).slice(0, 2)).toEqual(['What waits for me?', 'What can you do?']);
    expect(notTaken(bot)).toEqual([]);
  });
});

describe('given a long answer on Discord', () => {
  it('when it is written, then a message grows by edits and becomes the answer', async () => {
    const slow = aSlowModel();
    const bot = await aDiscordWorld({ model: slow.model });
    closing.push(bot);
    const { fake, ana } = bot;
    const asked = ana.mention(finance, 'what was paid?');

    const draft = await bot.until(asked.id, 'Paid');
    await slow.goOn();
    await bot.until(asked.id, 'evil');
    await slow.goOn();
    await slow.goOn();

    const done = await bot.until(asked.id, '**done**');
    expect(done.id).toBe(draft.id);
    expect(JSON.stringify(done.components)).toContain('Paid');
    expect(fake.pings()).toEqual([]);
    expect(fake.embeds()).toEqual([]);
    expect(answer).toContain('done');
    expect(fake.limits.refused()).toBe(0);
  });
});
