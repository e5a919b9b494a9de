/** What Slack delivers late, out of order, or before the bot knows what it posted. */
import { afterEach, expect, it } from '@jest/globals';
import { systemClock } from '../../src/core/clock.ts';
import { aSlackWorld } from '../builders/slack-world.ts';
import type { SlackWorld } from '../builders/slack-world.ts';
import { eventually } from '../builders/running-bot.ts';
import { call, lastResult, words } from '../builders/world.ts';
import type { World } from '../builders/world.ts';
import { createFakeSlack } from '../fakes/slack/index.ts';
import type { FakeSlack } from '../fakes/slack/index.ts';

const dayMs = 24 * 3_600_000;
let slack: SlackWorld | undefined;
let fake: FakeSlack | undefined;
afterEach(async () => {
  await slack?.close();
  await fake?.close();
  slack = undefined;
  fake = undefined;
});

const runsIn = async (world: World, thread: string): Promise<readonly string[]> =>
  (await world.app.store.runs.list({ limit: 50 }))
    .filter((row) => row.thread.endsWith(`/${thread}`))
    .map(({ status }) => status);

it('when an event comes a day late and a reply before its parent, then both are taken, in one thread each', async () => {
  const yesterday = { ...systemClock, now: () => new Date(Date.now() - dayMs) };
  fake = await createFakeSlack({ mode: 'socket', clock: yesterday });
  slack = await aSlackWorld({ fake, model: () => words('I am here.') });
  const { ana, world } = slack;

  const late = ana.mention('C1', 'what about May?');
  await slack.until(late.ts, 'I am here.');
  expect(Date.now() - Number(late.ts) * 1_000).toBeGreaterThan(dayMs - 60_000);

  const { events } = fake.workspace;
  const subscribed = [...events];
  events.clear();
  const parent = ana.mention('C1', 'the first words');
  for (const event of subscribed) events.add(event);
  const reply = ana.reply(parent, `<@${fake.botUserId}> and the second`);
  await slack.until(parent.ts, 'I am here.');
  const [sample] = reply.deliveries;
  if (sample === undefined) throw new Error('The reply was not delivered.');
  const text = `<@${fake.botUserId}> the first words`;
  // The event of a message, as the stand-in makes it.
  const event = { ...(sample.payload['event'] as object), ts: parent.ts, event_ts: parent.ts, text };
  const { thread_ts: _, ...opening } = event as { thread_ts?: string };
  const delivery = fake.deliveries.deliver('events_api', 'Ev-late', {
    ...sample.payload,
    event_id: 'Ev-late',
    event: { ...opening, client_msg_id: 'client-late' },
  });

  expect((await delivery.settled).outcome).toBe('acknowledged');
  await eventually(async () => ((await runsIn(world, parent.ts)).join() === 'done,done' ? true : undefined));
  expect(await runsIn(world, late.ts)).toEqual(['done']);
  const asked = world.asked.map(({ messages }) => JSON.stringify(messages)).join('\n');
  expect(asked).toContain('the first words');
  expect(asked).toContain('and the second');
});

it('when a card is pressed before the bot knows that it stands there, then the press counts, once', async () => {
  slack = await aSlackWorld({
    model: (turn, request) =>
      turn === 0 ? call('books__pay', { amount: 120, to: 'acme' }) : words(`Result: ${lastResult(request)}`),
  });
  const { ana, ben, world } = slack;
  // Every answer to a post is lost for a while: nothing is known of what stands there.
  slack.fake.faults.next('chat.postMessage', { kind: 'reset', when: 'after' }, 4);
  const asked = ana.mention('C1', 'pay acme');
  const card = await slack.card(asked.thread);

  await ben.press(card, 'Approve');
  await slack.until(asked.thread, 'Result:');
  await slack.settled(card);

  expect(world.sent).toHaveLength(1);
  const standing = slack.fake.channel('C1').thread(asked.thread);
  expect(standing.filter(({ labels }) => labels.includes('Approve'))).toEqual([]);
});
