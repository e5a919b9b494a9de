import { expect, it } from '@jest/globals';
import { asActorId, asChannelId } from '../../../src/core/ids.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { createScheduler } from '../../../src/schedule/scheduler.ts';
import type { Scheduler } from '../../../src/schedule/scheduler.ts';
import { openLocalStore } from '../../../src/stores/local/local-store.ts';
import { aManualClock } from '../../builders/manual-clock.ts';
import { aFolder, removeFolder } from '../../builders/running-bot.ts';

it('given two processes of which one dies before its occurrence is durable, when the other sweeps, then it starts that occurrence, by the same key', async () => {
  const folder = aFolder();
  const clock = aManualClock(new Date('2026-11-23T07:58:00.000Z'));
  const store = await openLocalStore({ folder, clock });
  const started: string[] = [];
  const aProcess = (isDying: boolean): Scheduler =>
    createScheduler({
      ...{ store: store.schedules, clock, logger: silentLogger, definitions: [] },
      isHeld: () => Promise.resolve(false),
      startRun({ key }) {
        started.push(key);
        return isDying ? Promise.reject(new Error('killed')) : Promise.resolve({});
      },
    });
  const [dying, other] = [aProcess(true), aProcess(false)];
  await other.add(
    {
      ...{ name: 'morning', cron: '0 8 * * *', zone: 'UTC', workflow: 'assistant', input: {} },
      ...{ channel: asChannelId('console:ops'), missed: 'once', by: asActorId('ana'), origin: 'person' },
    },
    'active',
  );
  clock.advance(2 * 60_000);

  await dying.sweep();
  await other.sweep();
  await dying.sweep();

  const key = 'schedule:morning/2026-11-23T08:00:00.000Z';
  expect(started).toEqual([key, key]);
  await store.close();
  removeFolder(folder);
});
