/** A clock that a test can put forward under a running bot, so that hours need not be waited for. */
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { moveStoreTime } from './store-lane.ts';

export interface BentClock {
  /** For the bot's environment; a bot started again with it lives in the same time. */
  readonly env: Readonly<Record<string, string>>;
  advance(ms: number): void;
  /** What a bot with this clock takes for now, once it has looked. */
  now(): Date;
}

/** `folder` keeps the clock's file. */
export function aBentClock(folder: string): BentClock {
  const file = join(folder, 'clock');
  const preload = new URL('../fakes/bent-clock.mjs', import.meta.url).href;
  let aheadMs = 0;
  return {
    env: { NODE_OPTIONS: `--import ${preload}`, CLOCK_FILE: file },
    now: () => new Date(Date.now() + aheadMs),
    advance(ms) {
      aheadMs += ms;
      writeFileSync(`${file}.next`, String(aheadMs));
      renameSync(`${file}.next`, file);
      moveStoreTime(folder, aheadMs);
    },
  };
}
