/** What is forgotten is gone to the last byte: the text, what replaced it, vectors, codes of them, index and caches. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import Database from 'libsql';
import { asChannelId, newMemoryId } from '../../src/core/ids.ts';
import { operatorSight } from '../../src/memory/sight.ts';
import { aFolder, eventually, removeFolder, runCommand } from '../builders/running-bot.ts';
import { aDocument, aPassage } from '../builders/store-entries.ts';
import { aWorld, words } from '../builders/world.ts';
import { fakeKey, serveEmbeddings } from '../fakes/embeddings/index.ts';
import { createFakeMongo } from '../fakes/mongo/index.ts';
import type { FakeMongo } from '../fakes/mongo/index.ts';

const word = 'zanzibarquokka';
const sight = operatorSight('console');
const closing: (() => Promise<void> | void)[] = [];
afterAll(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

/** Everything that lies anywhere, as bytes. */
function everything(folder: string, server: FakeMongo | undefined): Buffer {
  const collections = server?.database.collections() ?? [];
  return Buffer.concat([
    ...readdirSync(folder).map((file) => readFileSync(join(folder, file))),
    ...collections.map((collection) => Buffer.from(JSON.stringify(collection.all()))),
  ]);
}

/** Vectors and their codes, as they lie there. */
function vectorsOf(folder: string, server: FakeMongo | undefined): readonly Buffer[] {
  if (server !== undefined) {
    const rows = server.database.collection('countersign', 'sighted').all();
    const found: readonly unknown[] = rows.map((row): unknown => row['vector']);
    return found
      .filter((vector) => vector !== undefined)
      .map((vector) => Buffer.from(JSON.stringify(vector)));
  }
  const file = new Database(join(folder, 'countersign.db'), { readonly: true });
  const rows: unknown[] = file
    .prepare('SELECT hex(vector) AS bytes FROM sighted_vectors UNION ALL SELECT hex(code) FROM sighted_codes')
    .all();
  file.close();
  // The query names this one column.
  return rows.map((row) => Buffer.from((row as { readonly bytes: string }).bytes, 'hex'));
}

describe('given a word in memories, a correction, a held one, a document, their vectors, recalls and answers', () => {
  it.each<readonly [string, () => Promise<FakeMongo> | undefined]>([
    ['SQLite', () => undefined],
    ['the stand-in for MongoDB', createFakeMongo],
  ])(
    'when all of it is forgotten on %s, then no byte of it is left, there and in what is exported',
    async (_name, begin) => {
      const folder = aFolder();
      closing.push(() => {
        removeFolder(folder);
      });
      const server = await begin();
      const embeddings = await serveEmbeddings('voyage');
      closing.push(
        () => embeddings.close(),
        () => server?.close(),
      );
      const here = await aWorld({
        folder,
        model: () => words('Good.'),
        env: {
          EMBEDDER: 'voyage/voyage-4',
          VOYAGE_API_KEY: fakeKey,
          VOYAGE_BASE_URL: embeddings.baseUrl,
          ...(server !== undefined && { MONGODB_URI: server.uri }),
        },
      });
      closing.push(() => here.close());
      const { store, memories } = here.app;
      const audience = await memories.audienceOf({ channel: asChannelId('console:finance') });
      const draft = {
        kind: 'fact',
        scope: 'channel',
        author: here.person('ana').id,
        around: `somebody asked about ${word}`,
      } as const;
      const kept = await memories.keep(audience, {
        ...draft,
        id: newMemoryId(),
        text: `The vault word is ${word} until spring.`,
      });
      if (kept.kind !== 'kept') throw new Error(kept.kind);
      await eventually(() => (vectorsOf(folder, server).length > 0 ? true : undefined));
      const held = newMemoryId();
      await memories.hold(audience, { ...draft, id: held, text: `Doors open to ${word}, they say.` });
      await here.command(
        'ana',
        'finance',
        `memory correct ${kept.memory.id} The vault word is ${word}2 until May.`,
      );
      const [current] = await memories.list(audience, { limit: 1 });
      await eventually(async () => {
        const derived = await store.memories.findDerived(sight, current?.id ?? held);
        return derived?.vectors === 2 ? true : undefined;
      });
      const passage = aPassage({ text: `The gate word is ${word} too.`, source: 'vault.md' });
      await store.passages.saveDocument(sight, aDocument({ source: 'vault.md' }), [passage]);
      const values = Float32Array.from({ length: 64 }, (_, at) => Math.sin(at * at));
      await store.passages.saveVectors(sight, 'voyage/voyage-4', [{ id: passage.id, values }]);
      const { run, thread } = await here.say('dev', 'Which vault word opens it?');
      await here.until(run, 'done');
      expect(here.asked.some(({ context }) => context?.includes(word) === true)).toBe(true);
      expect(await here.command('dev', 'finance', 'why')).toContain(word);
      const vectors = vectorsOf(folder, server);
      const before = everything(folder, server);
      expect(vectors.length).toBe(server === undefined ? 6 : 3);
      expect([word, ...vectors].map((bytes) => before.includes(bytes))).not.toContain(false);

      await here.command('ana', 'finance', `memory forget ${current?.id ?? ''} yes`);
      await here.command('ana', 'finance', `memory forget ${held} yes`);
      await store.passages.removeDocuments(sight, ['vault.md']);

      const after = everything(folder, server);
      expect([word, ...vectors].map((bytes) => after.includes(bytes))).not.toContain(true);
      expect(await here.command('dev', 'finance', 'why')).not.toContain(word);
      expect(await here.story(thread)).not.toContain(word);
      if (server === undefined) {
        await here.close();
        const exported = await runCommand(['memory', 'export', '--past'], { dataDir: folder });
        expect([exported.code, exported.output]).toEqual([0, expect.not.stringContaining(word)]);
        expect(everything(folder, server).includes(word)).toBe(false);
      }
    },
  );
});
