import { describe, expect, it } from '@jest/globals';
import { describeMembers } from './member-words.ts';
import { foldMembers } from '../../../src/gate/member-state.ts';
import { createPeopleDesk, nothing } from '../../../src/gate/people-desk.ts';
import type { PeopleDesk } from '../../../src/gate/people-desk.ts';
import { foldStream } from '../../../src/ledger/fold.ts';
import { parsePeople } from '../../../src/people/parse-people.ts';
import type { People } from '../../../src/people/person.ts';
import { readFixture } from '../../builders/event-fixture.ts';
import { aLedgerStore } from '../../builders/local-ledger.ts';
import type { LocalLedger } from '../../builders/local-ledger.ts';
import { aMovedClock } from '../../builders/moved-clock.ts';

const file = parsePeople('people:\n  ana: { name: Ana, slack: [T01/U1] }\n', 'people.yaml');
const dev = { platform: 'slack', account: 'T01/U4' } as const;

interface Setting {
  readonly desk: PeopleDesk;
  readonly ledger: LocalLedger;
  readonly clock: ReturnType<typeof aMovedClock>;
  readonly told: string[];
  people(): People;
  /** Another process on the same store. */
  another(): PeopleDesk;
}

function aDesk(): Setting {
  const clock = aMovedClock();
  const ledger = aLedgerStore(() => clock.now());
  const told: string[] = [];
  const open = (): PeopleDesk =>
    createPeopleDesk({
      ledger,
      clock,
      named: () => file,
      tell: (text) => told.push(text),
      onChanged: () => undefined,
    });
  const desk = open();
  return { desk, ledger, clock, told, people: () => desk.over(file), another: open };
}

const codeOf = async (desk: PeopleDesk): Promise<string> => (await desk.offerCode()) ?? 'none';

describe('given nobody is an operator', () => {
  it('when the code is entered, then it makes one operator, on any process, and no code makes another', async () => {
    const { desk, another, people, ledger } = aDesk();
    const [code, other] = [await codeOf(desk), await codeOf(another())];

    expect((await another().setUp(dev, code)).text).toContain('Write your name');
    const [first, second] = await Promise.all([
      another().setUp(dev, `${code} Dev`),
      desk.setUp({ platform: 'discord', account: '2009' }, `${other} Eve`),
    ]);

    expect([first, second].filter(({ isDone }) => isDone)).toHaveLength(1);
    await desk.read();
    expect(people().expand(['operator'])).toHaveLength(1);
    expect(await desk.offerCode()).toBeUndefined();
    const kept = JSON.stringify(await ledger.read('people/members'));
    expect([kept.includes(code), kept.includes(other)]).toEqual([false, false]);
  });

  it('when an hour goes by, then the code is void', async () => {
    const { desk, clock } = aDesk();
    const code = await codeOf(desk);
    clock.advance(60 * 60_000 + 1);

    expect((await desk.setUp(dev, `${code} Dev`)).text).toContain('older than an hour');
  });

  it('when five wrong codes came from an account, then even the right one waits an hour, after a restart too', async () => {
    const { desk, another, clock } = aDesk();
    const code = await codeOf(desk);
    for (let tries = 0; tries < 5; tries += 1) await desk.setUp(dev, `wrong${String(tries)} Dev`);

    expect((await another().setUp(dev, `${code} Dev`)).text).toContain('Too many wrong codes');
    expect((await another().setUp({ platform: 'discord', account: '2001' }, `${code} Eve`)).isDone).toBe(
      true,
    );
    clock.advance(60 * 60_000 + 1);
    expect((await another().setUp(dev, `${code} Dev`)).text).toContain('an operator already');
  });

  it('when it is entered on the console, then it gives a token that signs in, and only its hash is kept', async () => {
    const { desk, people, ledger } = aDesk();

    const { token = '' } = await desk.setUp(
      { platform: 'console', account: '' },
      `${await codeOf(desk)} Eva`,
    );

    expect(people().findByToken(token)?.name).toBe('Eva');
    expect(JSON.stringify(await ledger.read('people/members'))).not.toContain(token);
  });

  it('when somebody of the file enters it, then he becomes operator and stays himself', async () => {
    const { desk, people } = aDesk();

    await desk.setUp({ platform: 'slack', account: 'T01/U1' }, await codeOf(desk));

    expect(people().findPerson('ana')).toMatchObject({ name: 'Ana', roles: ['operator'], slack: ['T01/U1'] });
    expect(people().persons).toHaveLength(1);
  });
});

describe('given an operator', () => {
  async function withOperator(): Promise<Setting> {
    const setting = aDesk();
    await setting.desk.setUp(dev, `${await codeOf(setting.desk)} Dev`);
    return setting;
  }
  const personOf = ({ people }: Setting, id: string) => {
    const person = people().findPerson(id);
    if (person === undefined) throw new Error(`There is no ${id}.`);
    return person;
  };

  it('when he is the only one, then what he adds counts at once; with a second one it waits for him', async () => {
    const setting = await withOperator();
    const { desk, people, told } = setting;
    const eva = { ...nothing('eva'), name: 'Eva', roles: ['operator'], discord: ['2009'] };

    expect((await desk.add(personOf(setting, 'dev'), eva)).isDone).toBe(true);
    const asked = await desk.add(personOf(setting, 'dev'), { ...nothing('ana'), roles: ['finance'] });

    expect([asked.isDone, people().findPerson('ana')?.roles]).toEqual([false, []]);
    expect(told.join()).toContain('Ana (ana) gets: role finance');
    const id = desk.proposed()[0]?.id ?? '';
    expect((await desk.settle(personOf(setting, 'dev'), id, true)).text).toContain('another operator');
    expect((await desk.settle(personOf(setting, 'ana'), id, true)).text).toContain('Only operators');
    expect((await desk.settle(personOf(setting, 'eva'), id, true)).isDone).toBe(true);
    expect(people().findPerson('ana')?.roles).toEqual(['finance']);
    expect((await desk.settle(personOf(setting, 'eva'), id, true)).text).toContain('settled before');
  });

  it('when somebody leaves the file, then a token of his is worth nothing', async () => {
    const setting = await withOperator();
    const { token = '' } = await setting.desk.makeToken(personOf(setting, 'ana'));
    expect(setting.people().findByToken(token)?.id).toBe('ana');

    const left = setting.desk.over(parsePeople('people:\n  ben: { name: Ben }\n', 'people.yaml'));

    expect(left.findByToken(token)).toBeUndefined();
  });

  it('when what is added breaks the rules of people.yaml, then it is refused with the reason', async () => {
    const setting = await withOperator();
    const add = async (change: Parameters<PeopleDesk['add']>[1]): Promise<string> =>
      (await setting.desk.add(personOf(setting, 'dev'), change)).text;

    expect(await add({ ...nothing('Bad Id'), name: 'X' })).toContain('1 to 40 of a-z');
    expect(await add({ ...nothing('eva'), name: 'Eva', slack: ['T01/U1'] })).toContain(
      'belongs to Ana already',
    );
    expect(await add(nothing('eva'))).toContain('give the name too');
    expect(await setting.desk.remove(personOf(setting, 'dev'), 'dev')).toMatchObject({ isDone: false });
    expect((await setting.desk.remove(personOf(setting, 'dev'), 'ana')).text).toContain('people.yaml');
  });
});

it('given what an earlier version wrote, when it is folded, then the same people come out', () => {
  const state = foldStream(
    readFixture('members-v1.jsonl'),
    { members: [], proposed: [], codes: [], misses: [] },
    foldMembers,
  );

  expect(describeMembers(state)).toEqual([
    'dev Dev operator T01/U4',
    'eva Eva operator 2009',
    'proposed ben by dev',
    'misses 1',
  ]);
});
