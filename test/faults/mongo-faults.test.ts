/** MongoDB as it fails: answers lost, processes gone half-way, a server that is away, a user that may not. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../src/core/clock.ts';
import type { Clock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { lookIntoTarget, openMovingIn } from '../../src/stores/mongo/move-in.ts';
import { openMongoStore } from '../../src/stores/mongo/mongo-store.ts';
import type { MongoStore } from '../../src/stores/mongo/mongo-store.ts';
import { aManualClock } from '../builders/manual-clock.ts';
import { aMovedClock } from '../builders/moved-clock.ts';
import { eventually } from '../builders/running-bot.ts';
import { operatorSight } from '../../src/memory/sight.ts';
import {
  aDocument,
  aDraft,
  aMemory,
  anInboxMessage,
  aPassage,
  aRunRow,
  aStart,
  writeOfRun,
} from '../builders/store-entries.ts';
import { createFakeMongo } from '../fakes/mongo/index.ts';
import type { FakeMongo, FakeMongoOptions } from '../fakes/mongo/index.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function aServer(options?: FakeMongoOptions): Promise<FakeMongo> {
  const server = await createFakeMongo(options);
  closing.push(() => server.close());
  return server;
}

async function aStore({ uri }: FakeMongo, clock: Clock = systemClock): Promise<MongoStore> {
  const store = await openMongoStore({ uri, clock, logger: silentLogger });
  closing.push(() => store.close());
  return store;
}

describe.each(['replica-set', 'standalone'] as const)('given a %s', (topology) => {
  it.each(['drop', 'step-down'] as const)(
    'when the answer to an append is lost (%s), then it has landed once',
    async (what) => {
      const server = await aServer({ topology });
      const store = await aStore(server);
      const draft = aDraft({ texts: { b1: 'refund' } });
      server.faults.add({ when: 'after', what, nth: 1, collection: 'commits' });

      const result = await store.ledger.append(draft, []);

      expect(result.kind).toBe('landed');
      expect(await store.ledger.read(draft.stream)).toHaveLength(1);
    },
  );

  it('when an append breaks off anywhere, then its writer is never told what is not so', async () => {
    const server = await aServer({ topology });
    const store = await aStore(server);
    for (const when of ['before', 'after'] as const) {
      for (let nth = 1; nth <= 3; nth += 1) {
        const row = aRunRow();
        const draft = aDraft({ stream: `run/${row.id}` });
        server.faults.add({ when, what: 'drop', nth });

        const told = await store.ledger.append(draft, [writeOfRun(row)]).then(
          ({ kind }) => kind,
          () => 'unknown',
        );

        server.faults.clear();
        const standing = await store.ledger.read(draft.stream);
        expect(['landed', 'unknown']).toContain(told);
        if (told === 'landed') expect(standing.map((commit) => commit.writer)).toEqual([draft.writer]);
      }
    }
  });

  it('when taking a message breaks off anywhere, then one run comes of it and another process completes it', async () => {
    const server = await aServer({ topology });
    const clock = aMovedClock();
    const store = await aStore(server);
    const other = await aStore(server, clock);
    clock.advance(10_000);
    for (const when of ['before', 'after'] as const) {
      for (let nth = 1; nth <= 8; nth += 1) {
        const message = anInboxMessage();
        const starts = [aStart(message)];
        const [first] = starts;
        if (first === undefined) throw new Error('There is no start.');
        server.faults.add({ when, what: 'drop', nth });
        await store.chat.take(message, first).catch(() => undefined);
        server.faults.clear();

        // The platform sends it again, as it does when nobody acknowledged it; then the sweep of another process.
        const again = aStart(message);
        starts.push(again);
        await other.chat.take(message, again);
        await other.sweep();
        if ((await other.chat.listIdleWithWaiting(10)).includes(message.thread)) {
          const next = aStart(message);
          starts.push(next);
          await other.chat.handOver(message.thread, next.run, { key: message.key, start: next });
        }

        const begun = await Promise.all(starts.map((start) => store.ledger.read(start.draft.stream)));
        expect(begun.filter((commits) => commits.length > 0)).toHaveLength(1);
        const run = starts[begun.findIndex((commits) => commits.length > 0)]?.run;
        expect(await store.chat.take(message, aStart(message))).toMatchObject({ kind: 'seen', run });
        expect((await store.chat.findThread(message.thread))?.activeRun).toBe(run);
        expect(await store.chat.listWaiting(message.thread)).toEqual([]);
      }
    }
  }, 120_000);
});

describe('given a process that dies between a commit and its rows', () => {
  it('when another sweeps, then the rows are there', async () => {
    const server = await aServer({ topology: 'standalone' });
    const store = await aStore(server);
    const clock = aMovedClock();
    const other = await aStore(server, clock);
    clock.advance(10_000);
    const row = aRunRow();
    server.faults.add({ when: 'before', what: 'drop', nth: 1, collection: 'runs' });
    await expect(
      store.ledger.append(aDraft({ stream: `run/${row.id}` }), [writeOfRun(row)]),
    ).rejects.toMatchObject({ code: 'store.unavailable' });
    expect(await other.runs.find(row.id)).toBeUndefined();

    await other.sweep();

    expect(await other.runs.find(row.id)).toEqual(row);
  });
});

describe('given a process that dies while it corrects a memory', () => {
  it.each([1, 2, 3])(
    'when it broke off at write %i, then another completes it and nothing is lost',
    async (nth) => {
      const server = await aServer({ topology: 'standalone' });
      const store = await aStore(server);
      const clock = aMovedClock();
      const other = await aStore(server, clock);
      clock.advance(10_000);
      const sight = operatorSight('console');
      const old = aMemory();
      await store.memories.save(sight, old);
      const next = aMemory({ text: 'Refunds need two photos.', supersedes: old.id });
      server.faults.add({ when: 'before', what: 'drop', nth, collection: 'sighted' });
      await store.memories.save(sight, next).catch(() => undefined);

      await other.sweep();

      const told = await other.memories.list(sight, { limit: 10 }, 5_000);
      // The first write is the correction itself: before it nothing has happened.
      expect(told).toEqual([nth === 1 ? old : next]);
      await other.memories.save(sight, next);
      expect(await other.memories.list(sight, { limit: 10 }, 5_000)).toEqual([next]);
    },
  );
});

describe('given a process that dies while it takes a document in again', () => {
  it('when what it left behind is not swept yet, then passages behind that get their vectors all the same', async () => {
    const server = await aServer({ topology: 'standalone' });
    const store = await aStore(server);
    const sight = operatorSight('console');
    const some = (source: string): readonly ReturnType<typeof aPassage>[] =>
      Array.from({ length: 5 }, (_, position) => aPassage({ position, source }));
    server.faults.add({ when: 'before', what: 'drop', nth: 1, commands: ['findAndModify'] });
    await store.passages.saveDocument(sight, aDocument(), some('handbook.md')).catch(() => undefined);
    server.faults.clear();
    await store.passages.saveDocument(sight, aDocument({ source: 'terms.md' }), some('terms.md'));
    const kept = server.database.collection('countersign', 'sighted');
    const missing = await store.passages.listWithoutVector(sight, { model: 'm', dims: 2 }, 2);

    expect(kept.find({ filter: { workspace: 'console' } })).toHaveLength(10);
    // Those of one write have no order among each other.
    expect(missing.map(({ source }) => source)).toEqual(['terms.md', 'terms.md']);
  });

  it('when it broke off anywhere, then one whole version is there, and the other is swept', async () => {
    const server = await aServer({ topology: 'standalone' });
    const store = await aStore(server);
    const clock = aMovedClock();
    const other = await aStore(server, clock);
    clock.advance(3_600_000);
    const sight = operatorSight('console');
    const versionOf = (word: string): readonly ReturnType<typeof aPassage>[] =>
      [0, 1].map((position) => aPassage({ position, text: `${word} ${String(position)}` }));
    await store.passages.saveDocument(sight, aDocument(), versionOf('old'));
    for (const nth of [1, 2, 3, 4, 5]) {
      server.faults.add({
        when: 'before',
        what: 'drop',
        nth,
        commands: ['insert', 'update', 'findAndModify', 'delete'],
      });
      await store.passages
        .saveDocument(sight, aDocument({ hash: 'new' }), versionOf('new'))
        .catch(() => undefined);
      server.faults.clear();
      const { byText } = await other.passages.search(sight, { text: 'old new', limit: 10 });

      await other.sweep();

      const [document] = await other.passages.listDocuments(sight);
      const word = document?.hash === 'new' ? 'new' : 'old';
      expect(byText.map(({ text }) => text).toSorted()).toEqual([`${word} 0`, `${word} 1`]);
      const kept = server.database.collection('countersign', 'sighted');
      expect(kept.find({ filter: { workspace: 'console' } })).toHaveLength(2);
    }
  });
});

describe('given a server that loses power', () => {
  it('when it comes back, then everything acknowledged is there and the store goes on by itself', async () => {
    const server = await aServer();
    const store = await aStore(server);
    const message = anInboxMessage();
    const start = aStart(message);
    await store.chat.take(message, start);

    await server.goDown();
    await expect(store.ledger.append(aDraft(), [])).rejects.toMatchObject({ code: 'store.unavailable' });
    await server.comeBack();

    await eventually(() => store.ledger.append(aDraft(), []).catch(() => undefined));
    expect(await store.ledger.read(start.draft.stream)).toHaveLength(1);
    expect((await store.chat.findThread(message.thread))?.activeRun).toBe(start.run);
    expect(await store.runs.find(start.run)).toBeDefined();
  }, 60_000);
});

describe('given an address that cannot be used, when the store opens, then it says what to do and no secret', () => {
  const open = (uri: string): Promise<unknown> =>
    openMongoStore({ uri, clock: systemClock, logger: silentLogger }).catch((error: unknown) => error);

  it.each([
    ['a wrong password', { refusesLogIn: true }, 'does not accept this name and password'],
    ['a missing privilege', { forbidden: ['createIndexes'] }, 'may not do what is needed'],
  ] as const)('%s', async (_name, options, words) => {
    const { uri } = await aServer(options);
    const named = 'refusesLogIn' in options ? uri.replace('//', '//bot:hunter2@') : uri;

    const error = await open(named);

    expect(error).toMatchObject({ code: 'config.invalid' });
    expect(String(error)).toContain('MONGODB_URI: ');
    expect(String(error)).toContain(words);
    expect(String(error)).not.toContain('hunter2');
    // Whoever moves a store there has set the address elsewhere.
    const target = { uri: named, organisation: 'org_1', clock: systemClock, logger: silentLogger };
    const moving = String(await openMovingIn(target).catch((reason: unknown) => reason));
    expect(moving).toMatch(/--to: .*Fix: /u);
    expect(moving).not.toContain('MONGODB_URI');
    expect(String(await lookIntoTarget(target).catch((reason: unknown) => reason))).toBe(moving);
  });

  it('nobody there', async () => {
    const server = await createFakeMongo();
    await server.close();

    const error = await open(server.uri.replace('//', '//bot:hunter2@'));

    expect(error).toMatchObject({ code: 'store.unavailable' });
    expect(String(error)).toContain('does not answer');
    expect(String(error)).not.toContain('hunter2');
  });
});

describe('given a database that a store is to be moved to, when it is looked at, then nothing is written', () => {
  it.each([
    [
      'a user that may only read',
      { forbidden: ['insert', 'update'] },
      undefined,
      /--to: .*insert, update.* Fix: .*readWrite/u,
    ],
    [
      'rows of somebody else under a name of ours',
      {},
      'runs',
      /--to: .*data of its own in the collection runs.* Fix: /u,
    ],
  ] as const)('%s', async (_name, options, theirs, words) => {
    const server = await aServer(options);
    if (theirs !== undefined) server.database.collection('countersign', theirs).insert({ _id: 'x' });
    const before = server.database.collections().map(({ namespace }) => namespace);
    const target = { uri: server.uri, organisation: 'org_1', clock: systemClock, logger: silentLogger };

    for (const look of [lookIntoTarget, openMovingIn]) {
      const error: unknown = await look(target).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'config.invalid', message: expect.stringMatching(words) });
    }

    const after = server.database.collections();
    expect(after.map(({ namespace }) => namespace)).toEqual(before);
    expect(after.flatMap((collection) => collection.indexes().slice(1))).toEqual([]);
  });

  it('a server that does not say who may do what', async () => {
    const server = await aServer({ unspoken: ['connectionStatus', 'listCollections'] });
    const target = { uri: server.uri, organisation: 'org_1', clock: systemClock, logger: silentLogger };

    expect(await lookIntoTarget(target)).toMatchObject({ isBegun: false, mayWrite: undefined, others: [] });
  });
});

describe('given collections that do not take an index of ours, when the store opens, then it says what to do', () => {
  it.each([
    [
      'another index in its place',
      [],
      'config.invalid',
      /another index stands where commits .* Fix: drop that index/u,
    ],
    [
      'duplicates',
      ['one', 'two'],
      'store.corrupt',
      /commits .* must be unique.* Fix: restore it from a backup/u,
    ],
  ] as const)('%s', async (_name, ids, code, words) => {
    const server = await aServer();
    const commits = server.database.collection('countersign', 'commits');
    for (const _id of ids) commits.insert({ _id, stream: 'run/1', seq: 0 });
    if (ids.length === 0) commits.createIndex({ name: 'theirs', key: { stream: 1, seq: 1 } });

    const opened = openMongoStore({ uri: server.uri, clock: systemClock, logger: silentLogger });

    await expect(opened).rejects.toMatchObject({ code, message: expect.stringMatching(words) });
  });
});

describe('given keys of messages that came long ago', () => {
  it('when an hour has gone by, then those of runs are forgotten after two weeks, and what waits is kept', async () => {
    const server = await aServer();
    const inbox = server.database.collection('countersign', 'inbox');
    const daysAgo = (days: number): Date => new Date(Date.now() - days * 86_400_000);
    inbox.insert({ _id: 'old', thread: 't', state: 'run_1', takenAt: daysAgo(40) });
    inbox.insert({ _id: 'young', thread: 't', state: 'run_1', takenAt: daysAgo(7) });
    inbox.insert({ _id: 'waits', thread: 't', state: 'waiting', takenAt: daysAgo(40) });
    const clock = aManualClock(new Date());
    await aStore(server, clock);

    clock.advance(3_600_000);

    await eventually(() => (inbox.all().length === 2 ? true : undefined));
    expect(inbox.all().map(({ _id }) => String(_id))).toEqual(['young', 'waits']);
  });
});
