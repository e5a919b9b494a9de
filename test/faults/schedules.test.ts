/** Two processes, killed again and again while they catch up: every moment starts one run. */
import { expect, it } from '@jest/globals';
import { systemClock } from '../../src/core/clock.ts';
import { asActorId, asChannelId } from '../../src/core/ids.ts';
import { isJsonObject } from '../../src/core/json.ts';
import { openLocalStore } from '../../src/stores/local/local-store.ts';
import { aFolder, eventually, removeFolder, startBot } from '../builders/running-bot.ts';

const moments = 100;
const minuteMs = 60_000;

it('given moments that were missed, when two processes are killed while they catch up, then each moment is one run', async () => {
  const dataDir = aFolder();
  // A year back, so that the last minute of the list does not move while this runs.
  const first = Date.UTC(2025, 5, 1);
  const end = first + (moments - 1) * minuteMs;
  const store = await openLocalStore({ folder: dataDir, clock: systemClock });
  await store.schedules.add({
    ...{ name: 'catch-up', cron: '* * 1 6 *', zone: 'UTC', workflow: 'assistant', input: {}, text: 'hello' },
    ...{ channel: asChannelId('console:general'), missed: 'each', by: asActorId('ana'), origin: 'person' },
    ...{ isPaused: false, nextAt: first },
  });
  const handled = async (): Promise<number> => (await store.schedules.find('catch-up'))?.nextAt ?? 0;

  let bots = [await startBot({ dataDir }), await startBot({ dataDir })];
  for (let round = 0; round < 2; round += 1) {
    const before = await handled();
    if (before > end) break;
    await new Promise((resolve) => setTimeout(resolve, 150 + round * 130));
    await Promise.all(bots.map((bot) => bot.kill9()));
    bots = [await startBot({ dataDir }), await startBot({ dataDir })];
  }
  await eventually(async () => ((await handled()) > end ? true : undefined), 60_000);
  await store.schedules.remove('catch-up');
  for (const bot of bots) await bot.stop();

  const started = new Map<string, number>();
  for (const stream of await store.ledger.listStreams({ limit: 5_000, prefix: 'run/' })) {
    const data = (await store.ledger.read(stream))[0]?.events[0]?.data;
    const message = isJsonObject(data) ? data['message'] : undefined;
    const key = typeof message === 'string' ? message : '';
    started.set(key, (started.get(key) ?? 0) + 1);
  }
  const expected = Array.from(
    { length: moments },
    (_, index) => `schedule:catch-up/${new Date(first + index * minuteMs).toISOString()}`,
  );
  expect(expected.filter((key) => !started.has(key))).toEqual([]);
  expect([...started].filter(([, count]) => count > 1)).toEqual([]);
  await store.close();
  removeFolder(dataDir);
}, 180_000);
