/**
 * The leak test: many workspaces, channels and persons, canaries in everything that is kept, and recalls from anywhere
 * while channels turn private, shared or archived. The oracle knows what each channel was at each moment.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createRecall } from '../../../src/context/recall.ts';
import type { Recall } from '../../../src/context/recall.ts';
import type { ChannelFacts } from '../../../src/core/channel-facts.ts';
import type { Clock } from '../../../src/core/clock.ts';
import { asActorId, asChannelId, asMemoryId, asPassageId, newMemoryId } from '../../../src/core/ids.ts';
import type { ChannelId } from '../../../src/core/ids.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { createContainers } from '../../../src/memory/containers.ts';
import type { Memory } from '../../../src/memory/memory-row.ts';
import { operatorSight, workspaceOf } from '../../../src/memory/sight.ts';
import { openLocalStore } from '../../../src/stores/local/local-store.ts';
import { openMongoStore } from '../../../src/stores/mongo/mongo-store.ts';
import type { Store } from '../../../src/stores/store.ts';
import { aManualClock } from '../../builders/manual-clock.ts';
import { aMongoLane } from '../../builders/mongo-lane.ts';
import { aFolder, removeFolder } from '../../builders/running-bot.ts';
import { aDocument, aMemory, aPassage } from '../../builders/store-entries.ts';

const workspaces = ['slack:T01', 'slack:T02', 'discord:1001'];
const channelCount = 50;
const personCount = 100;
/** The whole of it takes minutes on each store: `LEAK_TEST=full npm test -- test/src/memory/leaks`. */
const isFull = process.env['LEAK_TEST'] === 'full';
const recallLimit = 10;
const model = 'test/eight';

const lane = aMongoLane();
afterAll(() => lane.close());

interface Subject {
  readonly name: string;
  readonly itemCount: number;
  readonly recallCount: number;
  open(folder: string, clock: Clock): Promise<Store>;
}

const stores: readonly Subject[] = [
  {
    name: 'SQLite',
    ...(isFull ? { itemCount: 10_000, recallCount: 20_000 } : { itemCount: 3_000, recallCount: 600 }),
    open: (folder, clock) => openLocalStore({ folder, clock }),
  },
  {
    name: lane.name,
    ...(isFull ? { itemCount: 10_000, recallCount: 20_000 } : { itemCount: 300, recallCount: 100 }),
    open: async (_folder, clock) =>
      openMongoStore({ uri: await lane.open(clock), clock, logger: silentLogger }),
  },
];

/** The same numbers in every run of the test. */
function createChance(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

interface Item {
  readonly id: string;
  readonly channel: ChannelId;
  readonly subject: number;
  readonly thread?: string;
  readonly person?: string;
}

const subjectWord = (subject: number): string =>
  `subject${'abcdefghij'.charAt(subject % 10)}${String(subject)}x`;

/** A direction of its own for each subject, so that meaning finds what words find. */
function vectorOf(subject: number): Float32Array {
  const chance = createChance(subject * 7_919 + 1);
  return new Float32Array(Array.from({ length: 8 }, () => chance(2_001) - 1_000));
}

describe.each(stores)(
  'given memories and passages of 50 channels in 3 workspaces, each with a canary, on $name',
  (under) => {
    const { itemCount, recallCount } = under;
    const subjects = itemCount / 25;
    const changeEvery = recallCount / (isFull ? 200 : 30);
    const chance = createChance(7);
    const clock = aManualClock();
    const folder = aFolder();
    const channels = Array.from({ length: channelCount }, (_, at) =>
      asChannelId(`${workspaces[at % workspaces.length] ?? ''}/C${String(at)}`),
    );
    const persons = Array.from({ length: personCount }, (_, at) => asActorId(`person${String(at)}`));
    const facts = new Map<ChannelId, ChannelFacts>();
    const items = new Map<string, Item>();
    const bySubject = new Map<number, Item[]>();
    let store: Store;
    let recall: Recall;

    const pick = <T>(list: readonly T[]): T => {
      const found = list[chance(list.length)];
      if (found === undefined) throw new Error('Nothing to pick from.');
      return found;
    };
    const randomFacts = (): ChannelFacts => {
      const kind = chance(10);
      if (kind < 5) return { isOpen: true, hasOutsiders: false };
      if (kind < 8) return { isOpen: false, hasOutsiders: false };
      return kind < 9 ? { isOpen: true, hasOutsiders: true } : { isOpen: false, hasOutsiders: true };
    };

    beforeAll(async () => {
      store = await under.open(folder, clock);
      for (const channel of channels) facts.set(channel, randomFacts());
      const containers = createContainers({
        clock,
        factsOf: (channel) => Promise.resolve(facts.get(channel)),
        onFailure: () => undefined,
      });
      recall = createRecall({
        ...store,
        containers,
        clock,
        logger: silentLogger,
        nameOf: (person) => person,
        embed: (text) => {
          const subject = Number(/subject[a-j](\d+)x/u.exec(text)?.[1]);
          return Promise.resolve({ model, values: vectorOf(subject) });
        },
      });
      const writes: (() => Promise<void>)[] = [];
      for (let at = 0; at < itemCount; at += 1) {
        const channel = pick(channels);
        const workspace = workspaceOf(channel);
        const subject = chance(subjects);
        const text = `Canary ${String(at)} says that ${subjectWord(subject)} matters ${String(chance(1000))} times.`;
        const createdAt = clock.now().getTime();
        const sight = operatorSight(workspace);
        if (at % 2 === 0) {
          const id = asMemoryId(`mem_${String(at)}`);
          const scope = pick(['channel', 'workspace', 'channel', 'thread', 'person'] as const);
          const person = pick(persons);
          const thread = `${channel}/t${String(chance(4))}`;
          const memory = {
            id,
            kind: 'fact',
            text,
            workspace,
            channel,
            scope,
            thread,
            ...(scope === 'person' && { person }),
            author: person,
            source: { channel, around: '' },
            createdAt,
            validFrom: createdAt,
          } as unknown as Memory; // Threads are plain texts here.
          const vector = { model, values: vectorOf(subject) };
          writes.push(() =>
            store.memories.save(sight, memory).then(() => store.memories.saveVector(sight, id, vector)),
          );
          add({
            id,
            channel,
            subject,
            ...(scope === 'thread' && { thread }),
            ...(scope === 'person' && { person }),
          });
        } else {
          const id = asPassageId(`pas_${String(at)}`);
          const place = { workspace, channel, scope: 'workspace' as const };
          const source = `file${String(at)}`;
          const document = {
            ...place,
            source,
            root: source,
            title: source,
            hash: '',
            syncedAt: createdAt,
            isTrusted: true,
          };
          const passage = {
            ...place,
            id,
            source,
            title: '',
            heading: '',
            position: 0,
            text,
            around: '',
            link: '',
            createdAt,
          };
          writes.push(() =>
            store.passages
              .saveDocument(sight, document, [passage])
              .then(() => store.passages.saveVectors(sight, model, [{ id, values: vectorOf(subject) }])),
          );
          add({ id, channel, subject });
        }
      }
      for (let at = 0; at < writes.length; at += 20)
        await Promise.all(writes.slice(at, at + 20).map((write) => write()));
    }, 600_000);

    function add(item: Item): void {
      items.set(item.id, item);
      bySubject.set(item.subject, [...(bySubject.get(item.subject) ?? []), item]);
    }

    afterAll(async () => {
      await store.close();
      removeFolder(folder);
    });

    /** What the rule allows at this moment, said a second time and without the code under test. */
    function isAllowed(item: Item, channel: ChannelId, thread: string, person: string): boolean {
      if (item.channel.split('/')[0] !== channel.split('/')[0]) return false;
      if (item.thread !== undefined && item.thread !== thread) return false;
      if (item.person !== undefined && item.person !== person) return false;
      if (item.channel === channel) return true;
      return facts.get(item.channel)?.isOpen === true && facts.get(channel)?.hasOutsiders === false;
    }

    it('when recalls come from anywhere while channels change, then nothing leaks and what is allowed is found', async () => {
      let leaks = 0;
      let wanted = 0;
      let found = 0;
      for (let at = 0; at < recallCount; at += 1) {
        if (at % changeEvery === 0) {
          // A channel turns private, is shared, opened again, or archived; what was known counts for a minute.
          facts.set(pick(channels), randomFacts());
          clock.advance(60_001);
        }
        const channel = pick(channels);
        const thread = `${channel}/t${String(chance(4))}`;
        const person = pick(persons);
        const subject = chance(subjects);
        const told = await recall.find(
          { channel, thread, person } as unknown as Parameters<Recall['find']>[0], // Likewise.
          { text: `What about ${subjectWord(subject)}?`, limit: recallLimit },
        );
        for (const { id } of told) {
          const item = items.get(id);
          if (item === undefined || !isAllowed(item, channel, thread, person)) leaks += 1;
        }
        const allowed = (bySubject.get(subject) ?? []).filter((item) =>
          isAllowed(item, channel, thread, person),
        );
        const ids = new Set(allowed.map((item) => item.id));
        wanted += Math.min(recallLimit, allowed.length);
        found += told.filter((item) => ids.has(item.id)).length;
      }

      if (isFull)
        process.stdout.write(
          `${under.name}: ${String(itemCount)} items, ${String(recallCount)} recalls, ${String(leaks)} leaks, ${String(found)} of ${String(wanted)} found\n`,
        );
      expect(leaks).toBe(0);
      expect(wanted).toBeGreaterThan(recallCount);
      expect(found / wanted).toBeGreaterThanOrEqual(0.99);
    }, 3_600_000);

    describe('and something changes after the stores were asked, before the answer', () => {
      const home = asChannelId('slack:T09/C1');
      const other = asChannelId('slack:T09/C2');
      const sight = operatorSight('slack:T09');
      const fact = aMemory({
        workspace: 'slack:T09',
        channel: other,
        scope: 'channel',
        text: 'Canary pelican.',
      });
      const passage = aPassage({
        workspace: 'slack:T09',
        channel: other,
        text: 'The pelican of a document.',
      });
      const document = aDocument({ workspace: 'slack:T09', channel: other, source: passage.source });
      const vector = { model, values: vectorOf(1) };
      let isShut = false;
      const containers = createContainers({
        clock,
        factsOf: (channel) => Promise.resolve({ isOpen: channel === home || !isShut, hasOutsiders: false }),
        onFailure: () => undefined,
      });

      /** What is told when this happens between the query and the answer. */
      async function toldAfter(happens: () => unknown): Promise<readonly string[]> {
        isShut = false;
        containers.forget(other);
        await store.memories.save(sight, fact);
        await store.memories.saveVector(sight, fact.id, vector);
        await store.passages.saveDocument(sight, document, [passage]);
        await store.passages.saveVectors(sight, model, [{ id: passage.id, values: vector.values }]);
        let searches = 2;
        const then = async <Found>(found: Promise<Found>): Promise<Found> => {
          const answer = await found;
          searches -= 1;
          if (searches === 0) await happens();
          return answer;
        };
        const late = createRecall({
          ...store,
          memories: { ...store.memories, search: (...asked) => then(store.memories.search(...asked)) },
          passages: { ...store.passages, search: (...asked) => then(store.passages.search(...asked)) },
          ...{ containers, clock, logger: silentLogger, nameOf: (person: string) => person },
          embed: () => Promise.resolve(vector),
        });
        return (await late.find({ channel: home }, { text: 'pelican', limit: 5 })).map(({ text }) => text);
      }

      it('when nothing happens, then all of it is told', async () => {
        const told = await toldAfter(() => undefined);

        expect(told.toSorted()).toEqual([fact.text, passage.text]);
      });

      it('when the channel turns private, then nothing of it is told', async () => {
        const told = await toldAfter(() => {
          isShut = true;
          containers.forget(other);
        });

        expect(told).toEqual([]);
      });

      it('when the memory is corrected, then what it was is not told', async () => {
        const next = { ...fact, id: newMemoryId(), text: 'Canary heron.', supersedes: fact.id };

        const told = await toldAfter(() => store.memories.save(sight, next));

        expect(told).toEqual([passage.text]);
        await store.memories.undo(sight, next.id);
      });

      it('when the memory is forgotten and the document removed, then neither is told', async () => {
        const told = await toldAfter(async () => {
          await store.memories.forget(sight, fact.id);
          await store.passages.removeDocuments(sight, [document.source]);
        });

        expect(told).toEqual([]);
      });
    });
  },
);
