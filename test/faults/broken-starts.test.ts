/** A start that breaks off, wherever it stood, and a store that a newer version has laid out. */
import { afterEach, describe, expect, it } from '@jest/globals';
import Database from 'libsql';
import { join } from 'node:path';
import { systemClock } from '../../src/core/clock.ts';
import { AppError } from '../../src/core/errors.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { databaseFile, openLocalDatabase } from '../../src/stores/local/database.ts';
import { openLocalStore } from '../../src/stores/local/local-store.ts';
import { schema } from '../../src/stores/local/schema.ts';
import { openMongoStore } from '../../src/stores/mongo/mongo-store.ts';
import { aFrozenStore } from '../builders/frozen-store.ts';
import { aFolder, eventually, removeFolder } from '../builders/running-bot.ts';
import { aWorld } from '../builders/world.ts';
import { createFakeMongo } from '../fakes/mongo/index.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) removeFolder(folder);
});

function place(): string {
  const folder = aFolder();
  folders.push(folder);
  return folder;
}

/** Everything that a file of the store holds, as it is declared. */
async function declaredIn(folder: string): Promise<readonly unknown[]> {
  const database = openLocalDatabase({ folder, clock: systemClock });
  const declared = database.prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY type, name').all();
  await database.close();
  return declared;
}

function execute(folder: string, sql: string): void {
  const database = new Database(join(folder, databaseFile));
  database.exec(sql);
  database.close();
}

const statements = schema.trim().split(/;\n/u);

describe('given a start that broke off', () => {
  it('when its file has some of the tables only, then the next start makes the others', async () => {
    const whole = await declaredIn(place());

    expect(statements.length).toBeGreaterThan(20);
    for (const made of [1, 2, 9, statements.length - 3, statements.length - 1]) {
      const folder = place();
      execute(folder, `${statements.slice(0, made).join(';\n')};`);
      expect(await declaredIn(folder)).toEqual(whole);
    }
  });

  it('when it broke off at any of its commits, then the next start goes through and serves people', async () => {
    let deaths = 0;
    for (let commits = 0; commits === deaths; commits += 1) {
      const folder = place();
      const dying = aFrozenStore(await openLocalStore({ folder, clock: systemClock }));
      dying.freezeAfter(commits, commits % 2 === 0 ? 'before' : 'after');
      const first = await aWorld({ folder, store: dying.store });
      const started = first.app.start().then(() => true);
      await eventually(async () => {
        const isStarted = await Promise.race([
          started,
          new Promise<false>((resolve) => setImmediate(resolve, false)),
        ]);
        return isStarted || dying.isFrozen() ? true : undefined;
      });
      if (dying.isFrozen()) deaths += 1;

      const second = await aWorld({ folder });
      await second.app.start();
      const { run } = await second.say('ana', 'pay acme');
      await second.vote('ben', await second.pending(run), 'approve');
      await second.until(run, 'done');

      expect(second.sent).toHaveLength(1);
      await second.close();
      dying.thaw();
      await started;
      await first.close();
    }
    expect(deaths).toBeGreaterThan(0);
  });
});

describe('given a store that somebody holds while the process begins', () => {
  it('when it is let go again, then the start has waited for it and serves people', async () => {
    const folder = place();
    const inner = await openLocalStore({ folder, clock: systemClock });
    let refusals = 0;
    let isHeld = false;
    /** The first calls of the start are refused one after the other, wherever it stands then. */
    const held = <Part extends object>(part: Part): Part =>
      new Proxy(part, {
        get(target, name) {
          const value: unknown = Reflect.get(target, name);
          if (typeof value !== 'function') return value;
          return (...given: unknown[]): unknown => {
            if (!isHeld || refusals === 3) return Reflect.apply(value, target, given);
            refusals += 1;
            return Promise.reject(new AppError('store.unavailable', 'another process holds it'));
          };
        },
      });
    const store = { ...inner, ledger: held(inner.ledger), schedules: held(inner.schedules) };
    const world = await aWorld({ folder, store });
    isHeld = true;

    await world.app.start();

    expect(refusals).toBe(3);
    const { run } = await world.say('ana', 'pay acme');
    await world.vote('ben', await world.pending(run), 'approve');
    await world.until(run, 'done');
    expect(world.sent).toHaveLength(1);
    await world.close();
  });
});

describe('given a store that a newer version has laid out', () => {
  const words =
    /was written by a newer version \(layout 99; this one knows \d+\)\. Fix: start the newer version/u;

  it('when this version opens the file, then it refuses, says what to do and changes nothing', async () => {
    const folder = place();
    execute(folder, 'PRAGMA user_version = 99');

    await expect(openLocalStore({ folder, clock: systemClock })).rejects.toMatchObject({
      code: 'config.invalid',
      message: expect.stringMatching(words),
    });
    const database = new Database(join(folder, databaseFile));
    expect(database.prepare('SELECT count(*) AS tables FROM sqlite_schema').get()).toMatchObject({
      tables: 0,
    });
    database.close();
  });

  it('when this version opens the database on MongoDB, then it refuses, says what to do and changes nothing', async () => {
    const server = await createFakeMongo();
    server.database.collection('countersign', 'meta').insert({ _id: 'layout', value: '99' });

    const opened = openMongoStore({ uri: server.uri, clock: systemClock, logger: silentLogger });

    await expect(opened).rejects.toMatchObject({
      code: 'config.invalid',
      message: expect.stringMatching(words),
    });
    expect(server.database.collections().map(({ namespace }) => namespace)).toEqual(['countersign.meta']);
    await server.close();
  });
});
