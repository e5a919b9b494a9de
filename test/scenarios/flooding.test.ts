/** One person, channel or workspace asks for far more than there is room for: how many of its runs others wait for. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { AppError } from '../../src/core/errors.ts';
import { asActorId, asChannelId } from '../../src/core/ids.ts';
import { eventually } from '../builders/running-bot.ts';
import { aWorld, words } from '../builders/world.ts';
import type { World } from '../builders/world.ts';

const room = 2;
const flood = 40;

let world: World | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

/** Answers are given one at a time, when the test says so. */
async function open(): Promise<{
  readonly order: string[];
  ask(place: string, by: string, text: string): Promise<unknown>;
  answerOne(): Promise<void>;
  answerAll(): void;
}> {
  const order: string[] = [];
  const held: (() => void)[] = [];
  let isOpen = false;
  world = await aWorld({
    maxActive: room,
    model: async (_turn, { messages }) => {
      const said = messages.findLast(({ role }) => role === 'user');
      order.push(/flood|late/u.exec(JSON.stringify(said))?.[0] ?? '?');
      if (!isOpen) await new Promise<void>((resolve) => held.push(resolve));
      return words('Read.');
    },
  });
  const { router } = world.app;
  let key = 0;
  return {
    order,
    async ask(place, by, text) {
      key += 1;
      const message = { key: `test/${String(key)}`, channel: asChannelId(place), by: asActorId(by), text };
      // A platform sends again what the store could not keep in time.
      await eventually(() =>
        router.take(message).then(
          () => true,
          (error: unknown) => {
            if (error instanceof AppError && error.code === 'ingress.overloaded') return undefined;
            throw error;
          },
        ),
      );
    },
    async answerOne() {
      const before = order.length;
      held.shift()?.();
      await eventually(() => (order.length > before ? true : undefined));
    },
    answerAll() {
      isOpen = true;
      for (const resolve of held.splice(0)) resolve();
    },
  };
}

describe('given one who asks for twenty times as much as there is room for', () => {
  it.each([
    ['another person of the channel', 'slack:T01/C1', 'ben'],
    ['the same person in another channel', 'slack:T01/C2', 'ana'],
    ['somebody in another workspace', 'slack:T02/C1', 'ben'],
  ])('when %s asks afterwards, then that run has the next free place', async (_who, place, by) => {
    const { order, ask, answerOne, answerAll } = await open();
    await Promise.all(
      Array.from({ length: flood }, (_, index) => ask('slack:T01/C1', 'ana', `flood ${String(index)}`)),
    );
    await eventually(() => (order.length === room ? true : undefined));

    await ask(place, by, 'late');
    await answerOne();

    expect(order).toEqual(['flood', 'flood', 'late']);
    answerAll();
    await eventually(() => (order.length === flood + 1 ? true : undefined));
  });

  it('when others ask all the time, then the flood is worked off beside them', async () => {
    const { order, ask, answerOne, answerAll } = await open();
    await Promise.all(
      Array.from({ length: flood }, (_, index) => ask('slack:T01/C1', 'ana', `flood ${String(index)}`)),
    );
    await eventually(() => (order.length === room ? true : undefined));
    for (let asked = 0; asked < 6; asked += 1) await ask('slack:T02/C1', 'ben', 'late');

    for (let answered = 0; answered < 6; answered += 1) await answerOne();

    const taken = order.slice(room);
    expect(taken.filter((text) => text === 'late').length).toBeGreaterThanOrEqual(3);
    expect(taken).toContain('flood');
    answerAll();
    await eventually(() => (order.length === flood + 6 ? true : undefined));
  });
});
