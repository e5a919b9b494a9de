import { afterEach, describe, expect, it } from '@jest/globals';
import { asChannelId, asRunId, runStream } from '../../src/core/ids.ts';
import { openFreezeStream } from '../../src/gate/freeze-state.ts';
import type { Commit, LedgerEvent } from '../../src/ledger/commit.ts';
import type { LedgerStore } from '../../src/ledger/store.ts';
import { verifyStream } from '../../src/ledger/verify.ts';
import { createPeople } from '../../src/people/create-people.ts';
import { demonstrationPeople } from '../../src/people/parse-people.ts';
import type { People } from '../../src/people/person.ts';
import type { ToolState } from '../../src/tools/tool.ts';
import { aMovedClock } from '../builders/moved-clock.ts';
import { aFolder, eventually, removeFolder } from '../builders/running-bot.ts';
import { aWorld, call, lastResult, words, worldPolicy } from '../builders/world.ts';
import type { Script, World, WorldOptions } from '../builders/world.ts';
import { aPlainPlatform } from '../fakes/plain-adapter.ts';
import { readFixture } from '../builders/event-fixture.ts';

const policy = worldPolicy.replace('approvers: [finance]', 'approvers: [approver]');
const folders: string[] = [];
const worlds: World[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
  for (const folder of folders.splice(0)) removeFolder(folder);
});

async function aStarted(options: WorldOptions = {}): Promise<World> {
  const world = await aWorld({ policy, ...options });
  worlds.push(world);
  return world;
}

function aSharedFolder(): string {
  const folder = aFolder();
  folders.push(folder);
  return folder;
}

/** Dev is an operator here, so that three persons may have a part in breaking glass. */
function withOperator(): People {
  const people = demonstrationPeople();
  const persons = people.persons.map((person) =>
    person.id === 'dev' ? { ...person, roles: ['operator'] } : person,
  );
  return createPeople({ ...people, persons });
}

const freezer = (world: World): World['app']['backend']['freezer'] => world.app.backend.freezer;

async function eventsOf(
  world: World,
  run: string,
): Promise<readonly (LedgerEvent & { readonly at: number })[]> {
  const commits = await world.app.store.ledger.read(runStream(asRunId(run)));
  return commits.flatMap((commit) =>
    commit.events.map((event) => ({ ...event, at: commit.landedAt.getTime() })),
  );
}

describe('given an approval that waits', () => {
  it('when somebody freezes on another worker, then it is void everywhere and the card says who and why', async () => {
    const folder = aSharedFolder();
    const first = await aStarted({ folder });
    const second = await aStarted({ folder });
    const { run, thread } = await first.say('ana', 'pay acme');
    const approval = await first.pending(run);

    const done = await freezer(second).freeze(second.person('cho'), 'odd payments');
    const vote = await first.vote('ben', approval, 'approve');
    await first.app.engine.wakeById(asRunId(run));
    await first.until(run, 'done');

    expect(done).toMatchObject({ kind: 'done' });
    expect(done.text).toContain('Frozen. 1 waiting call is void.');
    expect(vote).toMatchObject({ kind: 'refused', status: 409 });
    expect([...first.sent, ...second.sent]).toEqual([]);
    const story = await first.story(thread);
    expect(story).toContain('Everything is frozen by Cho: odd payments. Nothing ran.');
    expect(story).toContain('frozen by Cho: books/pay');
  });

  for (const where of ['the same worker', 'another worker'] as const) {
    it(`when it was approved but not yet sent and somebody freezes on ${where}, then it is never sent`, async () => {
      let letGo: () => void = () => undefined;
      let isLooking = false;
      const gone = new Promise<void>((resolve) => {
        letGo = resolve;
      });
      const find = async (name: string, found: ToolState, isFresh: boolean): Promise<ToolState> => {
        if (name === 'books/pay' && isFresh) {
          isLooking = true;
          await gone;
        }
        return found;
      };
      const folder = aSharedFolder();
      const first = await aStarted({ folder, find });
      const second = await aStarted({ folder });
      const { run } = await first.say('ana', 'pay acme');
      await first.vote('ben', await first.pending(run), 'approve');
      await eventually(() => (isLooking ? true : undefined));

      const freezing = where === 'the same worker' ? first : second;
      await freezer(freezing).freeze(freezing.person('cho'), 'odd payments');
      letGo();
      await first.until(run, 'done');

      expect([...first.sent, ...second.sent]).toEqual([]);
      const kinds = (await eventsOf(first, run)).map((event) => event.kind);
      expect(kinds).not.toContain('tool.dispatched');
    });
  }
});

describe('given everything is frozen', () => {
  const noteAndLook: Script = (turn, request) => {
    if (turn === 0) return call('books__note', { text: 'x' });
    if (turn === 1) return call('books__look', { invoice: 1 });
    return words(`Result: ${lastResult(request)}`);
  };

  it('when policy allows a write by itself, then it stops too, and allowed reads go on', async () => {
    const world = await aStarted({ model: noteAndLook });
    await freezer(world).freeze(world.person('ben'), 'odd payments');

    const { run, thread } = await world.say('ana', 'note it');
    await world.until(run, 'done');

    expect(world.sent.map((request) => request.tool.name)).toEqual(['books/look']);
    const story = await world.story(thread);
    expect(story).toContain('refused books/note: Everything is frozen by Ben: odd payments. Nothing ran.');
    expect(story).toContain('Invoice 1042');
  });

  it('when an agent wants something that asks, then nobody is asked', async () => {
    const world = await aStarted();
    await freezer(world).freeze(world.person('ben'), 'odd payments');

    const { run } = await world.say('ana', 'pay acme');
    await world.until(run, 'done');

    const { items } = await world.app.backend.listApprovals(world.person('ben'), {});
    expect(items).toEqual([]);
    expect(world.sent).toEqual([]);
  });

  it('when somebody unfreezes, then what is asked from then on runs as always', async () => {
    const world = await aStarted();
    await freezer(world).freeze(world.person('ben'), 'odd payments');
    await freezer(world).unfreeze(world.person('cho'), '');

    const { run } = await world.say('ana', 'pay acme');
    await world.vote('ben', await world.pending(run), 'approve');
    await world.until(run, 'done');

    expect(world.sent).toHaveLength(1);
  });

  it('when the two who break the glass are all who may, then they read that nobody is left to sign', async () => {
    const world = await aStarted({ people: demonstrationPeople() });
    const { run } = await world.say('ana', 'pay acme');
    await world.pending(run);
    await freezer(world).freeze(world.person('ben'), 'odd payments');
    const asked = await freezer(world).askForGlass(world.person('ben'), asRunId(run), 'the pumps');
    const glass = /glass_[0-9a-z]+/u.exec(asked.text)?.[0] ?? '';

    const broken = await freezer(world).breakGlass(world.person('cho'), glass);

    expect(broken.text).toContain('Nobody is left who may: give somebody else the role operator');
  });

  it('when people without any say try to freeze, unfreeze or break glass, then they are refused', async () => {
    const world = await aStarted();
    const dev = world.person('dev');
    const refusal = { kind: 'refused', why: 'not-entitled' };
    const { run } = await world.say('ana', 'pay acme');

    expect(await freezer(world).freeze(dev, 'for fun')).toMatchObject(refusal);
    await freezer(world).freeze(world.person('ben'), 'odd payments');
    expect(await freezer(world).unfreeze(dev, '')).toMatchObject(refusal);
    expect(await freezer(world).askForGlass(dev, asRunId(run), 'please')).toMatchObject(refusal);
  });
});

describe('given a worker that did not see a question when everything was frozen', () => {
  it('when the freeze is over, then the question stays void', async () => {
    const folder = aSharedFolder();
    const clock = aMovedClock();
    const first = await aStarted({ folder, clock });
    const { run } = await first.say('ana', 'pay acme');
    const approval = await first.pending(run);
    // The switch alone, as if the freezer had died before it reached this run.
    const second = await aStarted({ folder, clock });
    const { freeze } = switchOnly(second);
    await freeze();
    await freezer(second).unfreeze(second.person('cho'), '');

    const vote = await first.vote('ben', approval, 'approve');
    await first.app.engine.wakeById(asRunId(run));
    await first.until(run, 'done');

    expect(vote).toMatchObject({ kind: 'refused', status: 409, code: 'approval.frozen' });
    expect([...first.sent, ...second.sent]).toEqual([]);
  });
});

/** Commits the freeze and does nothing else. */
function switchOnly(world: World): { freeze(): Promise<unknown> } {
  const event = { kind: 'freeze.started', v: 1, data: { by: 'cho' }, texts: { reason: 'odd payments' } };
  return {
    freeze: () => openFreezeStream(world.app.store.ledger).append('cho', () => [event]),
  };
}

describe('given two workers on one store', () => {
  it('when approve and freeze come in the same moment, 40 times, then nothing is sent after «frozen» is said', async () => {
    const folder = aSharedFolder();
    const model: Script = (turn, request) =>
      turn === 0 ? call('books__pay', { amount: 1, to: 'acme' }) : words(lastResult(request));
    const sentAt: number[] = [];
    const answer = (): undefined => {
      sentAt.push(performance.now());
      return undefined;
    };
    const first = await aStarted({ folder, model, answer });
    const second = await aStarted({ folder, model, answer });
    const faults: string[] = [];
    let sent = 0;
    for (let round = 0; round < 40; round += 1) {
      const { run } = await first.say('ana', 'pay acme');
      const approval = await first.pending(run);
      const wait = async (): Promise<void> => {
        for (let turns = Math.floor(Math.random() * 12); turns > 0; turns -= 1) {
          await new Promise((resolve) => setImmediate(resolve));
        }
      };
      const voting = wait().then(() => second.vote('ben', approval, 'approve'));
      await wait();
      await freezer(first).freeze(first.person('cho'), 'race');
      const saidAt = performance.now();
      const dispatchedBefore = (await eventsOf(first, run)).filter(
        (event) => event.kind === 'tool.dispatched',
      ).length;
      await voting;
      for (const world of [first, second]) await world.app.engine.wakeById(asRunId(run));
      await first.until(run, 'done');
      const dispatched = (await eventsOf(first, run)).filter(
        (event) => event.kind === 'tool.dispatched',
      ).length;
      if (dispatched > dispatchedBefore) faults.push(`${run}: dispatched after «frozen»`);
      if (sentAt.some((at) => at > saidAt)) faults.push(`${run}: bytes left after «frozen»`);
      sent += sentAt.length;
      sentAt.length = 0;
      await freezer(second).unfreeze(second.person('cho'), '');
    }
    process.stdout.write(`approve/freeze: ${String(sent)} of 40 were sent before the freeze\n`);

    expect(faults).toEqual([]);
  }, 120_000);
});

describe('given an emergency while everything is frozen', () => {
  it('when two persons break the glass, then that thread alone may act, for a while, and a third must sign', async () => {
    const clock = aMovedClock();
    const world = await aStarted({ people: withOperator(), clock });
    const { run, thread } = await world.say('ana', 'pay acme');
    await world.pending(run);
    await freezer(world).freeze(world.person('ben'), 'odd payments');
    await world.until(run, 'done');

    const asked = await freezer(world).askForGlass(
      world.person('ben'),
      asRunId(run),
      'the pumps must be paid',
    );
    const glass = /glass_[0-9a-z]+/u.exec(asked.text)?.[0] ?? '';
    const alone = await freezer(world).breakGlass(world.person('ben'), glass);
    const stillFrozen = await world.say('ana', 'pay acme', thread);
    await world.until(stillFrozen.run, 'done');
    const broken = await freezer(world).breakGlass(world.person('cho'), glass);
    const inside = await world.say('ana', 'pay acme', thread);
    await world.vote('ben', await world.pending(inside.run), 'approve');
    await world.until(inside.run, 'done');
    const outside = await world.say('ana', 'pay acme');
    await world.until(outside.run, 'done');

    expect(alone).toMatchObject({ kind: 'refused', why: 'same-person' });
    expect(broken).toMatchObject({ kind: 'done' });
    expect(world.sent).toHaveLength(1);

    clock.advance(31 * 60_000);
    const late = await world.say('ana', 'pay acme', thread);
    await world.until(late.run, 'done');
    expect(world.sent).toHaveLength(1);

    const healthOf = async (): Promise<string> =>
      JSON.stringify((await world.app.backend.health()).checks.filter((check) => check.name === 'freeze'));
    await freezer(world).unfreeze(world.person('cho'), '');
    expect(await healthOf()).toContain(`Broken glass that nobody has signed for: ${glass}`);
    for (const partaker of ['ben', 'cho']) {
      expect(await freezer(world).reviewGlass(world.person(partaker), glass, 'all fine')).toMatchObject({
        kind: 'refused',
        why: 'same-person',
      });
    }
    expect(
      await freezer(world).reviewGlass(world.person('dev'), glass, 'one payment, looked at'),
    ).toMatchObject({
      kind: 'done',
    });
    expect(await healthOf()).toBe('[]');
  });
});

describe('given a chat platform', () => {
  it('when somebody writes the commands, then they freeze, tell how it stands, and unfreeze', async () => {
    const platform = aPlainPlatform('slack');
    const people = createPeople({
      ...demonstrationPeople(),
      persons: demonstrationPeople().persons.map((person) =>
        person.id === 'ben' ? { ...person, slack: ['T01/U02'] } : person,
      ),
    });
    const world = await aStarted({ people, adapters: [platform.definition] });
    await world.app.start();
    const ben = { platform: 'slack' as const, account: 'T01/U02', groups: [] };
    const write = async (text: string): Promise<string> =>
      (await platform.sink().command(ben, text, asChannelId('slack:T01/C1'))).text;

    expect(await write('freeze')).toContain('Say why');
    expect(await write('freeze odd payments')).toContain('Frozen.');
    expect(await write('break-glass')).toContain('Frozen by Ben');
    expect(await write('unfreeze')).toContain('Unfrozen.');
    expect(await write('break-glass')).toBe('Nothing is frozen.');
  });
});

/** A ledger that holds these commits and takes no more. */
function aLedgerOf(commits: readonly Commit[]): LedgerStore {
  const refuse = (): never => {
    throw new Error('This ledger is only read.');
  };
  return {
    append: refuse,
    read: (_stream, fromSeq = 0) => Promise.resolve(commits.filter((commit) => commit.seq >= fromSeq)),
    readAll: refuse,
    readLast: refuse,
    findHeadsSince: refuse,
    listStreams: refuse,
    findPending: refuse,
    clearPending: refuse,
    saveRows: refuse,
    eraseBodies: refuse,
    purge: refuse,
  };
}

describe('given a freeze stream that an earlier version wrote', () => {
  it('then it folds to what it meant then', async () => {
    const commits = readFixture('freeze-v1.jsonl');

    expect(verifyStream(commits)).toBeUndefined();
    const state = await openFreezeStream(aLedgerOf(commits)).read();
    expect(state).toEqual({
      voidUntil: Date.parse('2026-11-27T10:00:04.000Z'),
      glasses: [
        {
          id: 'glass_fixture',
          thread: 'console:finance/t1',
          by: 'ben',
          reason: 'the pumps must be paid',
          at: Date.parse('2026-11-27T10:00:01.000Z'),
          broken: {
            by: 'cho',
            at: Date.parse('2026-11-27T10:00:02.000Z'),
            until: Date.parse('2026-11-27T10:30:02.000Z'),
          },
          reviewed: { by: 'dev', at: Date.parse('2026-11-27T10:00:03.000Z'), words: 'looked at' },
        },
      ],
    });
  });
});
