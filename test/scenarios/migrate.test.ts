import { cpSync } from 'node:fs';
import { afterEach, describe, expect, it } from '@jest/globals';
import { sourceOfStore, verifyLedger } from '../../src/ledger/verify-ledger.ts';
import { operatorSight } from '../../src/memory/sight.ts';
import { aFolder, removeFolder, runCommand, startBot } from '../builders/running-bot.ts';
import { aDocument, aMemory, aPassage } from '../builders/store-entries.ts';
import { aWorld } from '../builders/world.ts';
import { createFakeMongo } from '../fakes/mongo/index.ts';

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

function aFolderOfThis(): string {
  const folder = aFolder();
  closing.push(() => {
    removeFolder(folder);
  });
  return folder;
}

describe('given a local store with a question that waits', () => {
  it('when it is migrated, cut short and migrated again, then the bot goes on there with all of it', async () => {
    const [used, dataDir, other] = [aFolderOfThis(), aFolderOfThis(), aFolderOfThis()];
    const server = await createFakeMongo();
    closing.push(() => server.close());
    const migrate = (...args: readonly string[]): ReturnType<typeof runCommand> =>
      runCommand(['migrate', '--to', server.uri, ...args], { dataDir });
    const here = await aWorld({ folder: used });
    const sight = operatorSight('console');
    const old = aMemory();
    const memory = aMemory({ text: 'Refunds need two photos.', supersedes: old.id });
    await here.app.store.memories.save(sight, old);
    await here.app.store.memories.save(sight, memory);
    const vector = { model: 'm', values: new Float32Array([1, 2]) };
    for (const model of ['l', 'm', 'n'])
      await here.app.store.memories.saveVector(sight, memory.id, { ...vector, model });
    await here.app.store.memories.saveVector(sight, old.id, vector);
    await here.app.store.passages.saveDocument(sight, aDocument(), [aPassage()]);
    const { run, thread } = await here.say('ana', 'pay acme');
    const approval = await here.pending(run);

    const beside = await runCommand(['migrate', '--to', server.uri], { dataDir: used });
    await here.close();
    // A store that this process had open may stay locked until it ends.
    cpSync(used, dataDir, { recursive: true });
    expect(beside.code).toBe(1);
    expect(beside.output).toContain('Fix: stop the bot, then migrate');
    server.database.collection('countersign', 'invoices').insert({ _id: 'theirs' });
    const planned = await migrate('--dry-run');
    expect(planned.output).toMatch(/commits +\d/u);
    expect(planned.output).toMatch(/ok +127\.0\.0\.1:\d+\/countersign answers, and holds nothing/u);
    expect(planned.output).toContain('This user may write there.');
    expect(planned.output).toContain('Other collections are in that database: invoices.');
    expect(planned.code).toBe(0);
    expect(server.database.collections()).toHaveLength(1);

    for (const nth of [1, 2, 3, 4, 5, 6])
      server.faults.add({ when: 'before', what: 'step-down', nth, collection: 'sighted' });
    const cut = await migrate();
    expect(cut.code).toBe(1);
    await expect(aWorld({ env: { MONGODB_URI: server.uri } })).rejects.toMatchObject({
      code: 'config.invalid',
    });
    server.faults.clear();
    const resumable = await migrate('--dry-run');
    expect(resumable.output).toMatch(
      /holds a part of this store\. It goes on there:\n +commits +(\d+) of \1\n/u,
    );
    expect(resumable.output).toContain('2 vectors of m go along.');
    expect(resumable.output).toContain('1 vectors of n stay here');
    const whole = await migrate();
    expect(whole.output).toMatch(/ok +\d+ chains have as many commits as here/u);
    expect(whole.code).toBe(0);

    const there = await aWorld({ folder: dataDir, env: { MONGODB_URI: server.uri } });
    closing.push(() => there.close());
    await there.app.start();
    expect(await there.app.store.memories.list(sight, { isWithPast: true, limit: 9 }, 5_000)).toHaveLength(2);
    const query = { text: 'refunds photo', vector, limit: 9 };
    const { byText, byVector } = await there.app.store.memories.search(sight, query, 5_000);
    expect([byText, byVector]).toEqual([[memory], [memory]]);
    expect((await there.app.store.passages.search(sight, query)).byText).toHaveLength(1);
    expect((await there.vote('ben', approval, 'approve')).kind).toBe('counted');
    await there.until(run, 'done');
    expect(there.sent.map(({ tool }) => tool.name)).toEqual(['books/pay']);
    expect(await there.story(thread)).toContain('Ben');
    expect((await verifyLedger(sourceOfStore(there.app.store.ledger))).faults).toEqual([]);

    for (const again of [await migrate(), await migrate('--dry-run')]) {
      expect(again).toMatchObject({ code: 1 });
      expect(again.output).toContain('migrated there before');
    }
    const stranger = await startBot({ dataDir: other });
    await stranger.stop();
    const refused = await runCommand(['migrate', '--to', server.uri], { dataDir: other });
    expect(refused.output).toContain('holds another store');
  }, 300_000);
});
