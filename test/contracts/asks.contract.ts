/** What the limit of asks promises on every store: over all processes nobody is brought more than five an hour. */
import { describe, expect, it } from '@jest/globals';
import { asActorId, asApprovalId, asRunId } from '../../src/core/ids.ts';
import { asksAnHour, createAskLimit } from '../../src/notices/ask-limit.ts';
import type { AskedCard, AskLimit } from '../../src/notices/ask-limit.ts';
import { parsePeople } from '../../src/people/parse-people.ts';
import { aMovedClock } from '../builders/moved-clock.ts';
import { storeOf } from './store-subject.ts';
import type { StoreSubject } from './store-subject.ts';

const people = parsePeople(
  'people:\n  ben: { name: Ben, slack: [T01/U2] }\n  cho: { name: Cho, slack: [T01/U3] }\n',
  'people.yaml',
);
const [ben, cho] = [asActorId('ben'), asActorId('cho')];
const card = (name: string): AskedCard => ({
  run: asRunId(`run_${name}`),
  approval: asApprovalId(`apr_${name}`),
});
const itemOf = ({ run, approval }: AskedCard): string => `${run}/${approval}`;

export function describeAskContract(subject: StoreSubject): void {
  describe(`given two processes and a thousand questions in a minute on ${subject.name}`, () => {
    it('when each would tell two persons, then each is told of five, the rest queue, and an hour later there is room', async () => {
      const under = await subject.open();
      const clock = aMovedClock();
      const queued = new Set<string>();
      const worker = (index: number): AskLimit =>
        createAskLimit({
          ledger: storeOf(under, index).ledger,
          clock,
          people: () => people,
          queue: (person, asked) => {
            queued.add(`${person} ${itemOf(asked)}`);
            return Promise.resolve();
          },
        });
      const workers = [worker(0), worker(1)];
      const names = (asked: AskedCard, index = 0): Promise<readonly string[]> =>
        workers[index % 2]?.namesFor({ id: itemOf(asked), tell: ['T01/U2', 'T01/U3', 'T01/U9'] }, 'slack') ??
        Promise.resolve([]);
      const cards = Array.from({ length: 1_000 }, (_, index) => card(String(index)));

      const told = await Promise.all(cards.map(names));
      const toBen = cards.filter((_, index) => told[index]?.includes('T01/U2') === true);

      expect(toBen).toHaveLength(asksAnHour);
      expect(told.filter((accounts) => accounts.includes('T01/U3'))).toHaveLength(asksAnHour);
      // Whom nobody knows is told, as the item says.
      expect(told.every((accounts) => accounts.includes('T01/U9'))).toBe(true);
      expect(queued.size).toBe(2 * (cards.length - asksAnHour));
      // Posted again after a crash, or reminded of: what was brought is brought, and takes no more room.
      for (const asked of toBen) expect(await names(asked, 1)).toContain('T01/U2');
      const [first] = toBen;
      if (first === undefined) throw new Error('There are five.');
      expect(await worker(1).mayBring(first, ben)).toBe(true);
      expect(await worker(0).mayBring(card('new'), ben)).toBe(false);
      expect((await worker(0).lately(ben)).toSorted(byRun)).toEqual(toBen.toSorted(byRun));
      // What stands under a card belongs to it.
      const reminder = { id: `${itemOf(first)}/reminded/600000`, tell: ['T01/U2'] };
      expect(await worker(0).namesFor(reminder, 'slack')).toEqual(['T01/U2']);
      // Other items tell whom they want.
      const lost = { id: 'run_1/call_1/unknown', tell: ['T01/U2'] };
      expect(await worker(0).namesFor(lost, 'slack')).toEqual(['T01/U2']);

      clock.advance(3_601_000);
      expect(await worker(0).mayBring(card('later'), ben)).toBe(true);
      expect(await worker(0).mayBring(card('later'), cho)).toBe(true);
    });
  });
}

function byRun(one: AskedCard, other: AskedCard): number {
  return one.run < other.run ? -1 : 1;
}
