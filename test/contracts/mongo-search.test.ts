/** A search server beside MongoDB: its indexes are made, asked, and never trusted with who may see what. */
import { afterEach, describe, expect, it } from '@jest/globals';
import mongoose from 'mongoose';
import type { Clock } from '../../src/core/clock.ts';
import { systemClock } from '../../src/core/clock.ts';
import { asChannelId } from '../../src/core/ids.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { markAudience, operatorSight } from '../../src/memory/sight.ts';
import { openMongoStore } from '../../src/stores/mongo/mongo-store.ts';
import type { MongoStore } from '../../src/stores/mongo/mongo-store.ts';
import { createFakeMongo } from '../fakes/mongo/index.ts';
import type { FakeMongo } from '../fakes/mongo/index.ts';
import { aMemory } from '../builders/store-entries.ts';
import { eventually } from '../builders/running-bot.ts';

const workspace = 'slack:T1';
const open = asChannelId(`${workspace}/C1`);
const shut = asChannelId(`${workspace}/C2`);
const all = operatorSight(workspace);
const hour = 3_600_000;
/** Looks at its indexes every 30 ms. */
const clock: Clock = {
  ...systemClock,
  after: (ms, action) => systemClock.after(Math.min(ms, 30), action),
};
const closing: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const part of closing.splice(0).toReversed()) await part.close();
});

/** The server's clock begins an hour ago, so that what is kept first is not recent later. */
async function aServer(hasSearch = true): Promise<{ readonly fake: FakeMongo; pass(ms: number): void }> {
  let late = -hour;
  const fake = await createFakeMongo({ hasSearch, now: () => new Date(Date.now() + late) });
  closing.push(fake);
  return { fake, pass: (ms) => (late += ms) };
}

async function aStore(fake: FakeMongo, isLookedAtOnly = false): Promise<MongoStore> {
  const store = await openMongoStore({
    uri: fake.uri,
    clock,
    logger: silentLogger,
    isLookedAtOnly,
  });
  closing.push(store);
  return store;
}

const until = (holds: () => Promise<boolean>): Promise<true> =>
  eventually(async () => (await holds()) || undefined);

const levels = async (store: MongoStore): Promise<readonly string[]> =>
  (await store.checkSearch()).map(({ level, detail }) => `${level} ${detail.split(',')[0] ?? ''}`);

describe('given a search server beside the database', () => {
  it('when rows are old enough, then both searches name them, and the live row decides', async () => {
    const { fake, pass } = await aServer();
    const first = await aStore(fake);
    const [told, secret, moved] = [
      aMemory({ workspace, channel: open, scope: 'channel', text: 'Refunds need a photo.' }),
      aMemory({ workspace, channel: shut, scope: 'channel', text: 'Refunds of the board.' }),
      aMemory({ workspace, channel: open, scope: 'channel', text: 'Refunds take a day.' }),
    ];
    for (const memory of [told, secret, moved]) {
      await first.memories.save(all, memory);
      const vector = { model: 'm', values: new Float32Array([1, 0]) };
      await first.memories.saveVector(all, memory.id, vector);
    }
    pass(hour);
    const store = await aStore(fake);
    await until(async () => (await levels(store)).every((level) => level.endsWith('can be asked')));
    const sight = markAudience({ workspace, channel: open, open: [] });
    const vector = { model: 'm', values: new Float32Array([1, 0.1]) };
    const find = async (): Promise<readonly (readonly string[])[]> => {
      const { byText, byVector } = await store.memories.search(
        sight,
        { text: 'refunding', vector, limit: 10 },
        Date.now(),
      );
      return [byText, byVector].map((found) => found.map(({ text }) => text).toSorted());
    };
    // The store learns within its next look that both can be asked.
    await until(async () => {
      fake.search.asked.length = 0;
      await find();
      return fake.search.asked.length === 2;
    });
    expect(fake.search.asked.map((stage) => Object.keys(stage)[0]).toSorted()).toEqual([
      '$search',
      '$vectorSearch',
    ]);

    expect(await find()).toEqual([
      ['Refunds need a photo.', 'Refunds take a day.'],
      ['Refunds need a photo.', 'Refunds take a day.'],
    ]);

    // The server's copy lags: what was corrected since is named by it and not told.
    const [collection] = fake.database
      .collections()
      .filter(({ namespace }) => namespace.endsWith('.sighted'));
    fake.search.lag(collection?.namespace ?? '', collection?.all() ?? []);
    const correction = { workspace, channel: open, scope: 'channel', supersedes: moved.id } as const;
    await store.memories.save(all, aMemory({ ...correction, text: 'Refunds are quick.' }));

    expect(await find()).toEqual([
      ['Refunds are quick.', 'Refunds need a photo.'],
      ['Refunds need a photo.'],
    ]);
  });

  it('when an index is missing, differs or cannot be had, then doctor says so and recall goes on', async () => {
    const { fake } = await aServer();
    const looking = await aStore(fake, true);
    await looking.memories.save(all, aMemory({ workspace, channel: open, text: 'Refunds need a photo.' }));
    expect(await levels(looking)).toEqual([
      'warn the search index sighted_text is missing',
      'ok sighted_vectors: nothing is kept as a vector yet',
    ]);
    const client = await mongoose.createConnection(fake.uri).asPromise();
    closing.push({ close: () => client.close() });
    const sighted = client.collection('sighted');
    const definition = { mappings: { dynamic: true, fields: {} } };
    await sighted.createSearchIndexes([{ name: 'sighted_text', type: 'search', definition }]);
    expect((await levels(looking))[0]).toContain('is defined otherwise');
    const { byText } = await looking.memories.search(all, { text: 'refund', limit: 5 }, Date.now());
    expect(byText).toHaveLength(1);

    const repairing = await aStore(fake);
    await until(async () => (await levels(repairing))[0] === 'ok the search index sighted_text can be asked');
    const without = await aServer(false);
    expect((await levels(await aStore(without.fake)))[0]).toBe(
      'ok no search server beside this MongoDB: recall compares rows one by one (exact)',
    );
  });

  it('when a search is written wrongly, then the stand-in refuses it as the server does', async () => {
    const { fake } = await aServer();
    const client = await mongoose.createConnection(fake.uri).asPromise();
    closing.push({ close: () => client.close() });
    const things = client.collection('things');
    const fields = [
      { type: 'vector', path: 'v', numDimensions: 2, similarity: 'cosine' },
      { type: 'filter', path: 'place' },
    ];
    await things.insertOne({
      v: mongoose.mongo.Binary.fromFloat32Array(new Float32Array([1, 0])),
      place: 'a',
    });
    await things.createSearchIndexes([{ name: 'near', type: 'vectorSearch', definition: { fields } }]);
    await things.listSearchIndexes().toArray();
    const ask = (spec: object): Promise<unknown> =>
      things
        .aggregate([
          {
            $vectorSearch: {
              index: 'near',
              path: 'v',
              queryVector: [1, 0],
              limit: 2,
              numCandidates: 40,
              ...spec,
            },
          },
        ])
        .toArray()
        .then((found) => found.length)
        .catch((error: unknown) => (error instanceof Error ? error.message : ''));

    expect(await ask({})).toBe(1);
    expect(await ask({ index: 'neer' })).toBe(0);
    expect(await ask({ filter: { place: { $eq: 'b' } } })).toBe(0);
    expect(await ask({ filter: { other: { $eq: 'b' } } })).toBe("Path 'other' needs to be indexed as filter");
    expect(await ask({ numCandidates: 1 })).toContain('greater than or equal to "limit"');
    expect(await ask({ numCandidates: 10_001 })).toContain('within bounds [1, 10000]');
    expect(await ask({ exact: true })).toContain('must be omitted');
    expect(await ask({ queryVector: [1, 0, 0] })).toContain('indexed with 2 dimensions but queried with 3');
  });
});
