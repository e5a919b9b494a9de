/** What every ledger store promises: one winner a seq, exact contents, its own time, rows that never go back. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newNonce } from '../../src/core/ids.ts';
import { prevAfter } from '../../src/ledger/commit.ts';
import type { Commit, CommitDraft } from '../../src/ledger/commit.ts';
import { erasureKind, verifyStream } from '../../src/ledger/verify.ts';
import { aDraft, aRunRow, writeOfRun } from '../builders/store-entries.ts';
import { eventually } from '../builders/running-bot.ts';
import { storeOf } from './store-subject.ts';
import type { StoreSubject, StoreUnderTest } from './store-subject.ts';

export function describeLedgerContract(subject: StoreSubject): void {
  describe(`given a ledger on ${subject.name}`, () => {
    let under: StoreUnderTest;
    beforeAll(async () => {
      under = await subject.open();
    });
    afterAll(() => under.close());

    async function land(draft: CommitDraft): Promise<Commit> {
      const result = await under.store.ledger.append(draft, []);
      if (result.kind !== 'landed') throw new Error('It did not land.');
      return result.commit;
    }

    it('when a commit lands, then every process reads it exactly as it was, with the time of the store', async () => {
      const draft = aDraft({ texts: { b1: 'refund', b2: '{}' }, pending: true });

      const commit = await land(draft);

      expect(commit).toEqual({ ...draft, landedAt: commit.landedAt });
      expect(Math.abs(commit.landedAt.getTime() - Date.now())).toBeLessThan(60_000);
      expect(await under.store.ledger.read(draft.stream)).toEqual([commit]);
      expect(await under.other.ledger.read(draft.stream)).toEqual([commit]);
    });

    it('when contents are as odd as JSON allows, then they come back unchanged and the chain verifies', async () => {
      // The text is an object's.
      const odd = JSON.parse(
        '{"$set":{"a.b":1},"":[],"__proto__":{"x":1},"_id":"me","n":1e-7,"big":9007199254740991,"neg":-1.5,"nul":"\\u0000","deep":[[[[{"$date":0}]]]]}',
      ) as CommitDraft['events'][number]['data'];
      const texts = { b1: 'a\u0000b \ud800 \u{1f600}', 'b.2': 'name with a dot', $b3: '' };
      const sealed = aDraft({ texts });
      const draft = aDraft({
        stream: sealed.stream,
        events: [...sealed.events, { kind: 'tool.answered', v: 2, data: odd }],
      });

      await land({ ...draft, bodies: sealed.bodies });

      const read = await under.other.ledger.read(draft.stream);
      expect(JSON.stringify(read[0]?.events)).toBe(JSON.stringify(draft.events));
      expect(read[0]?.bodies).toEqual(sealed.bodies);
      expect(verifyStream(read)).toBeUndefined();
    });

    it.each([
      ['one text of 3 MB', { b1: 'ä'.repeat(1_500_000) }],
      [
        'forty texts of 60 kB',
        Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`b${String(at)}`, 'x'.repeat(60_000)])),
      ],
    ])('when a commit carries %s, then it comes back whole', async (_name, texts) => {
      const draft = aDraft({ texts });

      const commit = await land(draft);

      expect((await under.other.ledger.read(draft.stream))[0]?.bodies).toEqual(commit.bodies);
      expect(commit.bodies).toEqual(draft.bodies);
    });

    it('when a seq is taken, then the second writer is told that it moved, and leaves nothing behind', async () => {
      const first = await land(aDraft());
      const row = aRunRow();

      const second = await under.other.ledger.append(aDraft({ stream: first.stream }), [writeOfRun(row)]);

      expect(second).toEqual({ kind: 'moved' });
      expect(await under.store.ledger.read(first.stream)).toEqual([first]);
      expect(await under.store.runs.find(row.id)).toBeUndefined();
    });

    it('when 64 writers of two processes append to one stream, then exactly one wins each seq', async () => {
      const stream = `run/${newNonce()}`;
      let prev = '0'.repeat(64);
      for (let seq = 0; seq < 8; seq += 1) {
        const drafts = Array.from({ length: 64 }, () => aDraft({ stream, seq, prev }));

        const results = await Promise.all(
          drafts.map((draft, index) => storeOf(under, index).ledger.append(draft, [])),
        );

        const winners = results.flatMap((result) => (result.kind === 'landed' ? [result.commit] : []));
        expect(winners).toHaveLength(1);
        const [standing] = await under.other.ledger.read(stream, seq);
        expect(standing).toEqual(winners[0]);
        if (standing !== undefined) prev = prevAfter(standing);
      }
      expect(verifyStream(await under.store.ledger.read(stream))).toBeUndefined();
    });

    it('when a draft that stands already is appended again, then it is not there twice', async () => {
      const draft = aDraft();
      await land(draft);

      await under.other.ledger.append(draft, []);

      expect(await under.store.ledger.read(draft.stream)).toHaveLength(1);
    });

    it('when commits land one after the other, then their times never go back', async () => {
      const stream = `run/${newNonce()}`;
      let prev = '0'.repeat(64);
      for (let seq = 0; seq < 20; seq += 1) {
        const result = await storeOf(under, seq).ledger.append(aDraft({ stream, seq, prev }), []);
        if (result.kind === 'landed') prev = prevAfter(result.commit);
      }

      const commits = await under.store.ledger.read(stream);
      expect(commits.map((commit) => commit.seq)).toEqual(Array.from({ length: 20 }, (_, seq) => seq));
      expect(verifyStream(commits)).toBeUndefined();
      expect(await under.store.ledger.read(stream, 17)).toEqual(commits.slice(17));
      expect(await under.store.ledger.read('run/none')).toEqual([]);
    });

    it('when streams are listed, then they come in order, once each, after a name and under a prefix', async () => {
      for (const name of ['list/b', 'list/a', 'list/c', 'lisu/a', 'list/ä']) {
        const first = await land(aDraft({ stream: name }));
        await land(aDraft({ stream: name, seq: 1, prev: prevAfter(first) }));
      }
      const { ledger } = under.other;

      expect(await ledger.listStreams({ prefix: 'list/', limit: 10 })).toEqual([
        'list/a',
        'list/b',
        'list/c',
        'list/ä',
      ]);
      expect(await ledger.listStreams({ prefix: 'list/', after: 'list/a', limit: 2 })).toEqual([
        'list/b',
        'list/c',
      ]);
      expect(await ledger.listStreams({ after: 'list/ä', limit: 1 })).toEqual(['lisu/a']);
    });

    it('when all streams of a range are read, then each commit comes once, in the order of stream and seq', async () => {
      const streams = ['bulk/b', 'bulk/ä', 'bulk/a', 'bulkier', 'bulk/c'];
      const long = 'x'.repeat(300_000);
      for (const [at, stream] of streams.entries()) {
        let prev = '0'.repeat(64);
        // More than a store reads at once, and a text that is kept apart.
        for (let seq = 0; seq < (stream === 'bulk/b' ? 230 : 2); seq += 1)
          prev = prevAfter(
            await land(aDraft({ stream, seq, prev, texts: { b1: seq === at ? long : 'short' } })),
          );
      }

      const pages: (readonly Commit[])[] = [];
      for await (const commits of under.other.ledger.readAll({ from: 'bulk/', before: 'bulk0' }))
        pages.push(commits);

      const expected: Commit[] = [];
      for (const stream of ['bulk/a', 'bulk/b', 'bulk/c', 'bulk/ä'])
        expected.push(...(await under.store.ledger.read(stream)));
      expect(expected).toHaveLength(236);
      expect(pages.flat()).toEqual(expected);
      expect(Math.max(...pages.map((page) => page.length))).toBeLessThan(230);
      for await (const commits of under.other.ledger.readAll({ from: 'none/', before: 'none0' }))
        expect(commits).toEqual([]);
    });

    it('when a commit is pending, then it is found once it is old enough, until it is cleared', async () => {
      const first = await land(aDraft({ pending: true }));
      const second = await land(aDraft({ pending: true }));
      await land(aDraft());
      const later = new Date(second.landedAt.getTime() + 1);
      const found = async (before: Date): Promise<readonly string[]> =>
        (await under.other.ledger.findPending(before, 1_000))
          .map((commit) => commit.stream)
          .filter((stream) => [first.stream, second.stream].includes(stream));

      expect(await found(first.landedAt)).toEqual([]);
      expect((await found(later)).toSorted()).toEqual([first.stream, second.stream].toSorted());
      under.store.ledger.clearPending([first]);

      await eventually(async () => ((await found(later)).length === 1 ? true : undefined));
      expect(await found(later)).toEqual([second.stream]);
      expect((await under.store.ledger.read(first.stream))[0]?.pending).toBe(false);
    });

    it('when texts are erased, then only they are gone and the rest verifies', async () => {
      const draft = aDraft({ texts: { b1: 'Ana', b2: 'kept', b3: 'x'.repeat(200_000) } });
      const first = await land(draft);
      const event = { kind: erasureKind, v: 1, data: { seq: 0, bodies: ['b1', 'b3'] } };
      await land(aDraft({ stream: draft.stream, seq: 1, prev: prevAfter(first), events: [event] }));

      await under.store.ledger.eraseBodies(draft.stream, 0, ['b1', 'b3']);
      await under.store.ledger.eraseBodies(draft.stream, 0, ['b1']);

      const commits = await under.other.ledger.read(draft.stream);
      expect(commits[0]?.bodies).toEqual({ b2: draft.bodies['b2'] });
      expect(verifyStream(commits)).toBeUndefined();
    });

    it('when a commit has landed, then its rows are there for every process', async () => {
      const row = aRunRow();

      await under.store.ledger.append(aDraft({ stream: `run/${row.id}` }), [writeOfRun(row)]);

      expect(await under.other.runs.find(row.id)).toEqual(row);
    });

    it('when rows arrive out of order, then the one of the youngest commit stays', async () => {
      const old = aRunRow({ seq: 3, status: 'running' });
      const young = { ...old, seq: 4, status: 'done' as const };

      await under.store.ledger.saveRows([writeOfRun(young)]);
      await under.other.ledger.saveRows([writeOfRun(old)]);

      expect(await under.store.runs.find(old.id)).toEqual(young);
      await under.other.ledger.saveRows([writeOfRun({ ...young, title: 'again' })]);
      expect((await under.store.runs.find(old.id))?.title).toBe('again');
    });
  });
}
