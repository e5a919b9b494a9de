/**
 * `node dist/bench-waiting.js [runs]`: what waiting runs cost. Fills a store with runs that wait for a decision, then
 * looks at a bot that starts on it: its resident memory, and how long a run takes from the vote to its end.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../src/core/clock.ts';
import { openBench } from './gated-run.ts';
import type { Asked } from './gated-run.ts';

const mostMegabytes = 150;
const mostVoteMs = 1_000;
const votes = 500;
const atOnce = 64;
/** Long enough for every sweep of a bot to come round. */
const idleMs = 60_000;

const program = fileURLToPath(import.meta.url);
const [first, folderOfVotes] = process.argv.slice(2);
if (first === 'votes' && folderOfVotes !== undefined) await vote(folderOfVotes);
else await measure(Number(first ?? 100_000));

async function measure(wanted: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-waiting-'));
  try {
    await fill(folder, wanted);
    const memory = await lookAtIdleBot(folder);
    process.stdout.write(
      `${String(wanted)} waiting runs: ready after ${String(Math.round(memory.readyMs))} ms, resident ${memory.atStart.toFixed(0)} MB then, ${memory.most.toFixed(0)} MB at most in ${String(idleMs / 1000)} s (at most ${String(mostMegabytes)} are wanted)\n`,
    );
    execFileSync(process.execPath, [program, 'votes', folder], { stdio: 'inherit' });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function fill(folder: string, wanted: number): Promise<void> {
  const began = performance.now();
  const bench = await openBench(folder);
  // With its sweeps and seals, as a bot that has been there all the time.
  await bench.app.start();
  const asked: Asked[] = [];
  let started = 0;
  const worker = async (): Promise<void> => {
    while (started < wanted) {
      started += 1;
      asked.push(await bench.ask());
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  await bench.close(true);
  const every = Math.max(1, Math.floor(wanted / votes));
  writeFileSync(
    join(folder, 'asked.json'),
    JSON.stringify(asked.filter((_, index) => index % every === 0).slice(0, votes)),
  );
  process.stdout.write(
    `filled with ${String(asked.length)} in ${((performance.now() - began) / 1000).toFixed(0)} s\n`,
  );
}

/** The program that users start, on the store; it is only watched. Megabytes as the kernel counts them. */
async function lookAtIdleBot(folder: string): Promise<{
  readonly readyMs: number;
  readonly atStart: number;
  readonly most: number;
}> {
  const began = performance.now();
  const bot = spawn(process.execPath, [fileURLToPath(new URL('./main.js', import.meta.url))], {
    env: { ...process.env, DATA_DIR: folder, PORT: '0', LOG_LEVEL: 'silent' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await new Promise<void>((resolve, reject) => {
      bot.stdout.on('data', (text: Buffer) => {
        if (text.includes('http://')) resolve();
      });
      bot.on('exit', (code) => {
        reject(new Error(`The bot ended with ${String(code)}.`));
      });
    });
    const readyMs = performance.now() - began;
    const atStart = residentMegabytes(bot.pid);
    let most = atStart;
    const until = performance.now() + idleMs;
    while (performance.now() < until) {
      await new Promise<void>((resolve) => systemClock.after(500, resolve));
      most = Math.max(most, residentMegabytes(bot.pid));
    }
    return { readyMs, atStart, most };
  } finally {
    bot.removeAllListeners('exit');
    const gone = new Promise((resolve) => bot.on('exit', resolve));
    bot.kill('SIGTERM');
    await gone;
  }
}

function residentMegabytes(pid: number | undefined): number {
  const line = /VmRSS:\s+(\d+) kB/u.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'));
  return Number(line?.[1] ?? NaN) / 1024;
}

/** Votes one by one, as people do, in a process that has just begun. */
async function vote(folder: string): Promise<void> {
  const bench = await openBench(folder);
  await bench.app.start();
  // The file is this program's own.
  const asked = JSON.parse(readFileSync(join(folder, 'asked.json'), 'utf8')) as readonly Asked[];
  const times: number[] = [];
  for (const one of asked) {
    const began = performance.now();
    await bench.decide(one);
    times.push(performance.now() - began);
  }
  times.sort((a, b) => a - b);
  const at = (share: number): string => (times[Math.floor(times.length * share)] ?? NaN).toFixed(0);
  process.stdout.write(
    `${String(times.length)} votes: from the vote to the end of its run median ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(0.9999)} ms (p99 of at most ${String(mostVoteMs)} is wanted); resident ${residentMegabytes(process.pid).toFixed(0)} MB\n`,
  );
  await bench.close(true);
}
