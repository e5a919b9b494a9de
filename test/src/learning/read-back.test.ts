/** A channel is read back once, whatever becomes of the process that does it; on both kinds of store. */
import { afterAll, describe, expect, it } from '@jest/globals';
import { createSaidKnowledge } from '../../../src/context/said-knowledge.ts';
import type { PassageStore } from '../../../src/context/store.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { asChannelId, asThreadId } from '../../../src/core/ids.ts';
import type { ChannelId } from '../../../src/core/ids.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import type { SaidHistory, SaidMessage } from '../../../src/core/said-message.ts';
import { createListening } from '../../../src/learning/listening.ts';
import type { Listening } from '../../../src/learning/listening.ts';
import { operatorSight, workspaceOf } from '../../../src/memory/sight.ts';
import { openLocalStore } from '../../../src/stores/local/local-store.ts';
import { openMongoStore } from '../../../src/stores/mongo/mongo-store.ts';
import type { Store } from '../../../src/stores/store.ts';
import { aMongoLane } from '../../builders/mongo-lane.ts';
import { aFolder, eventually, removeFolder } from '../../builders/running-bot.ts';

const pageSize = 3;
const before = 8;

function aMessage(channel: ChannelId, at: number, fields: Partial<SaidMessage> = {}): SaidMessage {
  const source = `${channel}/${String(at)}`;
  return {
    ...{ source, channel, thread: asThreadId(source), by: 'Ben', account: 'slack:T01/U02', at },
    ...{ text: `Lamp number ${String(at)} stands in the hall.`, link: `https://chat.example/${source}` },
    ...{ files: [], replies: '', ...fields },
  };
}

/** A platform that hands out three messages at a time, and notes from where it was asked. */
function aPlatform(channel: ChannelId): {
  readonly said: SaidMessage[];
  readonly replies: SaidMessage[];
  readonly asked: (string | undefined)[];
  readonly history: SaidHistory;
} {
  const opener = aMessage(channel, 4, { replies: '1 r1' });
  const said = Array.from({ length: before }, (_, at) => (at === 4 ? opener : aMessage(channel, at)));
  const replies = [aMessage(channel, 4.5, { thread: opener.thread })];
  const asked: (string | undefined)[] = [];
  return {
    ...{ said, replies, asked },
    history: {
      find: () => Promise.resolve(undefined),
      readMessage: (source) =>
        Promise.resolve([...said, ...replies].find((message) => message.source === source)),
      readThread: () => Promise.resolve([opener, ...replies]),
      readPage(_channel, from) {
        asked.push(from);
        const older = said
          .filter(({ at }) => at < Number(from ?? Infinity))
          .toSorted((left, right) => right.at - left.at);
        const page = older.slice(0, pageSize);
        const next = older.length > pageSize ? String(page.at(-1)?.at) : undefined;
        return Promise.resolve({ said: page, ...(next !== undefined && { next }) });
      },
    },
  };
}

/** As far as a process came that was killed: its next write never happens, and nothing after it does. */
function killedAfter(passages: PassageStore, writes: number, onKill: () => unknown): PassageStore {
  let left = writes;
  const mortal =
    <Args extends readonly unknown[], Answer>(write: (...args: Args) => Promise<Answer>) =>
    (...args: Args): Promise<Answer> => {
      if (left > 0) {
        left -= 1;
        return write(...args);
      }
      onKill();
      return new Promise(() => undefined);
    };
  return {
    ...passages,
    saveDocument: mortal(passages.saveDocument),
    removeDocuments: mortal(passages.removeDocuments),
    saveReadingPlace: mortal(passages.saveReadingPlace),
  };
}

function listen(
  store: Store,
  passages: PassageStore,
  { channel, history }: { readonly channel: ChannelId; readonly history: SaidHistory },
): Listening {
  const listening = createListening({
    channels: () => [{ channel, isTrusted: false }],
    knowledge: createSaidKnowledge({ store: passages, clock: systemClock, redact: (text) => text }),
    store: { passages, sources: { ...store.sources, listWorkspaces: () => Promise.resolve([]) } },
    clock: systemClock,
    logger: silentLogger,
    platforms: () => [{ name: 'slack', history }],
    onKept: () => undefined,
  });
  listening.start();
  return listening;
}

const done = (
  listening: Listening,
  channel: ChannelId,
  isKilled: () => boolean = () => false,
): Promise<string> =>
  eventually(() => {
    if (isKilled()) return 'killed';
    const progress = listening.progressOf(channel) ?? '';
    return /reading|looking again/u.test(progress) ? undefined : progress;
  }, 20_000);

const lane = aMongoLane();
afterAll(() => lane.close());

describe.each(['SQLite', lane.name])('given an opted-in channel and a store on %s', (name) => {
  it('when the process is killed before each of its writes, then the next goes on where it was, loses nothing and doubles nothing', async () => {
    const folder = aFolder();
    const store: Store =
      name === 'SQLite'
        ? await openLocalStore({ folder, clock: systemClock })
        : await openMongoStore({ uri: await lane.open(), clock: systemClock, logger: silentLogger });
    let isWhole = false;
    let resumed = 0;

    for (let writes = 0; !isWhole; writes += 1) {
      const channel = asChannelId(`slack:T${String(writes)}/C1`);
      const sight = operatorSight(workspaceOf(channel));
      const platform = aPlatform(channel);
      let isKilled = false;
      const mortal = killedAfter(store.passages, writes, () => (isKilled = true));
      const first = listen(store, mortal, { channel, history: platform.history });
      isWhole = (await done(first, channel, () => isKilled)) !== 'killed';
      const place = await store.passages.findReadingPlace(sight, channel);
      // Whatever the place passes over is kept already.
      const kept = (await store.passages.listDocuments(sight)).map(({ source }) => source);
      const passed = platform.said.filter(({ at }) => place !== undefined && at >= Number(place.next ?? 0));
      expect(kept).toEqual(expect.arrayContaining(passed.map(({ source }) => source)));
      platform.asked.length = 0;
      platform.said.push(aMessage(channel, before));
      const gone = platform.said.shift();

      const second = listen(store, store.passages, { channel, history: platform.history });
      const progress = await done(second, channel);
      await second.stop();

      const there = [...platform.said, ...platform.replies];
      const documents = await store.passages.listDocuments(sight);
      expect(documents.map(({ source }) => source).toSorted()).toEqual(
        there.map(({ source }) => source).toSorted(),
      );
      expect(documents).not.toContainEqual(expect.objectContaining({ source: gone?.source }));
      const { byText } = await store.passages.search(sight, { text: 'lamps', limit: 60 });
      expect(byText.map(({ text }) => text).toSorted()).toEqual(there.map(({ text }) => text).toSorted());
      expect(progress).toContain(`${String(platform.said.length)} messages read`);
      if (place?.next !== undefined) {
        // One more was said since, so whoever begins anew asks for other pages.
        expect(platform.asked).toContain(place.next);
        resumed += 1;
      }
    }

    expect(resumed).toBeGreaterThanOrEqual(before / pageSize);
    await store.close();
    removeFolder(folder);
  }, 120_000);
});
