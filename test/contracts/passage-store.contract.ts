/** What every passage store promises: a document's passages are those of its last version, and go with it. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { asChannelId, newNonce } from '../../src/core/ids.ts';
import type { ChannelId } from '../../src/core/ids.ts';
import { markAudience, operatorSight } from '../../src/memory/sight.ts';
import type { Sight } from '../../src/memory/sight.ts';
import { aDocument, aPassage } from '../builders/store-entries.ts';
import { storeOf } from './store-subject.ts';
import type { StoreSubject, StoreUnderTest } from './store-subject.ts';

export function describePassageContract(subject: StoreSubject): void {
  describe(`given documents on ${subject.name}`, () => {
    let under: StoreUnderTest;
    beforeAll(async () => {
      under = await subject.open();
    });
    afterAll(() => under.close());

    function aPlace(): { readonly workspace: string; readonly channel: ChannelId; readonly all: Sight } {
      const workspace = `slack:${newNonce()}`;
      return { workspace, channel: asChannelId(`${workspace}/C1`), all: operatorSight(workspace) };
    }

    async function find(sight: Sight, text: string): Promise<readonly string[]> {
      const { byText } = await under.other.passages.search(sight, { text, limit: 10 });
      return byText.map((passage) => passage.text);
    }

    it('when a document is taken in again, then only its new passages are found', async () => {
      const { all, ...place } = aPlace();
      const kept = aPassage({ ...place, text: 'Refunds need a photo.' });
      const old = aPassage({ ...place, text: 'Refunds take five days.' });
      const fresh = aPassage({ ...place, text: 'Refunds take two days.' });
      await under.store.passages.saveDocument(all, aDocument(place), [kept, old]);
      await under.store.passages.saveVectors(all, 'm', [{ id: kept.id, values: new Float32Array([1]) }]);
      const document = aDocument({ ...place, hash: 'h2' });

      await under.other.passages.saveDocument(all, document, [kept, fresh]);

      expect([...(await find(all, 'refund'))].toSorted()).toEqual([kept.text, fresh.text]);
      expect(await under.store.passages.read(all, [fresh.id, old.id, kept.id])).toEqual([fresh, kept]);
      expect(await under.store.passages.listDocuments(all)).toEqual([document]);
      const [part, other] = [`${document.source}#F1`, `${document.source}0`];
      for (const source of [part, other])
        await under.store.passages.saveDocument(all, { ...document, source }, []);
      const ofMessage = await under.store.passages.listDocuments(all, document.source);
      expect(ofMessage.map(({ source }) => source)).toEqual([document.source, part]);
      await under.store.passages.removeDocuments(all, [part, other]);
      expect(await under.store.passages.listWithoutVector(all, { model: 'm', dims: 1 }, 10)).toHaveLength(2);
    });

    const raced = subject.changesInTwoSteps === true ? it.skip : it;
    raced(
      'when two processes take one document in at once, then one version of it is there, whole',
      async () => {
        const { all, ...place } = aPlace();
        const versions = Array.from({ length: 6 }, (_, version) =>
          Array.from({ length: 5 }, (_none, position) =>
            aPassage({ ...place, position, text: `Version ${String(version)} of the refunds` }),
          ),
        );

        await Promise.all(
          versions.map((passages, index) =>
            storeOf(under, index).passages.saveDocument(
              all,
              aDocument({ ...place, hash: String(index) }),
              passages,
            ),
          ),
        );

        const [document] = await under.store.passages.listDocuments(all);
        const texts = await find(all, 'refunds');
        expect(texts).toEqual(versions[Number(document?.hash)]?.map(({ text }) => text));
      },
    );

    it('when passages are looked for by their title and by meaning, then they are found', async () => {
      const { all, ...place } = aPlace();
      const passages = [0, 1, 2].map((position) =>
        aPassage({
          ...place,
          position,
          text: `Part ${String(position)}`,
          around: position === 1 ? 'lamps' : '',
        }),
      );
      await under.store.passages.saveDocument(all, aDocument(place), passages);
      const vectors = passages.map(({ id }, at) => ({ id, values: new Float32Array([1, at]) }));
      await under.store.passages.saveVectors(all, 'm', vectors);

      expect(await find(all, 'handbooks')).toHaveLength(3);
      expect(await find(all, 'lamp')).toEqual(['Part 1']);
      const vector = { model: 'm', values: new Float32Array([0, 1]) };
      const { byVector } = await under.other.passages.search(all, { text: '', vector, limit: 2 });
      expect(byVector.map(({ text }) => text)).toEqual(['Part 2', 'Part 1']);
    });

    it('when it is noted how far a channel was read, then the last note stands, for that channel’s workspace alone', async () => {
      const { all, channel, workspace } = aPlace();
      const { passages } = under.store;
      const place = { as: 'all', next: '170.5', messages: 200, backTo: 5 };
      await passages.saveReadingPlace(all, channel, { ...place, messages: 100 });
      await passages.saveReadingPlace(all, channel, place);

      expect(await under.other.passages.findReadingPlace(all, channel)).toEqual(place);
      const stranger = markAudience({ workspace, channel: asChannelId(`${workspace}/C2`), open: [] });
      for (const sight of [aPlace().all, stranger])
        expect(await passages.findReadingPlace(sight, channel)).toBeUndefined();
      await passages.saveReadingPlace(all, channel, undefined);
      expect(await passages.findReadingPlace(all, channel)).toBeUndefined();
    });

    it('when a document is removed or belongs elsewhere, then nothing of it is found', async () => {
      const { all, ...place } = aPlace();
      const closed = asChannelId(`${place.workspace}/C2`);
      await under.store.passages.saveDocument(all, aDocument(place), [aPassage(place)]);
      const other = { ...place, channel: closed, source: 'secret.md' };
      await under.store.passages.saveDocument(all, aDocument(other), [aPassage(other)]);
      const here = markAudience({ workspace: place.workspace, channel: place.channel, open: [] });

      expect(await find(here, 'photo')).toHaveLength(1);
      expect((await under.other.passages.listDocuments(here)).map(({ source }) => source)).toEqual([
        'handbook.md',
      ]);
      expect(await find(operatorSight('slack:none'), 'photo')).toEqual([]);

      await under.other.passages.removeDocuments(all, ['secret.md', 'handbook.md']);
      expect(await find(all, 'photo')).toEqual([]);
      expect(await under.store.passages.listDocuments(all)).toEqual([]);
    });
  });
}
