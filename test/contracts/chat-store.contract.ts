/** What every chat store promises: a message once, one run at a time in a thread, nothing forgotten. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { asActorId, asChannelId, asThreadId, newNonce, newRunId } from '../../src/core/ids.ts';
import type { InboxMessage, Start, TakeResult } from '../../src/chat/store.ts';
import { aDraft, anInboxMessage, aStart, writeOfRun, aRunRow } from '../builders/store-entries.ts';
import { storeOf } from './store-subject.ts';
import type { StoreSubject, StoreUnderTest } from './store-subject.ts';

export function describeChatContract(subject: StoreSubject): void {
  describe(`given an inbox on ${subject.name}`, () => {
    let under: StoreUnderTest;
    beforeAll(async () => {
      under = await subject.open();
    });
    afterAll(() => under.close());

    async function begin(message: InboxMessage): Promise<Start> {
      const start = aStart(message);
      expect(await under.store.chat.take(message, start)).toMatchObject({ kind: 'started', run: start.run });
      return start;
    }

    /** A thread where a run is at work and these messages wait. */
    async function aBusyThread(...texts: readonly string[]): Promise<{
      readonly start: Start;
      readonly waiting: readonly InboxMessage[];
    }> {
      const first = anInboxMessage();
      const start = await begin(first);
      const waiting = texts.map((text) => anInboxMessage({ thread: first.thread, text }));
      for (const message of waiting) await under.store.chat.take(message, aStart(message));
      return { start, waiting };
    }

    it('when a message opens a thread, then its run has begun in the ledger, the lists and the thread', async () => {
      const message = anInboxMessage({ text: 'x'.repeat(300) });
      const start = aStart(message);

      const result = await under.store.chat.take(message, start);

      const commits = await under.other.ledger.read(start.draft.stream);
      expect(commits).toEqual([{ ...start.draft, landedAt: commits[0]?.landedAt }]);
      expect(result).toEqual({ kind: 'started', run: start.run, commit: commits[0] });
      expect((await under.other.runs.find(start.run))?.thread).toBe(message.thread);
      expect(await under.other.chat.findThread(message.thread)).toMatchObject({
        id: message.thread,
        channel: message.channel,
        startedBy: 'ana',
        title: 'x'.repeat(120),
        activeRun: start.run,
      });
      expect(await under.other.chat.listWaiting(message.thread)).toEqual([]);
    });

    it('when the same message comes 16 times at once, then it is one run and the others find it', async () => {
      const message = anInboxMessage();
      const starts = Array.from({ length: 16 }, () => aStart(message));

      const results = await Promise.all(
        starts.map((start, index) => storeOf(under, index).chat.take(message, start)),
      );

      expect(results.filter(({ kind }) => kind === 'started')).toHaveLength(1);
      expect(results.filter(({ kind }) => kind === 'seen')).toHaveLength(15);
      const run = results.flatMap((result) => (result.kind === 'started' ? [result.run] : []))[0];
      expect(await under.other.chat.take(message, aStart(message))).toEqual({
        kind: 'seen',
        thread: message.thread,
        run,
      });
      const begun = await Promise.all(starts.map((start) => under.store.ledger.read(start.draft.stream)));
      expect(begun.filter((commits) => commits.length > 0)).toHaveLength(1);
    });

    const raced = subject.changesInTwoSteps === true ? it.skip : it;
    raced(
      'when 32 messages reach an idle thread at once, then one begins a run and the others wait',
      async () => {
        const thread = asThreadId(`console:finance/${newNonce()}`);
        const messages = Array.from({ length: 32 }, () => anInboxMessage({ thread }));

        const results: readonly TakeResult[] = await Promise.all(
          messages.map((message, index) => storeOf(under, index).chat.take(message, aStart(message))),
        );

        expect(results.filter(({ kind }) => kind === 'started')).toHaveLength(1);
        expect(results.filter(({ kind }) => kind === 'waiting')).toHaveLength(31);
        expect(await under.other.chat.listWaiting(thread)).toHaveLength(31);
      },
    );

    it('when a message comes to a busy thread, then it waits behind those before it and says for whom', async () => {
      const { start, waiting } = await aBusyThread('one', 'two');
      const [first] = waiting;
      if (first === undefined) throw new Error('Nothing waits.');
      const third = anInboxMessage({ thread: first.thread, text: 'three' });

      const result = await under.other.chat.take(third, aStart(third));

      expect(result).toEqual({ kind: 'waiting', activeRun: start.run });
      expect(await under.store.chat.listWaiting(first.thread)).toEqual([...waiting, third]);
      expect(await under.store.chat.take(third, aStart(third))).toEqual({
        kind: 'seen',
        thread: first.thread,
      });
    });

    it('when a run takes a waiting message, then it waits no more, until that run puts it back', async () => {
      const { start, waiting } = await aBusyThread('steer');
      const [message] = waiting;
      if (message === undefined) throw new Error('Nothing waits.');
      const { chat } = under.other;

      await chat.markTaken(message.key, start.run);
      await chat.markTaken(message.key, newRunId());
      expect(await chat.listWaiting(message.thread)).toEqual([]);
      expect(await chat.take(message, aStart(message))).toMatchObject({ kind: 'seen', run: start.run });
      await chat.putBack(message.key, newRunId());
      expect(await chat.listWaiting(message.thread)).toEqual([]);
      await chat.putBack(message.key, start.run);

      expect(await chat.listWaiting(message.thread)).toEqual([message]);
    });

    it('when a finished run hands over, then the next run begins for the waiting message', async () => {
      const { start, waiting } = await aBusyThread('next');
      const [message] = waiting;
      if (message === undefined) throw new Error('Nothing waits.');
      const next = aStart(message);

      const commit = await under.other.chat.handOver(message.thread, start.run, {
        key: message.key,
        start: next,
      });

      expect(commit).toEqual((await under.store.ledger.read(next.draft.stream))[0]);
      expect(commit?.stream).toBe(next.draft.stream);
      expect(await under.store.runs.find(next.run)).toBeDefined();
      expect((await under.store.chat.findThread(message.thread))?.activeRun).toBe(next.run);
      expect(await under.store.chat.listWaiting(message.thread)).toEqual([]);
    });

    raced('when 16 hand over the same message at once, then one run begins', async () => {
      const { start, waiting } = await aBusyThread('next');
      const [message] = waiting;
      if (message === undefined) throw new Error('Nothing waits.');
      const starts = Array.from({ length: 16 }, () => aStart(message));

      const commits = await Promise.all(
        starts.map((next, index) =>
          storeOf(under, index).chat.handOver(message.thread, start.run, { key: message.key, start: next }),
        ),
      );

      expect(commits.filter((commit) => commit !== undefined)).toHaveLength(1);
      const begun = await Promise.all(starts.map((next) => under.store.ledger.read(next.draft.stream)));
      expect(begun.filter((read) => read.length > 0)).toHaveLength(1);
    });

    it('when another run is at work, or the message was taken, then a hand-over begins nothing', async () => {
      const { start, waiting } = await aBusyThread('one', 'two');
      const [one, two] = waiting;
      if (one === undefined || two === undefined) throw new Error('Nothing waits.');
      const { chat } = under.other;

      expect(
        await chat.handOver(one.thread, newRunId(), { key: one.key, start: aStart(one) }),
      ).toBeUndefined();
      expect((await chat.findThread(one.thread))?.activeRun).toBe(start.run);
      await chat.markTaken(one.key, start.run);
      expect(
        await chat.handOver(one.thread, start.run, { key: one.key, start: aStart(one) }),
      ).toBeUndefined();
      expect(await chat.findThread(one.thread)).not.toHaveProperty('activeRun');
      expect(await chat.listIdleWithWaiting(1_000)).toContain(one.thread);

      expect(await chat.handOver(one.thread, start.run, { key: two.key, start: aStart(two) })).toBeDefined();
      expect(await chat.listIdleWithWaiting(1_000)).not.toContain(one.thread);
    });

    it('when a run ends, then the row of its last commit frees its thread, and no other', async () => {
      const message = anInboxMessage();
      const start = await begin(message);
      const finished = (run: string): Parameters<typeof under.store.ledger.append>[1][number] => ({
        table: 'threads',
        key: message.thread,
        seq: 1,
        row: { finished: run },
      });

      await under.store.ledger.append(aDraft(), [finished(newRunId())]);
      expect((await under.other.chat.findThread(message.thread))?.activeRun).toBe(start.run);
      await under.store.ledger.append(aDraft(), [
        writeOfRun(aRunRow({ id: start.run, seq: 1 })),
        finished(start.run),
      ]);

      expect(await under.other.chat.findThread(message.thread)).not.toHaveProperty('activeRun');
    });

    it('when a command is claimed 8 times at once, then one carries it out, and later all hear its answer', async () => {
      const [key, secret] = [`command/ana/${newNonce()}`, `command/ana/${newNonce()}`];
      const by = asActorId('ana');
      const { chat } = under.other;
      const before = await chat.countTextsOf('ana', []);

      const claims = await Promise.all(
        Array.from({ length: 8 }, (_, index) => storeOf(under, index).chat.claimCommand(key, by)),
      );

      expect(claims.map(({ kind }) => kind).toSorted()).toEqual([
        ...Array<string>(7).fill('begun'),
        'claimed',
      ]);
      await under.store.chat.answerCommand(key, 'Frozen.');
      await under.store.chat.answerCommand(key, 'Something else.');
      expect(await chat.claimCommand(key, by)).toEqual({ kind: 'answered', text: 'Frozen.' });
      expect(await chat.claimCommand(secret, by)).toEqual({ kind: 'claimed' });
      await chat.answerCommand(secret, undefined);
      expect(await under.store.chat.claimCommand(secret, by)).toEqual({ kind: 'answered' });
      expect(await chat.countTextsOf('ana', [])).toBe(before + 2);
      await chat.eraseTextsOf('ana', []);
      expect(await chat.claimCommand(key, by)).toEqual({ kind: 'answered' });
      expect(await chat.countTextsOf('ana', [])).toBe(0);
    });

    it('when threads of a channel are listed, then the youngest come first and a cursor goes on', async () => {
      const channel = asChannelId(`console:${newNonce()}`);
      const messages = Array.from({ length: 5 }, () => anInboxMessage({ channel }));
      for (const message of messages) {
        await begin(message);
        await under.passes(3);
      }
      const { chat } = under.other;

      const all = await chat.listThreads(channel, { limit: 10 });
      const [first, second] = await chat.listThreads(channel, { limit: 2 });

      expect(all.map((thread) => thread.id)).toEqual(messages.map((message) => message.thread).toReversed());
      expect([first, second]).toEqual(all.slice(0, 2));
      const cursor = `${String(second?.startedAt)}/${String(second?.id)}`;
      expect(await chat.listThreads(channel, { cursor, limit: 10 })).toEqual(all.slice(2));
      expect(await chat.findThread(asThreadId('console:finance/none'))).toBeUndefined();
    });
  });
}
