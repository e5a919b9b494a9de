/**
 * Recall in a large store: 100,000 memories and 100,000 passages of 50 channels, of which the reader may be told 30.
 *
 * Words are as unevenly frequent as in English. The whole of recall works:
 * channels are described, rows filtered in the query and read again live. By words alone, or by words and vectors of
 * so many numbers: directions in clusters, and questions near one of them.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Passage } from '../src/context/passage-row.ts';
import { createRecall } from '../src/context/recall.ts';
import { systemClock } from '../src/core/clock.ts';
import { asActorId, asChannelId, asMemoryId, asPassageId } from '../src/core/ids.ts';
import { silentLogger } from '../src/core/logger.ts';
import { createContainers } from '../src/memory/containers.ts';
import type { Memory } from '../src/memory/memory-row.ts';
import { operatorSight } from '../src/memory/sight.ts';
import { openLocalStore } from '../src/stores/local/local-store.ts';

export interface RecallFigures {
  readonly memories: number;
  readonly passages: number;
  readonly passagesPerSecond: number;
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  /** Processor time of this process, garbage collection and all. */
  readonly p95CpuMs: number;
  readonly foundPerQuestion: number;
  /** Numbers in each vector; 0 without any. */
  readonly dims: number;
  /** What the questions added to the process's memory, at most. */
  readonly addedMegabytes: number;
  /** Others at work on this machine, at the end. */
  readonly load: number;
}

const workspace = 'slack:T01';
const channelCount = 50;
const openCount = 30;
const perDocument = 100;
const model = 'bench/clusters';

export async function measureRecall(
  memories = 100_000,
  passages = 100_000,
  dims = 0,
  folder = mkdtempSync(join(tmpdir(), 'countersign-recall-')),
): Promise<RecallFigures> {
  const store = await openLocalStore({ folder, clock: systemClock });
  const words = createWords(11);
  const channels = Array.from({ length: channelCount }, (_, at) =>
    asChannelId(`${workspace}/C${String(at)}`),
  );
  const channelAt = (index: number): (typeof channels)[number] =>
    channels[index % channelCount] ?? asChannelId(`${workspace}/C0`);
  const sight = operatorSight(workspace);
  const author = asActorId('ana');
  const vectors = createVectors(dims);
  const questions = dims === 0 ? 400 : 200;

  for (let at = 0; at < memories; at += 1_000) {
    const some = Array.from({ length: 1_000 }, (_, index): Memory => {
      const channel = channelAt(at + index);
      return {
        ...{ id: asMemoryId(`mem_${String(at + index)}`), kind: 'fact', text: words.say(15) },
        ...{ workspace, channel, scope: 'workspace', author, source: { channel, around: words.say(10) } },
        ...{ createdAt: at + index, validFrom: 0 },
      };
    });
    await Promise.all(some.map((memory) => store.memories.save(sight, memory)));
    if (dims > 0)
      await Promise.all(
        some.map(({ id }) => store.memories.saveVector(sight, id, { model, values: vectors.next() })),
      );
  }
  const began = performance.now();
  for (let at = 0; at < passages; at += perDocument) {
    const place = { workspace, channel: channelAt(at / perDocument), scope: 'workspace' as const };
    const source = `handbook/${String(at)}.md`;
    const document = {
      ...place,
      source,
      root: source,
      title: 'Handbook',
      hash: '',
      syncedAt: 0,
      isTrusted: true,
    };
    const some = Array.from({ length: perDocument }, (_, index): Passage => ({
      ...place,
      ...{ id: asPassageId(`pas_${String(at + index)}`), source, title: 'Handbook', heading: words.say(3) },
      ...{ position: index, text: words.say(80), around: words.say(20), link: source, createdAt: at },
    }));
    await store.passages.saveDocument(sight, document, some);
  }
  const passagesPerSecond = passages / ((performance.now() - began) / 1000);
  for (let at = 0; dims > 0 && at < passages; at += 1_000) {
    const some = Array.from({ length: 1_000 }, (_, index) => ({
      id: asPassageId(`pas_${String(at + index)}`),
      values: vectors.next(),
    }));
    await store.passages.saveVectors(sight, model, some);
  }

  const containers = createContainers({
    clock: systemClock,
    factsOf: (channel) =>
      Promise.resolve({ isOpen: channels.indexOf(channel) < openCount, hasOutsiders: false }),
    onFailure: () => undefined,
  });
  const recall = createRecall({
    ...store,
    containers,
    clock: systemClock,
    logger: silentLogger,
    nameOf: (person) => person,
    ...(dims > 0 && { embed: () => Promise.resolve({ model, values: vectors.next() }) }),
  });
  const times: number[] = [];
  const cpuTimes: number[] = [];
  const memoryBefore = process.memoryUsage().rss;
  let memoryMost = memoryBefore;
  let found = 0;
  for (let index = 0; index < questions; index += 1) {
    const text = words.say(3 + (index % 8));
    const cpu = process.cpuUsage();
    const asked = performance.now();
    found += (await recall.find({ channel: channelAt(index) }, { text, limit: 8 })).length;
    times.push(performance.now() - asked);
    const used = process.cpuUsage(cpu);
    cpuTimes.push((used.user + used.system) / 1000);
    memoryMost = Math.max(memoryMost, process.memoryUsage().rss);
  }
  times.sort((a, b) => a - b);
  cpuTimes.sort((a, b) => a - b);
  const at = (share: number): number => times[Math.floor(times.length * share)] ?? 0;
  await store.close();
  rmSync(folder, { recursive: true, force: true });
  return {
    ...{ memories, passages, passagesPerSecond },
    ...{ medianMs: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99), foundPerQuestion: found / questions },
    p95CpuMs: cpuTimes[Math.floor(cpuTimes.length * 0.95)] ?? 0,
    ...{ dims, addedMegabytes: (memoryMost - memoryBefore) / 1024 / 1024, load: loadavg()[0] ?? 0 },
  };
}

const clusters = 500;

/** Directions around the middles of clusters, the same in every run; about as alike as texts of one subject are. */
function createVectors(dims: number): { next(): Float32Array } {
  let state = 99;
  const chance = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  };
  const random = (): Float32Array => unit(new Float32Array(dims).map(chance));
  const shared = dims === 0 ? new Float32Array() : random();
  const middles = Array.from({ length: dims === 0 ? 0 : clusters }, () => {
    const own = random();
    return own.map((value, place) => value + 0.7 * (shared[place] ?? 0));
  });
  return {
    next() {
      const middle = middles[Math.floor(((chance() + 1) / 2) * clusters)] ?? shared;
      const own = random();
      return unit(own.map((value, place) => value + (middle[place] ?? 0)));
    },
  };
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

/** Words of a vocabulary of 40,000, the commonest first in frequency; the same in every run. */
function createWords(seed: number): { say(count: number): string } {
  const vocabulary = 40_000;
  const sums: number[] = [];
  let sum = 0;
  for (let rank = 0; rank < vocabulary; rank += 1) sums.push((sum += 1 / (rank + 10)));
  let state = seed;
  const chance = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state / 2 ** 32) * sum;
  };
  const rankOf = (value: number): number => {
    let [low, high] = [0, vocabulary - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] ?? 0) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const letters = 'bcdfghjklmnpqrtv';
  const wordOf = (rank: number): string => {
    let word = '';
    for (let rest = rank + 16; rest > 0; rest = Math.floor(rest / 16))
      word += `${letters.charAt(rest % 16)}${'aeiou'.charAt(rest % 5)}`;
    return `${word}k`;
  };
  return { say: (count) => Array.from({ length: count }, () => wordOf(rankOf(chance()))).join(' ') };
}
