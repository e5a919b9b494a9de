/** `npm run bench`: medians and ratios, as a table and as JSON in `bench-result.json`. */
import { writeFileSync } from 'node:fs';
import { openFloor } from './floor.ts';
import { openBench } from './gated-run.ts';
import { measurePolicy } from './policy.ts';
import { measureRecall } from './recall.ts';
import type { RecallFigures } from './recall.ts';

interface Figures {
  readonly inFlight: number;
  readonly runsPerSecond: number;
  readonly floorPerSecond: number;
  readonly ratioToFloor: number;
  readonly flushesPerRun: number;
  readonly commitsPerRun: number;
  readonly kilobytesPerRun: number;
  readonly cpuMsPerRun: number;
  readonly medianMs: number;
  readonly p99Ms: number;
}

const repeats = 3;
const runsFor: Readonly<Record<number, number>> = { 1: 300, 16: 2_000, 64: 4_000 };

/** Runs `action` `count` times with `inFlight` at once; returns the milliseconds of each. */
async function load(
  count: number,
  inFlight: number,
  action: () => Promise<void>,
): Promise<readonly number[]> {
  const times: number[] = [];
  let started = 0;
  const worker = async (): Promise<void> => {
    while (started < count) {
      started += 1;
      const began = performance.now();
      await action();
      times.push(performance.now() - began);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return times;
}

async function perSecond(count: number, inFlight: number, action: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await load(count, inFlight, action);
  return (count / (performance.now() - began)) * 1000;
}

async function measure(inFlight: number): Promise<Figures> {
  const count = runsFor[inFlight] ?? 1_000;
  const bench = await openBench();
  const floor = openFloor();
  await load(Math.min(count, 200), inFlight, () => bench.run());
  await load(Math.min(count, 200), inFlight, () => floor.run());
  const flushes = bench.flushes();
  const commits = bench.commits();
  const bytes = bench.bytes();
  const cpu = process.cpuUsage();
  const began = performance.now();
  const times = [...(await load(count, inFlight, () => bench.run()))].sort((a, b) => a - b);
  const seconds = (performance.now() - began) / 1000;
  const used = process.cpuUsage(cpu);
  const floorPerSecond = await perSecond(count, inFlight, () => floor.run());
  const figures: Figures = {
    inFlight,
    runsPerSecond: count / seconds,
    floorPerSecond,
    ratioToFloor: floorPerSecond / (count / seconds),
    flushesPerRun: (bench.flushes() - flushes) / count,
    commitsPerRun: (bench.commits() - commits) / count + 1,
    kilobytesPerRun: (bench.bytes() - bytes) / count / 1024,
    cpuMsPerRun: (used.user + used.system) / 1000 / count,
    medianMs: times[Math.floor(times.length / 2)] ?? 0,
    p99Ms: times[Math.floor(times.length * 0.99)] ?? 0,
  };
  await bench.close();
  await floor.close();
  return figures;
}

/** A run in a thread with 1,000 earlier messages against one in an empty thread, alone. */
async function longThread(): Promise<number> {
  const bench = await openBench();
  const empty: number[] = [];
  await load(20, 1, () => bench.run());
  empty.push(...(await load(60, 1, () => bench.run())));
  const [thread] = (await bench.app.store.chat.listThreads(asFinance(), { limit: 1 })).map((row) => row.id);
  for (let index = 0; index < 1_000; index += 1) await bench.run(thread);
  const long = await load(60, 1, () => bench.run(thread));
  await bench.close();
  return median(long) / median(empty);
}

function asFinance(): Parameters<
  Awaited<ReturnType<typeof openBench>>['app']['store']['chat']['listThreads']
>[0] {
  // The demonstration's channel; its id is written out in the contract.
  return 'console:finance' as ReturnType<typeof asFinance>;
}

function tellRecall(figures: RecallFigures): string {
  const { dims } = figures;
  const how = dims === 0 ? 'by words' : `by words and vectors of ${String(dims)} numbers`;
  return (
    `recall among ${String(figures.memories)} memories and ${String(figures.passages)} passages, ${how}: ` +
    `median ${figures.medianMs.toFixed(1)} ms, p95 ${figures.p95Ms.toFixed(1)} ms (${figures.p95CpuMs.toFixed(1)} ms of CPU), ` +
    `p99 ${figures.p99Ms.toFixed(1)} ms; ${figures.addedMegabytes.toFixed(0)} MB more memory; ` +
    `${figures.passagesPerSecond.toFixed(0)} passages/s taken in; load ${figures.load.toFixed(1)}\n`
  );
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

const policies = [measurePolicy('as in a company'), measurePolicy('all at one tool')];
for (const policy of policies)
  process.stdout.write(
    `a call judged by ${String(policy.rules)} rules, ${policy.spread} (${String(policy.looking)} look at its tool): ` +
      `median ${policy.medianMs.toFixed(3)} ms, p99 ${policy.p99Ms.toFixed(3)} ms (${policy.p99CpuMs.toFixed(3)} ms of CPU)\n`,
  );
// `npm run bench -- policy` measures nothing else.
if (process.argv.includes('policy')) process.exit();
// `npm run bench -- recall` measures recall alone, by words; `npm run bench -- vectors [numbers]` by words and vectors.
const [lane, size] = process.argv.slice(2);
if (lane === 'recall' || lane === 'vectors') {
  const figures = await measureRecall(100_000, 100_000, lane === 'recall' ? 0 : Number(size ?? 1_024));
  process.stdout.write(tellRecall(figures));
  writeFileSync('bench-result.json', `${JSON.stringify({ recall: figures }, undefined, 2)}\n`);
  process.exit();
}
const results: Figures[] = [];
for (const inFlight of [1, 16, 64]) {
  const rounds: Figures[] = [];
  for (let round = 0; round < repeats; round += 1) rounds.push(await measure(inFlight));
  rounds.sort((a, b) => a.runsPerSecond - b.runsPerSecond);
  const middle = rounds[Math.floor(rounds.length / 2)];
  if (middle !== undefined) results.push(middle);
}
const ratio = await longThread();
const recall = await measureRecall();
const columns: readonly [string, (figures: Figures) => string][] = [
  ['in flight', (f) => String(f.inFlight)],
  ['runs/s', (f) => f.runsPerSecond.toFixed(0)],
  ['floor/s', (f) => f.floorPerSecond.toFixed(0)],
  ['floor ÷ runs', (f) => f.ratioToFloor.toFixed(1)],
  ['flushes/run', (f) => f.flushesPerRun.toFixed(2)],
  ['commits/run', (f) => f.commitsPerRun.toFixed(2)],
  ['KB/run', (f) => f.kilobytesPerRun.toFixed(1)],
  ['CPU ms/run', (f) => f.cpuMsPerRun.toFixed(2)],
  ['median ms', (f) => f.medianMs.toFixed(2)],
  ['p99 ms', (f) => f.p99Ms.toFixed(2)],
];
process.stdout.write(`${columns.map(([name]) => name.padStart(13)).join('')}\n`);
for (const figures of results)
  process.stdout.write(`${columns.map(([, show]) => show(figures).padStart(13)).join('')}\n`);
process.stdout.write(
  `\na run after 1,000 earlier ones in its thread ÷ in an empty thread: ${ratio.toFixed(2)} (median, alone)\n`,
);
process.stdout.write(tellRecall(recall));
process.stdout.write(
  `medians of ${String(repeats)} rounds; the floor is four durable writes by hand through the same group commit\n`,
);
writeFileSync(
  'bench-result.json',
  `${JSON.stringify({ rounds: repeats, results, longThreadRatio: ratio, recall, policies }, undefined, 2)}\n`,
);
