import { expect, it } from '@jest/globals';
import { createIdentifyPace } from '../../../adapters/discord/identify-pace.ts';
import type { Clock, Timer } from '../../../src/core/clock.ts';
import { silentLogger } from '../../../src/core/logger.ts';

/** A clock on which every wait is over at once, having taken its time. */
function aHastyClock(): Clock {
  let now = 0;
  return {
    now: () => new Date(now),
    monotonicMs: () => now,
    after(ms: number, action: () => void): Timer {
      now += ms;
      setImmediate(action);
      return { cancel: () => undefined };
    },
    every: () => ({ cancel: () => undefined }),
  };
}

it('given a gateway that ends every session, when new ones are begun for hours, then never more than twenty within any hour', async () => {
  const clock = aHastyClock();
  const pace = createIdentifyPace(clock, silentLogger);
  const begun: number[] = [];

  for (let count = 0; count < 100; count += 1) {
    await pace.waitForIdentify(0, new AbortController().signal);
    begun.push(clock.monotonicMs());
  }

  const within = (from: number): number => begun.filter((at) => at >= from && at < from + 3_600_000).length;
  expect(Math.max(...begun.map(within))).toBe(20);
  expect(begun.every((at, index) => index === 0 || at - (begun[index - 1] ?? 0) >= 5_000)).toBe(true);
});

it('given a connection that is given up, when its turn has not come, then it takes none', async () => {
  const pace = createIdentifyPace(aHastyClock(), silentLogger);
  const given = new AbortController();
  given.abort();

  await expect(pace.waitForIdentify(0, given.signal)).rejects.toThrow();
});

it('given a bot of many shards, when all begin, then those of one group are five seconds apart and all of them count', async () => {
  const clock = aHastyClock();
  const pace = createIdentifyPace(clock, silentLogger);
  pace.allowFor(16, 4);
  const begun: { readonly group: number; readonly at: number }[] = [];
  for (let count = 0; count < 100; count += 1) {
    await pace.waitForIdentify(count % 16, new AbortController().signal);
    begun.push({ group: count % 4, at: clock.monotonicMs() });
  }

  // The first sixteen begin in four groups: four rounds.
  expect(begun[15]?.at).toBe(15_000);
  for (const group of [0, 1, 2, 3]) {
    const mine = begun.filter((entry) => entry.group === group).map(({ at }) => at);
    expect(mine.every((at, index) => index === 0 || at - (mine[index - 1] ?? 0) >= 5_000)).toBe(true);
  }
  const within = (from: number): number =>
    begun.filter(({ at }) => at >= from && at < from + 3_600_000).length;
  expect(Math.max(...begun.map(({ at }) => within(at)))).toBe(32);
});
