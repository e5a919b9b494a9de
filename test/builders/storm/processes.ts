/** The processes of a storm: started, killed, told to end, stopped for a while, and with clocks of their own. */
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startBot } from '../running-bot.ts';
import type { RunningBot } from '../running-bot.ts';
import { pause, waitUntil } from './options.ts';
import { platformsOf } from './setup.ts';
import type { Surroundings } from './setup.ts';

export interface Slot {
  readonly number: number;
  bot: RunningBot | undefined;
  isStopped: boolean;
}

export interface Processes {
  readonly slots: readonly Slot[];
  /** Those that run and are not stopped. */
  live(): readonly RunningBot[];
  /** One that a fault may meet: at least one other is left untouched. */
  victim(random: (limit: number) => number): Slot | undefined;
  kill(slot: Slot): Promise<void>;
  /** It dies by its own hand at one of its next writes, or where it stands when it has nothing to write. */
  killAtWrite(slot: Slot, nth: number, when: 'before' | 'after'): Promise<'at its write' | 'where it stood'>;
  /** SIGTERM; it starts again once it is gone. */
  end(slot: Slot): Promise<void>;
  stopFor(slot: Slot, ms: number): void;
  /** Its clock says so many milliseconds more, or less, for a while. */
  bendClock(slot: Slot, byMs: number, forMs: number): void;
  /** Everybody runs again. */
  isWhole(): boolean;
  /** Told to end, and not gone cleanly within ten seconds. */
  unclean(): readonly string[];
  /** Milliseconds from SIGTERM to the end. */
  readonly endings: readonly number[];
  close(): Promise<void>;
}

const diesWithinMs = 5_000;

export async function startProcesses(
  number: number,
  around: Surroundings,
  count: (what: string) => void,
): Promise<Processes> {
  const preloads = ['bent-clock.mjs', 'dying-store.mjs'].map(
    (name) => `--import ${new URL(`../../fakes/${name}`, import.meta.url).href}`,
  );
  const dieFileOf = (slot: number): string => join(around.folder, `die-${String(slot)}`);
  const clockOf = (slot: number): string => join(around.folder, `clock-${String(slot)}`);
  const unclean: string[] = [];
  const endings: number[] = [];
  let isClosing = false;
  const starting = new Set<Promise<void>>();

  const start = (place: number): Promise<RunningBot> =>
    startBot({
      dataDir: around.dataDir,
      cwd: around.folder,
      startWithinMs: 120_000,
      env: {
        ...around.env,
        ...platformsOf(place, around),
        NODE_OPTIONS: preloads.join(' '),
        DIE_FILE: dieFileOf(place),
        CLOCK_FILE: clockOf(place),
      },
    });

  /** A database that is away keeps a process from starting; it is started until it does. */
  async function fill(slot: Slot): Promise<void> {
    for (let tries = 0; !isClosing; tries += 1) {
      try {
        slot.bot = await start(slot.number);
        return;
      } catch (error) {
        count('start in vain');
        process.stdout.write(`${String(error).slice(-1_500)}\n`);
        if (tries > 20) throw error;
        await pause(500);
      }
    }
  }

  function refill(slot: Slot): void {
    const filling: Promise<void> = fill(slot)
      .catch((error: unknown) => {
        unclean.push(`a process does not start any more: ${String(error)}`);
      })
      .finally(() => starting.delete(filling));
    starting.add(filling);
  }

  const slots: Slot[] = [];
  for (let place = 0; place < number; place += 1) {
    const slot: Slot = { number: place, bot: undefined, isStopped: false };
    slots.push(slot);
    await fill(slot);
  }
  const untouched = (): readonly Slot[] =>
    slots.filter(({ bot, isStopped }) => bot !== undefined && !isStopped);

  function setClock(slot: Slot, byMs: number): void {
    const file = clockOf(slot.number);
    writeFileSync(`${file}.next`, String(byMs));
    renameSync(`${file}.next`, file);
  }

  return {
    slots,
    endings,
    live: () => untouched().flatMap(({ bot }) => bot ?? []),
    victim(random) {
      const live = untouched();
      return live.length < 2 ? undefined : live[random(live.length)];
    },
    async kill(slot) {
      const { bot } = slot;
      slot.bot = undefined;
      await bot?.kill9();
      refill(slot);
    },
    async killAtWrite(slot, nth, when) {
      const { bot } = slot;
      writeFileSync(dieFileOf(slot.number), JSON.stringify({ nth, when }));
      bot?.process.kill('SIGUSR2');
      const isDead = await waitUntil(() => bot?.process.signalCode !== null, diesWithinMs);
      slot.bot = undefined;
      await bot?.kill9();
      refill(slot);
      return isDead ? 'at its write' : 'where it stood';
    },
    async end(slot) {
      const { bot } = slot;
      slot.bot = undefined;
      if (bot === undefined) return;
      const ended = new Promise<number | null>((resolve) => bot.process.once('exit', resolve));
      const since = Date.now();
      bot.process.kill('SIGTERM');
      const code = await ended;
      endings.push(Date.now() - since);
      if (code !== 0) unclean.push(`exit ${String(code)} after SIGTERM: ${bot.output().slice(-2_000)}`);
      refill(slot);
    },
    stopFor(slot, ms) {
      const { bot } = slot;
      slot.isStopped = true;
      bot?.process.kill('SIGSTOP');
      void pause(ms).then(() => {
        bot?.process.kill('SIGCONT');
        slot.isStopped = false;
      });
    },
    bendClock(slot, byMs, forMs) {
      setClock(slot, byMs);
      void pause(forMs).then(() => {
        if (!isClosing) setClock(slot, 0);
      });
    },
    isWhole: () => slots.every(({ bot, isStopped }) => bot !== undefined && !isStopped),
    unclean: () => unclean,
    async close() {
      isClosing = true;
      await Promise.all(starting);
      for (const { bot } of slots) {
        bot?.process.kill('SIGCONT');
        await bot?.kill9();
      }
    },
  };
}
