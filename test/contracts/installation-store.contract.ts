/** What every installation store promises: of two who change one, one does; what is there is found and listed. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newNonce } from '../../src/core/ids.ts';
import { storeOf } from './store-subject.ts';
import type { StoreSubject, StoreUnderTest } from './store-subject.ts';

export function describeInstallationContract(subject: StoreSubject): void {
  describe(`given installations on ${subject.name}`, () => {
    let under: StoreUnderTest;
    beforeAll(async () => {
      under = await subject.open();
    });
    afterAll(() => under.close());

    // Where a change is a look and a write, two that look at once both write.
    const raced = subject.changesInTwoSteps === true ? it.skip : it;
    raced('when 16 keep one at once, and change it at once, then one of them does each time', async () => {
      const name = `slack/${newNonce()}`;
      for (const version of [1, 2]) {
        const kept = await Promise.all(
          Array.from({ length: 16 }, (_, index) =>
            storeOf(under, index).installations.save({ name, version, sealed: `${String(index)} $ä.` }),
          ),
        );
        const index = kept.indexOf(true);

        expect(kept.filter(Boolean)).toHaveLength(1);
        expect(await under.other.installations.find(name)).toEqual({
          name,
          version,
          sealed: `${String(index)} $ä.`,
        });
      }
      expect(await under.store.installations.save({ name, version: 2, sealed: 'late' })).toBe(false);
      expect(await under.store.installations.save({ name, version: 4, sealed: 'early' })).toBe(false);
    });

    it('when they are listed by how their names begin, then no others come, and a removed one is gone', async () => {
      const beginning = `list-${newNonce()}/`;
      for (const name of [
        `${beginning}b`,
        `${beginning}a`,
        `${beginning.slice(0, -1)}x`,
        `other-${newNonce()}`,
      ])
        await under.store.installations.save({ name, version: 1, sealed: '' });

      const listed = await under.other.installations.list(beginning);
      await under.store.installations.remove(`${beginning}a`);

      expect(listed.map(({ name }) => name)).toEqual([`${beginning}a`, `${beginning}b`]);
      expect(await under.other.installations.find(`${beginning}a`)).toBeUndefined();
      expect(
        await under.other.installations.save({ name: `${beginning}a`, version: 1, sealed: 'again' }),
      ).toBe(true);
    });
  });
}
