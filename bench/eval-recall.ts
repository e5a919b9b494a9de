/**
 * `npm run eval:recall`: how well recall finds what answers a question, on the development set in `recall-set`.
 *
 * Each method ranks what the asker's channel may be told: plain words, stemmed words, roots of words, each of these
 * with the neighbours of each text, vectors alone, and the product's own recall with and without vectors. Recall was
 * tuned on one half of the questions, chosen by a hash; the other half is reported apart. `--short` asks every tenth
 * question.
 *
 * No embedder works offline, so a stand-in makes the vectors: hashed pieces of words, which know spelling and nothing
 * of meaning. Figures of vectors and of the fusion say nothing about a trained embedder.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { embeddedMemory, embeddedPassage } from '../src/context/embedded-text.ts';
import { createRecall } from '../src/context/recall.ts';
import { systemClock } from '../src/core/clock.ts';
import { sha256 } from '../src/core/hash.ts';
import { asActorId, asMemoryId, asPassageId } from '../src/core/ids.ts';
import { silentLogger } from '../src/core/logger.ts';
import { createRoots, stemsOf } from '../src/core/word-roots.ts';
import { createContainers } from '../src/memory/containers.ts';
import { operatorSight } from '../src/memory/sight.ts';
import type { Embedder } from '../src/models/embedder.ts';
import { openLocalStore } from '../src/stores/local/local-store.ts';
import { queryWords } from '../src/core/query-words.ts';
import { channelOf, isPrivate, readSet, workspace } from './recall-set/read-set.ts';
import type { Question, Text } from './recall-set/read-set.ts';

const deep = 10;
const isShort = process.argv.includes('--short');
const set = readSet();
const questions = set.questions.filter((_, index) => !isShort || index % 10 === 0);
const folder = mkdtempSync(join(tmpdir(), 'countersign-eval-'));
const dims = 512;

/** A vector of the hashed three-letter pieces of the words. */
function vectorOf(text: string): Float32Array {
  const values = new Float32Array(dims);
  for (const word of queryWords(text))
    for (let at = 0; at < Math.max(1, word.length); at += 1) {
      const piece = `_${word}_`.slice(at, at + 3);
      const slot = Number.parseInt(sha256(piece).slice(0, 8), 16);
      const before = values[slot % dims] ?? 0;
      values[slot % dims] = before + (slot & 1 ? 1 : -1);
    }
  const length = Math.hypot(...values) || 1;
  return values.map((value) => value / length);
}
const standIn: Embedder = {
  name: 'stand-in/hashed-pieces',
  embed: (texts) => Promise.resolve(texts.map(vectorOf)),
};

/** Whether what was said in a channel may be told to the readers of another. */
const mayTell = (from: string, asker: string): boolean => from === asker || !isPrivate(from);

function likeness(left: Float32Array, right: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < dims; at += 1) sum += (left[at] ?? 0) * (right[at] ?? 0);
  return sum;
}

const rootsOf = createRoots();

type Find = (question: Question) => Promise<readonly string[]> | readonly string[];

type Cut = (text: string) => readonly string[];
const words: Cut = (text) => [...text.toLowerCase().matchAll(/[\p{L}\p{N}]+/gu)].map(([word]) => word);

/** BM25 as SQLite's index computes it, over words that were cut before. */
function ftsMethod(cut: Cut, withAround: boolean): Find {
  const tokenizer = 'unicode61';
  const database = new Database(':memory:');
  database.exec(`CREATE VIRTUAL TABLE t USING fts5(id UNINDEXED, text, around, tokenize='${tokenizer}')`);
  database.exec("INSERT INTO t (t, rank) VALUES ('rank', 'bm25(0.0, 1.0, 0.3)')");
  const insert = database.prepare('INSERT INTO t (id, text, around) VALUES (?, ?, ?)');
  const channels = new Map(set.texts.map((text) => [text.id, text.channel]));
  for (const text of set.texts)
    insert.run(text.id, cut(text.searched).join(' '), withAround ? cut(text.around).join(' ') : '');
  const find = database.prepare('SELECT id FROM t WHERE t MATCH ? ORDER BY rank LIMIT 2000');
  return ({ text, asker }) => {
    const match = queryWords(text)
      .flatMap(cut)
      .map((word) => `"${word}"`)
      .join(' OR ');
    return (
      find
        .all(match)
        // The query names this one column.
        .map((row) => String((row as { id: unknown }).id))
        .filter((id) => mayTell(channels.get(id) ?? '', asker))
        .slice(0, deep)
    );
  };
}

function vectorMethod(): Find {
  const kept = set.texts.map((text) => ({ text, vector: vectorOf(`${text.searched} ${text.around}`) }));
  return ({ text, asker }) => {
    const wanted = vectorOf(text);
    return kept
      .filter((entry) => mayTell(entry.text.channel, asker))
      .map(({ text: { id }, vector }) => ({
        id,
        score: likeness(vector, wanted),
      }))
      .toSorted((left, right) => right.score - left.score)
      .slice(0, deep)
      .map(({ id }) => id);
  };
}

const store = await openLocalStore({ folder, clock: systemClock });
const sight = operatorSight(workspace);
await fillStore(set.texts);

async function fillStore(texts: readonly Text[]): Promise<void> {
  const author = asActorId('ana');
  for (const { id, channel, text, around, heading, title } of texts) {
    const place = { workspace, channel: channelOf(channel), scope: 'channel' as const };
    const vector = {
      model: standIn.name,
      values: vectorOf(
        title === undefined
          ? embeddedMemory({ text, source: { channel: place.channel, around } })
          : embeddedPassage({ title, heading: heading ?? '', text, around }),
      ),
    };
    if (title === undefined) {
      await store.memories.save(sight, {
        ...{ id: asMemoryId(id), kind: 'fact', text, ...place, author },
        source: { channel: place.channel, around },
        ...{ createdAt: 1, validFrom: 0 },
      });
      await store.memories.saveVector(sight, asMemoryId(id), vector);
      continue;
    }
    const source = `${id}.md`;
    await store.passages.saveDocument(
      sight,
      { ...place, source, root: source, title, hash: '', syncedAt: 0, isTrusted: true },
      [
        {
          ...place,
          ...{ id: asPassageId(id), source, title, heading: heading ?? '', position: 0, text, around },
          ...{ link: source, createdAt: 1 },
        },
      ],
    );
    await store.passages.saveVectors(sight, vector.model, [{ id: asPassageId(id), values: vector.values }]);
  }
}

function productMethod(embedder: Embedder | undefined): Find {
  const containers = createContainers({
    clock: systemClock,
    factsOf: (channel) =>
      Promise.resolve({ isOpen: !isPrivate(channel.slice(channel.indexOf(':') + 1)), hasOutsiders: false }),
    onFailure: () => undefined,
  });
  const recall = createRecall({
    ...store,
    ...{ containers, clock: systemClock, logger: silentLogger, nameOf: (person: string) => person },
    ...(embedder !== undefined && {
      embed: async (text: string) => {
        const [values] = await embedder.embed([text], 'query');
        return values === undefined ? undefined : { model: embedder.name, values };
      },
    }),
  });
  return async ({ text, asker }) =>
    (await recall.find({ channel: channelOf(asker) }, { text, limit: deep })).map(({ id }) => id);
}

interface Figures {
  readonly name: string;
  readonly ndcg: number;
  readonly recall: number;
  readonly byHand: number;
  readonly unseen: number;
  readonly leaks: number;
  readonly medianMs: number;
  readonly p95Ms: number;
}

async function measure(name: string, find: Find): Promise<Figures> {
  const channels = new Map(set.texts.map((text) => [text.id, text.channel]));
  const scores: {
    readonly ndcg: number;
    readonly recall: number;
    readonly isByHand: boolean;
    readonly isUnseen: boolean;
  }[] = [];
  const times: number[] = [];
  let leaks = 0;
  for (const question of questions) {
    const began = performance.now();
    const found = await find(question);
    times.push(performance.now() - began);
    leaks += found.filter((id) => !mayTell(channels.get(id) ?? '', question.asker)).length;
    const judged = question.answers.filter((id) => mayTell(channels.get(id) ?? '', question.asker));
    if (judged.length === 0) continue;
    const gains = found.map((id, rank) => (judged.includes(id) ? 1 / Math.log2(rank + 2) : 0));
    const best = judged.slice(0, deep).reduce((sum, _, rank) => sum + 1 / Math.log2(rank + 2), 0);
    scores.push({
      ndcg: gains.reduce((sum, gain) => sum + gain, 0) / best,
      recall: judged.filter((id) => found.includes(id)).length / judged.length,
      isByHand: question.isByHand,
      isUnseen: Number.parseInt(sha256(question.text).slice(0, 4), 16) % 2 === 0,
    });
  }
  times.sort((left, right) => left - right);
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  const at = (share: number): number => times[Math.floor(times.length * share)] ?? 0;
  return {
    name,
    ndcg: mean(scores.map((score) => score.ndcg)),
    recall: mean(scores.map((score) => score.recall)),
    byHand: mean(scores.filter((score) => score.isByHand).map((score) => score.ndcg)),
    unseen: mean(scores.filter((score) => score.isUnseen).map((score) => score.ndcg)),
    ...{ leaks, medianMs: at(0.5), p95Ms: at(0.95) },
  };
}

const figures = [
  await measure('plain words (BM25)', ftsMethod(words, false)),
  await measure('stemmed words', ftsMethod(stemsOf, false)),
  await measure('roots of words', ftsMethod(rootsOf, false)),
  await measure('plain words, neighbours', ftsMethod(words, true)),
  await measure('stemmed words, neighbours', ftsMethod(stemsOf, true)),
  await measure('roots of words, neighbours', ftsMethod(rootsOf, true)),
  await measure('vectors alone (stand-in)', vectorMethod()),
  await measure('recall without an embedder', productMethod(undefined)),
  await measure('recall, fused (stand-in)', productMethod(standIn)),
];
await store.close();
rmSync(folder, { recursive: true, force: true });

const chat = set.texts.filter(({ title }) => title === undefined).length;
const byHand = questions.filter((question) => question.isByHand).length;
process.stdout.write(
  `${String(questions.length)} questions (${String(byHand)} written by hand), ${String(chat)} chat turns, ${String(set.texts.length - chat)} passages\n\n`,
);
process.stdout.write(
  '| method | nDCG@10 | recall@10 | nDCG@10, unseen half | nDCG@10, by hand | leaks | median ms | p95 ms |\n|---|---|---|---|---|---|---|---|\n',
);
for (const { name, ndcg, recall, byHand: hand, unseen, leaks, medianMs, p95Ms } of figures)
  process.stdout.write(
    `| ${name} | ${ndcg.toFixed(3)} | ${recall.toFixed(3)} | ${unseen.toFixed(3)} | ${hand.toFixed(3)} | ${String(leaks)} | ${medianMs.toFixed(1)} | ${p95Ms.toFixed(1)} |\n`,
  );
const gain = (method: string, over: string): string => {
  const of = (name: string): number => figures.find((entry) => entry.name === name)?.ndcg ?? Number.NaN;
  return (of(method) - of(over)).toFixed(3);
};
process.stdout.write(
  `\nOver plain words, nDCG@10: stems alone (Porter) ${gain('stemmed words', 'plain words (BM25)')}; roots, which recall ranks by, ${gain('roots of words', 'plain words (BM25)')} (wanted: 0.050); roots with neighbours ${gain('roots of words, neighbours', 'plain words (BM25)')}.\n`,
);
const output = process.argv.find((argument) => argument.endsWith('.json'));
if (output !== undefined) writeFileSync(output, `${JSON.stringify(figures, undefined, 2)}\n`);
// A leak is a fault, whatever the other figures are.
if (figures.some(({ leaks }) => leaks > 0)) process.exitCode = 1;
