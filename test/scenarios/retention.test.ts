/** What ended long ago loses its texts, and later leaves the lists; what it did stays provable. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { asActorId, asRunId, runStream } from '../../src/core/ids.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { sourceOfStore, verifyLedger } from '../../src/ledger/verify-ledger.ts';
import { createRetention } from '../../src/runs/retention.ts';
import type { Retention } from '../../src/runs/retention.ts';
import { aMovedClock } from '../builders/moved-clock.ts';
import type { MovedClock } from '../builders/moved-clock.ts';
import { eventually } from '../builders/running-bot.ts';
import { aWorld } from '../builders/world.ts';
import type { World } from '../builders/world.ts';

const dayMs = 86_400_000;
let world: World | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

async function open(): Promise<{ world: World; clock: MovedClock; retention: Retention }> {
  const clock = aMovedClock();
  world = await aWorld({ clock });
  const { ledger, runs } = world.app.store;
  const retention = createRetention({
    ledger,
    runs,
    clock,
    logger: silentLogger,
    textsDays: 30,
    runsDays: 90,
  });
  return { world, clock, retention };
}

async function aFinishedRun(at: World): Promise<{ thread: string; run: string }> {
  const asked = await at.say('ana', 'pay acme');
  await at.vote('ben', await at.pending(asked.run), 'approve');
  await at.until(asked.run, 'done');
  return asked;
}

async function kindsOf({ app }: World, run: string): Promise<readonly string[]> {
  const commits = await app.store.ledger.read(runStream(asRunId(run)));
  return commits.flatMap((commit) => commit.events.map((event) => event.kind));
}

describe('given texts that are kept for 30 days and runs that are listed for 90', () => {
  it('when 30 days are over, then the texts are gone and the ledger says why; what is younger or still waits is left', async () => {
    const { world, clock, retention } = await open();
    const old = await aFinishedRun(world);
    const waits = await world.say('ana', 'pay acme later');
    await world.pending(waits.run);
    clock.advance(29 * dayMs);
    expect(await retention.sweep()).toBe(0);
    const young = await aFinishedRun(world);
    clock.advance(dayMs);
    const kept = (): Promise<number> => world.app.store.chat.countTextsOf(asActorId('ana'), []);
    const before = await kept();

    expect([await retention.sweep(), await retention.sweep()]).toEqual([1, 0]);

    // Its message and its thread's title.
    expect(await kept()).toBe(before - 2);
    expect(await world.story(old.thread)).not.toContain('acme');
    expect(await world.story(old.thread)).toContain('(erased)');
    expect(await world.story(young.thread)).toContain('acme');
    expect(await world.story(waits.thread)).toContain('acme');
    const titles = (await world.app.backend.listThreads(world.person('ana'), 'finance'))?.items;
    expect(titles?.map(({ title }) => title)).toEqual(['pay acme', 'pay acme later', '(erased)']);
    const last = (await world.app.store.ledger.read(runStream(asRunId(old.run)))).at(-1);
    expect(last?.events[0]).toMatchObject({ kind: 'body.erased', data: { why: 'retention' } });
    expect((await verifyLedger(sourceOfStore(world.app.store.ledger))).faults).toEqual([]);
  });

  it('when a file was attached at the console, then it goes by its own age, sent or not', async () => {
    const { world, clock, retention } = await open();
    const ana = world.person('ana');
    const kept = await world.app.backend.keepFile(ana, 'plan.txt', Buffer.from('We move to Lisbon.'));
    const file = kept.kind === 'kept' ? kept.file.id : '';
    const send = () =>
      world.app.backend.sendMessage(ana, { channel: 'finance', text: 'sum it up', files: [file] });
    clock.advance(30 * dayMs);
    expect(await retention.sweep()).toBe(0);
    expect(await send()).toMatchObject({ kind: 'taken' });
    clock.advance(dayMs);

    expect([await retention.sweep(), await retention.sweep()]).toEqual([1, 0]);

    expect(await send()).toMatchObject({ status: 422, code: 'file.unknown' });
    expect(JSON.stringify(await world.app.store.ledger.read(file))).not.toContain('plan.txt');
    expect((await verifyLedger(sourceOfStore(world.app.store.ledger))).faults).toEqual([]);
  });

  it('when 90 days are over, then the run has left the lists for good, and its ledger still verifies', async () => {
    const { world, clock, retention } = await open();
    const old = await aFinishedRun(world);
    clock.advance(30 * dayMs);
    await retention.sweep();
    clock.advance(60 * dayMs);

    expect([await retention.sweep(), await retention.sweep()]).toEqual([1, 0]);

    const { store, backend } = world.app;
    expect(await store.runs.find(asRunId(old.run))).toBeUndefined();
    expect((await backend.listThreads(world.person('ana'), 'finance'))?.items).toEqual([]);
    expect((await store.runs.listApprovals({ limit: 10 })).length).toBe(0);
    expect((await kindsOf(world, old.run)).filter((kind) => kind === 'run.retired')).toHaveLength(1);
    expect((await verifyLedger(sourceOfStore(store.ledger))).faults).toEqual([]);
  });

  it('when the bot starts with RETAIN_TEXTS_DAYS set, then it does so by itself', async () => {
    const clock = aMovedClock();
    const bot = await aWorld({ clock, env: { RETAIN_TEXTS_DAYS: '30' } });
    world = bot;
    const old = await aFinishedRun(bot);
    clock.advance(31 * dayMs);
    await bot.app.start();

    await eventually(async () => ((await kindsOf(bot, old.run)).includes('body.erased') ? true : undefined));
  });
});
