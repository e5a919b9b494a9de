/**
 * How often a new session is begun: at most twenty times an hour, five seconds apart.
 *
 * Discord counts a thousand a day, those of all shards together, and then takes the token away. A connection that
 * breaks is resumed and costs nothing; what is paced here is a gateway that ends every session it is given. Where
 * Discord lets several shards begin at once, each of them has its own five seconds; a bot of more than ten shards may
 * begin each twice an hour.
 */
import type { Clock } from '../../src/core/clock.ts';
import { pause } from '../../src/core/clock.ts';
import type { Logger } from '../../src/core/logger.ts';

export interface IdentifyPace {
  /** What Discord says before the first session is begun: how many shards there are, and how many may begin at once. */
  allowFor(shards: number, atOnce: number): void;
  /** Resolves when a session may be begun; rejects when the connection is given up meanwhile. */
  waitForIdentify(shard: number, signal: AbortSignal): Promise<void>;
}

const fewestAnHour = 20;
const anHourPerShard = 2;
const hourMs = 60 * 60_000;
const apartMs = 5_000;
const longestRestMs = 30_000;

export function createIdentifyPace(clock: Clock, logger: Logger): IdentifyPace {
  const begun: number[] = [];
  /** When a session was last begun among the shards that may not begin together. */
  const lastOf = new Map<number, number>();
  let mostAnHour = fewestAnHour;
  let atOnce = 1;
  /** One after the other, so that two never count the same place. */
  let last: Promise<void> = Promise.resolve();

  function waitMs(now: number, group: number): number {
    while (begun[0] !== undefined && begun[0] <= now - hourMs) begun.shift();
    const [oldest] = begun;
    const forHour = begun.length >= mostAnHour && oldest !== undefined ? oldest + hourMs - now : 0;
    return Math.max(forHour, (lastOf.get(group) ?? -Infinity) + apartMs - now, 0);
  }

  async function turn(group: number, signal: AbortSignal): Promise<void> {
    let isTold = false;
    for (;;) {
      signal.throwIfAborted();
      const wait = waitMs(clock.monotonicMs(), group);
      if (wait === 0) break;
      if (wait > apartMs && !isTold) {
        isTold = true;
        logger.error('discord.sessions-used-up', {
          why: `Discord ended ${String(mostAnHour)} sessions within an hour.`,
          waitSeconds: Math.ceil(wait / 1_000),
        });
      }
      await pause(clock, Math.min(wait, longestRestMs));
    }
    const now = clock.monotonicMs();
    begun.push(now);
    lastOf.set(group, now);
  }

  return {
    allowFor(shards, together) {
      mostAnHour = Math.max(fewestAnHour, anHourPerShard * shards);
      atOnce = Math.max(1, together);
    },
    waitForIdentify(shard, signal) {
      const mine = last.then(() => turn(shard % atOnce, signal));
      last = mine.catch(() => undefined);
      return mine;
    },
  };
}
