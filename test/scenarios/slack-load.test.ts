import { afterEach, expect, it } from '@jest/globals';
import { eventually } from '../builders/running-bot.ts';
import { aSlackWorld } from '../builders/slack-world.ts';
import { words } from '../builders/world.ts';
import type { Said } from '../fakes/slack/person.ts';
import { createFakeSlack } from '../fakes/slack/index.ts';

/** `SLACK_MENTIONS=1000` asks so many in ten seconds and prints what it measured. */
const mentions = Number(process.env['SLACK_MENTIONS'] ?? '40');
const isLong = mentions > 100;
const withinMs = isLong ? 10_000 : 500;
const channelCount = isLong ? 50 : 10;

const closing: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of closing.splice(0).reverse()) await one.close();
});

it(
  'given Slack with its rate limits, when very many mention the bot at once, then each is acknowledged and answered once and no limit is passed',
  async () => {
    const channels = Array.from({ length: channelCount }, (_, index) => ({ id: `C${String(index + 1)}` }));
    const fake = await createFakeSlack({ mode: 'socket', channels, limits: { postsPerSecond: 4 } });
    closing.push(fake);
    const bot = await aSlackWorld({
      fake,
      haste: 1,
      model: (_turn, request) => words(`Read: ${request.messages.at(-1)?.role === 'user' ? 'it' : ''}`),
    });
    closing.push(bot);
    const begun = performance.now();

    const asked: Said[] = [];
    for (let index = 0; index < mentions; index += 1) {
      const due = (index * withinMs) / mentions - (performance.now() - begun);
      if (due > 1) await new Promise((resolve) => setTimeout(resolve, due));
      asked.push(bot.ana.mention(`C${String((index % channelCount) + 1)}`, `question ${String(index)}`));
    }
    const deliveries = (await Promise.all(asked.map(({ settled }) => settled))).flat();
    const answers = (): readonly string[] =>
      fake.workspace.messages
        .filter(({ versions }) => JSON.stringify(versions.at(-1)).includes('Read: it'))
        .map(({ threadTs }) => threadTs ?? '');
    const whileMs = isLong ? 900_000 : 60_000;
    // Looking costs as much as there are messages, so it is done seldom.
    await eventually(
      async () => {
        await new Promise((resolve) => setTimeout(resolve, isLong ? 1_000 : 50));
        const answered = new Set(answers());
        return asked.every(({ ts }) => answered.has(ts)) ? true : undefined;
      },
      whileMs,
      () => `Of ${String(mentions)} mentions ${String(answers().length)} were answered.`,
    );

    const took = performance.now() - begun;
    const acked = deliveries
      .map(({ attempts }) => attempts.at(-1)?.ackedAfterMs ?? Infinity)
      .sort((a, b) => a - b);
    const methods = new Map<string, number>();
    for (const { method } of fake.calls()) methods.set(method, (methods.get(method) ?? 0) + 1);
    const refused = fake.calls().filter(({ status }) => status === 429);
    if (isLong)
      process.stdout.write(
        `${JSON.stringify({
          mentions,
          tookMs: Math.round(took),
          ackMs: {
            p50: acked[Math.floor(acked.length / 2)],
            p99: acked[Math.floor(acked.length * 0.99)],
            max: acked.at(-1),
          },
          refused: refused.map(({ method }) => method),
          calls: Object.fromEntries(methods),
        })}\n`,
      );
    expect(answers()).toHaveLength(mentions);
    expect(deliveries.every(({ outcome }) => outcome === 'acknowledged')).toBe(true);
    expect(refused.map(({ method }) => method)).toEqual([]);
    if (isLong) expect(deliveries.every(({ attempts }) => attempts.length === 1)).toBe(true);
  },
  isLong ? 1_200_000 : 120_000,
);
