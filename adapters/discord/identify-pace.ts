/**
 * How often a new session is begun: at most twenty times an hour, five seconds apart.
 *
 * Discord counts a thousand a day and then takes the token away. A connection that breaks is resumed and costs
 * nothing; what is paced here is a gateway that ends every session it is given.
 */
import type { Clock } from '../../src/core/clock.ts';
import { pause } from '../../src/core/clock.ts';
import type { Logger } from '../../src/core/logger.ts';

export interface IdentifyPace {
  /** Resolves when a session may be begun; rejects when the connection is given up meanwhile. */
  waitForIdentify(shard: number, signal: AbortSignal): Promise<void>;
}

const mostAnHour = 20;
const hourMs = 60 * 60_000;
const apartMs = 5_000;
const longestRestMs = 30_000;

export function createIdentifyPace(clock: Clock, logger: Logger): IdentifyPace {
  const begun: number[] = [];
  /** One after the other, so that two never count the same place. */
  let last: Promise<void> = Promise.resolve();

  function waitMs(now: number): number {
    while (begun[0] !== undefined && begun[0] <= now - hourMs) begun.shift();
    const [oldest] = begun;
    const forHour = begun.length >= mostAnHour && oldest !== undefined ? oldest + hourMs - now : 0;
    return Math.max(forHour, (begun.at(-1) ?? -Infinity) + apartMs - now, 0);
  }

  async function turn(signal: AbortSignal): Promise<void> {
    let isTold = false;
    for (;;) {
      signal.throwIfAborted();
      const wait = waitMs(clock.monotonicMs());
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
    begun.push(clock.monotonicMs());
  }

  return {
    waitForIdentify(_shard, signal) {
      const mine = last.then(() => turn(signal));
      last = mine.catch(() => undefined);
      return mine;
    },
  };
}
