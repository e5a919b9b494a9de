/** A database that is full, away for ten minutes, cut off before a majority has it, or leaves a start half done. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../src/core/clock.ts';
import { asRunId, runStream } from '../../src/core/ids.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { sourceOfStore, verifyLedger } from '../../src/ledger/verify-ledger.ts';
import { openMongoStore } from '../../src/stores/mongo/mongo-store.ts';
import type { MongoStore } from '../../src/stores/mongo/mongo-store.ts';
import { aWorkflow } from '../builders/errands.ts';
import { aMovedClock } from '../builders/moved-clock.ts';
import { aFolder, eventually, removeFolder } from '../builders/running-bot.ts';
import { aDraft, anInboxMessage, aRunRow, aStart, writeOfRun } from '../builders/store-entries.ts';
import { aWorld } from '../builders/world.ts';
import type { World } from '../builders/world.ts';
import { createFakeMongo } from '../fakes/mongo/index.ts';
import type { FakeMongo } from '../fakes/mongo/index.ts';

const tenMinutes = 600_000;

describe('given a bot whose database fails while a call waits for its vote', () => {
  const folder = aFolder();
  const clock = aMovedClock();
  let server: FakeMongo;
  let world: World;
  let goOn: () => void = () => undefined;
  const isTime = new Promise<void>((resolve) => (goOn = resolve));
  /** Notes something without asking anybody, when the test says so. */
  const errand = aWorkflow(async (ctx) => {
    await ctx.step('ready', async () => {
      await isTime;
      return null;
    });
    await ctx.tool('note', 'books/note', { text: 'once' });
  });
  beforeAll(async () => {
    server = await createFakeMongo({ now: () => clock.now() });
    world = await aWorld({ folder, clock, workflows: [errand], env: { MONGODB_URI: server.uri } });
  });
  afterAll(async () => {
    await world.close();
    await server.close();
    removeFolder(folder);
  });

  const commitsOf = (run: string): number =>
    server.database
      .collection('countersign', 'commits')
      .all()
      .filter(({ stream }) => stream === `run/${run}`).length;
  const speak = (id: string): Promise<unknown> =>
    world.app.backend
      .sendMessage(world.person('ana'), { channel: 'finance', text: 'pay acme', id })
      .catch((error: unknown) => error);
  /** What is refused while it lasts counts once it is over, or is said again then. */
  async function voteThrough(run: string, vote: Promise<unknown>): Promise<void> {
    await vote.catch(() => undefined);
    const pending = (await world.app.backend.listApprovals(world.person('ben'), { state: 'pending' })).items;
    const own = pending.find((approval) => approval.run === run);
    if (own !== undefined) await world.vote('ben', own, 'approve');
    await world.until(run, 'done');
  }

  it('when its disk is full, then it refuses what it cannot keep, still reads, sends nothing, and goes on', async () => {
    const { run, thread } = await world.say('ana', 'pay acme');
    const approval = await world.pending(run);
    const other = await world.say('ana', '/errand');

    server.faults.isFull = true;
    goOn();
    const vote = world.vote('ben', approval, 'approve');
    vote.catch(() => undefined);
    const refused = await speak('full');
    await eventually(() => (server.faults.refused >= 8 ? true : undefined));

    expect(refused).toMatchObject({
      code: expect.stringMatching(/^(?:store.unavailable|ingress.overloaded)$/u),
    });
    expect(world.sent).toHaveLength(0);
    expect((await world.app.store.runs.list({ limit: 5 })).map(({ id }) => String(id))).toContain(run);

    server.faults.isFull = false;
    await voteThrough(run, vote);
    await world.until(other.run, 'done');
    expect(world.sent.map(({ tool }) => tool.name).toSorted()).toEqual(['books/note', 'books/pay']);
    expect(await world.story(thread)).toContain('Result:');
  });

  it('when its primary is cut off and then takes back what no majority had, then nothing was told or sent on it', async () => {
    const before = world.sent.length;
    const { run, thread } = await world.say('ana', 'pay acme');
    const approval = await world.pending(run);
    const { ledger } = world.app.store;
    const known = (await ledger.read(runStream(asRunId(run)))).length;

    server.database.cutOff();
    let isCounted = false;
    const vote = world.vote('ben', approval, 'approve').then(() => (isCounted = true));
    vote.catch(() => undefined);
    const said = await speak('cut-off');
    // The vote stands where it is lost again, and its writer has had time to read it there.
    await eventually(() => (commitsOf(run) > known ? true : undefined));
    const writtenAt = clock.now().getTime();
    await eventually(() => (clock.now().getTime() > writtenAt + 500 ? true : undefined));

    expect(said).toMatchObject({
      code: expect.stringMatching(/^(?:store.unavailable|ingress.overloaded)$/u),
    });
    expect([isCounted, world.sent.length]).toEqual([false, before]);
    // Neither does anybody else act on it.
    expect(await ledger.read(runStream(asRunId(run)))).toHaveLength(known);

    server.database.rejoin();
    await voteThrough(run, vote);
    expect(world.sent).toHaveLength(before + 1);
    expect(await world.story(thread)).toContain('Result:');
    expect((await verifyLedger(sourceOfStore(ledger))).faults).toEqual([]);
  });

  it('when it is away for ten minutes, then nothing is taken meanwhile, and the vote counts once afterwards', async () => {
    const before = world.sent.length;
    const { run } = await world.say('ana', 'pay acme');
    const approval = await world.pending(run);

    await server.goDown();
    const refused = await speak('away');
    const vote = world.vote('ben', approval, 'approve');
    vote.catch(() => undefined);
    clock.advance(tenMinutes);
    expect(world.sent).toHaveLength(before);
    await server.comeBack();

    expect(refused).toMatchObject({
      code: expect.stringMatching(/^(?:store.unavailable|ingress.overloaded)$/u),
    });
    await voteThrough(run, vote);
    expect(world.sent).toHaveLength(before + 1);
  });
});

async function openOn(server: FakeMongo): Promise<MongoStore> {
  return openMongoStore({ uri: server.uri, clock: systemClock, logger: silentLogger });
}

it('when a primary that is cut off takes back what no majority had, then nothing that was promised is gone', async () => {
  const server = await createFakeMongo();
  const store = await openOn(server);
  const row = aRunRow();
  const draft = aDraft({ stream: `run/${row.id}` });
  const message = anInboxMessage();

  const landed = await store.ledger.append(draft, [writeOfRun(row)]);
  server.database.crash();
  const taken = await store.chat.take(message, aStart(message));
  server.database.crash();

  expect([landed.kind, taken.kind]).toEqual(['landed', 'started']);
  expect(await store.ledger.read(draft.stream)).toHaveLength(1);
  expect(await store.chat.take(message, aStart(message))).toMatchObject({ kind: 'seen' });
  await store.close();
  await server.close();
});

it('when a start breaks off while indexes are built, then the next one completes them', async () => {
  const indexesOf = (server: FakeMongo): readonly string[] =>
    server.database
      .collections()
      .flatMap((collection) =>
        collection.indexes().map((index) => `${collection.namespace} ${JSON.stringify(index)}`),
      )
      .toSorted();
  const whole = await createFakeMongo();
  await (await openOn(whole)).close();
  const wanted = indexesOf(whole);
  await whole.close();

  for (const [when, nth] of [
    ['before', 1],
    ['after', 2],
    ['before', 6],
  ] as const) {
    const server = await createFakeMongo();
    server.faults.add({ when, what: 'drop', nth, commands: ['createIndexes'] });
    const broken = await openOn(server).catch(() => undefined);
    await broken?.close();
    const store = await openOn(server);

    expect(indexesOf(server)).toEqual(wanted);
    expect((await store.ledger.append(aDraft(), [])).kind).toBe('landed');
    await store.close();
    await server.close();
  }
});
