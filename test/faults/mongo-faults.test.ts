/** MongoDB as it fails: answers lost, processes gone half-way, a server that is away, a user that may not. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../src/core/clock.ts';
import type { Clock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { openMongoStore } from '../../src/stores/mongo/mongo-store.ts';
import type { MongoStore } from '../../src/stores/mongo/mongo-store.ts';
import { aMovedClock } from '../builders/moved-clock.ts';
import { eventually } from '../builders/running-bot.ts';
import { aDraft, anInboxMessage, aRunRow, aStart, writeOfRun } from '../builders/store-entries.ts';
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
    expect(String(error)).toContain(words);
    expect(String(error)).not.toContain('hunter2');
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
