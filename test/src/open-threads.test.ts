import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { systemClock } from '../../src/core/clock.ts';
import { AppError } from '../../src/core/errors.ts';
import { asChannelId, asThreadId, newWorkerId } from '../../src/core/ids.ts';
import type { ThreadId } from '../../src/core/ids.ts';
import { createThreadOpener } from '../../src/open-threads.ts';
import { openLocalStore } from '../../src/stores/local/local-store.ts';
import type { Store } from '../../src/stores/store.ts';
import { aFolder, removeFolder } from '../builders/running-bot.ts';

const folder = aFolder();
let store: Store;
beforeAll(async () => {
  store = await openLocalStore({ folder, clock: systemClock });
});
afterAll(async () => {
  await store.close();
  removeFolder(folder);
});

const channel = asChannelId('slack:T01/C1');
const aProcess = (open: () => Promise<ThreadId>) =>
  createThreadOpener({ deliveries: store.deliveries, worker: newWorkerId(), open });

it('given two processes that want the same thread, when both open it at once, then one posts and both are led to it', async () => {
  let posts = 0;
  let answer: (thread: ThreadId) => void = () => undefined;
  const open = (): Promise<ThreadId> => {
    posts += 1;
    return new Promise((resolve) => {
      answer = resolve;
    });
  };
  const [one, two] = [aProcess(open), aProcess(open)];

  const first = one(channel, 'Digest', 'at-once');
  const second = two(channel, 'Digest', 'at-once');
  await expect(second).rejects.toThrow('is being opened by another process');
  answer(asThreadId('slack:T01/C1/1700000000.000100'));

  expect(await first).toBe('slack:T01/C1/1700000000.000100');
  expect(await two(channel, 'Digest', 'at-once')).toBe('slack:T01/C1/1700000000.000100');
  expect(posts).toBe(1);
});

it('given a platform that was away or refused, when it is tried again, then it is tried at once', async () => {
  for (const code of ['chat.unavailable', 'chat.refused'] as const) {
    let isAway = true;
    const open = aProcess(() =>
      isAway
        ? Promise.reject(new AppError(code, 'away'))
        : Promise.resolve(asThreadId('slack:T01/C1/1700000000.000200')),
    );
    await expect(open(channel, 'Digest', code)).rejects.toThrow('away');
    isAway = false;

    expect(await open(channel, 'Digest', code)).toBe('slack:T01/C1/1700000000.000200');
  }
});
