/** What goes wrong in a storm: drawn from the seed, one after another. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import type { FakeDiscord } from '../../fakes/discord/fake-discord.ts';
import type { FakeMongo } from '../../fakes/mongo/index.ts';
import type { FakeSlack } from '../../fakes/slack/index.ts';
import { runCommand } from '../running-bot.ts';
import { pause } from './options.ts';
import type { StormOptions } from './options.ts';
import type { Processes, Slot } from './processes.ts';
import type { Surroundings } from './setup.ts';

type Random = (limit: number) => number;
type Count = (what: string) => void;

const prlimit = '/usr/bin/prlimit';

/** One fault; true when a process was killed. */
export async function injectFault(
  processes: Processes,
  around: Surroundings,
  options: StormOptions,
  random: Random,
  count: Count,
): Promise<boolean> {
  const slot = processes.victim(random);
  const roll = random(100);
  if (slot === undefined) {
    await pause(100);
    return false;
  }
  if (options.onlyAtWrites === true) {
    const when = roll < 50 ? 'before' : 'after';
    const where = await processes.killAtWrite(slot, 1 + random(12), when);
    count(where === 'at its write' ? `killed ${when} a write` : 'killed while it wrote nothing');
    return true;
  }
  if (roll < 62) {
    count('killed');
    await processes.kill(slot);
    return true;
  }
  if (roll < 70) {
    count('told to end');
    await processes.end(slot);
  } else if (roll < 76) stop(processes, slot, options, random, count);
  else if (roll < 78) bend(processes, slot, options, random, count);
  else if (roll < 80) rebuildBeside(around, count);
  else if (roll < 88) {
    if (around.mongo !== undefined) await failMongo(around.mongo, random, count);
    else await failSqlite(around, slot, random, count);
  } else if (roll < 94) failSlack(around.slack, random, count);
  else failDiscord(around.discord, random, count);
  return false;
}

function stop(processes: Processes, slot: Slot, options: StormOptions, random: Random, count: Count): void {
  const isLong = random(4) === 0;
  const ms = isLong ? options.longestStopMs : 500 + random(3_500);
  count(isLong ? `stopped ${String(Math.round(ms / 1_000))} s` : 'stopped ≤ 4 s');
  processes.stopFor(slot, ms);
}

/** Lists are made again from the ledger while everybody works; how it ends is the rows' business, looked at at the end. */
function rebuildBeside({ dataDir, folder, env }: Surroundings, count: Count): void {
  count('lists rebuilt beside');
  void runCommand(['rebuild'], { dataDir, cwd: folder, env });
}

/** A shared database has a clock of its own; beside a local file the store's time follows whoever is ahead. */
function bend(processes: Processes, slot: Slot, options: StormOptions, random: Random, count: Count): void {
  const byMs = (options.store === 'mongo' ? 600_000 : 40_000) * (random(2) === 0 ? 1 : -1);
  count(`clock ${byMs > 0 ? '+' : '−'}${String(Math.abs(byMs) / 1_000)} s`);
  processes.bendClock(slot, byMs, 2_000 + random(6_000));
}

async function failMongo(mongo: FakeMongo, random: Random, count: Count): Promise<void> {
  const roll = random(5);
  if (roll === 0) {
    count('store: away 1 to 6 s');
    await mongo.goDown();
    await pause(1_000 + random(5_000));
    await mongo.comeBack();
  } else if (roll === 1) {
    count('store: slow for 3 s');
    mongo.faults.delayMs = 50 + random(400);
    await pause(3_000);
    mongo.faults.delayMs = 0;
  } else if (roll === 2) {
    count('store: never answers one write');
    mongo.faults.add({ when: random(2) === 0 ? 'before' : 'after', what: 'hold', nth: 1 + random(5) });
  } else {
    const when = random(2) === 0 ? 'before' : 'after';
    const what = random(3) === 0 ? 'step-down' : 'drop';
    count(what === 'drop' ? `store: connection lost ${when} a write` : `store: step-down ${when} a write`);
    mongo.faults.add({ when, what, nth: 1 + random(5) });
  }
}

async function failSqlite(
  { dataDir }: Surroundings,
  slot: Slot,
  random: Random,
  count: Count,
): Promise<void> {
  const roll = random(3);
  if (roll === 0 && existsSync(prlimit)) {
    const { bot } = slot;
    if (bot === undefined) return;
    count('store: disk full for one process, 1 to 3 s');
    const limit = (bytes: string): void => {
      try {
        execFileSync(prlimit, ['--pid', String(bot.process.pid), `--fsize=${bytes}:unlimited`], {
          stdio: 'ignore',
        });
      } catch {
        // It was killed meanwhile.
      }
    };
    limit('1');
    void pause(1_000 + random(2_000)).then(() => {
      limit('unlimited');
    });
    return;
  }
  const lock = new Database(join(dataDir, 'countersign.db'));
  try {
    lock.exec('PRAGMA busy_timeout = 1000');
    const holds = async (ms: number): Promise<void> => {
      lock.exec('BEGIN IMMEDIATE');
      await pause(ms);
      lock.exec('ROLLBACK');
    };
    if (roll === 1) {
      count('store: locked 6 to 8 s');
      await holds(6_000 + random(2_000));
    } else {
      count('store: slow for 3 s');
      for (let times = 0; times < 5; times += 1) {
        await holds(400);
        await pause(200);
      }
    }
  } catch {
    // Somebody else held it too long.
  } finally {
    lock.close();
  }
}

function failSlack(slack: FakeSlack, random: Random, count: Count): void {
  switch (random(5)) {
    case 0:
      count('slack: connections cut');
      slack.sockets.drop();
      break;
    case 1:
      count('slack: asked to connect again');
      slack.sockets.disconnect('refresh_requested');
      break;
    case 2:
      count('slack: answer to a post lost');
      slack.faults.next('chat.postMessage', { kind: 'reset', when: 'after' });
      break;
    case 3:
      count('slack: 503');
      slack.faults.next('*', { kind: 'status', status: 503 }, 3);
      break;
    default:
      count('slack: rate limited');
      slack.faults.next('chat.update', { kind: 'rate-limited', retryAfterSeconds: 1 }, 2);
  }
}

function failDiscord(discord: FakeDiscord, random: Random, count: Count): void {
  switch (random(5)) {
    case 0:
      count('discord: connections cut');
      discord.gateway.drop();
      break;
    case 1:
      count('discord: asked to connect again');
      discord.gateway.askToReconnect();
      break;
    case 2:
      count('discord: session over');
      discord.gateway.invalidate(false);
      break;
    case 3:
      count('discord: answer to a post lost');
      discord.rest.loseNextAnswer(/\/messages$/u);
      break;
    default:
      count('discord: 503');
      discord.rest.failNext(503, 2);
  }
}
