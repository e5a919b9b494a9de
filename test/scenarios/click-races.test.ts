/**
 * Two workers on one store, and two buttons pressed in the same moment, one on each.
 *
 * What happened is read from the ledger itself and from what reached the tool, never from what either worker says.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { asApprovalId, asRunId, runStream } from '../../src/core/ids.ts';
import type { LedgerEvent } from '../../src/ledger/commit.ts';
import type { ApprovalJson } from '../../src/api/shapes.ts';
import type { ModelRequest } from '../../src/models/model.ts';
import { aMovedClock } from '../builders/moved-clock.ts';
import type { MovedClock } from '../builders/moved-clock.ts';
import { aFolder, eventually, removeFolder } from '../builders/running-bot.ts';
import { numbersFrom } from '../builders/seeded-numbers.ts';
import { aWorld, call, lastResult, words, worldPolicy } from '../builders/world.ts';
import type { Script, World } from '../builders/world.ts';

const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const racesAtOnce = 10;

function taskOf(request: ModelRequest): string {
  const [first] = request.messages;
  return first?.role === 'user' ? first.text : '';
}

type Press = 'approve' | 'deny' | 'withdraw' | 'expire';
/** `counted` when the presser was told that it took effect. */
type Told = 'counted' | 'refused';

interface Race {
  /** Whom this race pays, and no other. */
  readonly payee: string;
  readonly run: string;
  readonly approval: ApprovalJson;
}

describe('given two workers on one store', () => {
  const random = numbersFrom(seed);
  let folder: string;
  let clock: MovedClock;
  let worlds: readonly [World, World];

  beforeAll(async () => {
    process.stdout.write(`click races: SEED=${String(seed)}\n`);
    folder = aFolder();
    clock = aMovedClock();
    const policy = worldPolicy.replace('approvers: [finance]', 'approvers: [approver]');
    const model: Script = (turn, request) =>
      turn === 0 ? call('books__pay', { amount: 120, to: taskOf(request) }) : words(lastResult(request));
    worlds = [await aWorld({ folder, clock, policy, model }), await aWorld({ folder, clock, policy, model })];
  });
  afterAll(async () => {
    for (const world of worlds) await world.close();
    removeFolder(folder);
  });

  const runOf = (race: Race): ReturnType<typeof asRunId> => asRunId(race.run);
  const effectsOf = (race: Race): number =>
    worlds.flatMap((world) => world.sent).filter((request) => request.argsJson.includes(`"${race.payee}"`))
      .length;

  let asked = 0;
  async function ask(): Promise<Race> {
    asked += 1;
    const payee = `payee-${String(asked)}`;
    const { run } = await worlds[0].say('ana', payee);
    return { payee, run, approval: await worlds[0].pending(run) };
  }

  async function press(world: World, by: string, race: Race, what: Press): Promise<Told> {
    for (let turns = Math.floor(random() * 4); turns > 0; turns -= 1) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    switch (what) {
      case 'approve':
      case 'deny':
        return (await world.vote(by, race.approval, what)).kind === 'counted' ? 'counted' : 'refused';
      case 'withdraw': {
        const done = await world.app.backend.act(world.person('ana'), {
          action: `v1:${race.approval.id}:withdraw`,
        });
        return done.kind === 'done' ? 'counted' : 'refused';
      }
      case 'expire':
        await world.app.engine.wakeById(runOf(race));
        return 'refused';
      default:
        return what satisfies never;
    }
  }

  async function eventsOf(race: Race): Promise<readonly LedgerEvent[]> {
    const commits = await worlds[0].app.store.ledger.read(runStream(runOf(race)));
    return commits.flatMap((commit) => commit.events);
  }

  /**
   * What each worker shows of the approval once both have read the ledger to its end: a worker that was in the middle
   * of its own try may show for a moment what it knew before. The last look stands, whatever it is.
   */
  async function statesOf(race: Race): Promise<readonly (string | undefined)[]> {
    for (let looks = 0; ; looks += 1) {
      const states: (string | undefined)[] = [];
      for (const world of worlds) {
        states.push((await world.app.backend.readApproval(world.person('ben'), race.approval.id))?.state);
      }
      if (states[0] === states[1] || looks >= 200) return states;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  /** Everything about one race that must never be, in words. */
  async function faultsOf(race: Race, pressed: readonly [Press, Told][]): Promise<readonly string[]> {
    const faults: string[] = [];
    const events = await eventsOf(race);
    const isOf = (event: LedgerEvent): boolean => event.data['approval'] === race.approval.id;
    const sentAt = events.findIndex((event) => event.kind === 'tool.dispatched');
    const deniedAt = events.findIndex(
      (event) => event.kind === 'approval.voted' && isOf(event) && event.data['vote'] === 'deny',
    );
    const dispatches = events.filter((event) => event.kind === 'tool.dispatched').length;
    const effects = effectsOf(race);
    const states = await statesOf(race);
    if (states[0] !== states[1]) faults.push(`two outcomes: ${states.join(' and ')}`);
    if (effects > 1) faults.push(`${String(effects)} effects`);
    if (dispatches > 1) faults.push(`${String(dispatches)} dispatches`);
    if (deniedAt >= 0 && sentAt > deniedAt) faults.push('a committed denial was followed by a dispatch');
    if (effects > 0 !== (states[0] === 'approved'))
      faults.push(`${String(effects)} effects though ${String(states[0])}`);
    const turnedDownAt = events.findIndex(
      (event) => event.kind === 'approval.decided' && isOf(event) && event.data['state'] !== 'approved',
    );
    if (turnedDownAt >= 0 && sentAt > turnedDownAt) faults.push('dispatched after it was turned down');
    for (const [what, told] of pressed) {
      if (told === 'counted' && what !== 'approve' && effects > 0)
        faults.push(`${what} was confirmed, yet it ran`);
    }
    return faults;
  }

  const kinds: readonly [Press, Press, number][] = [
    ['approve', 'approve', 60],
    ['approve', 'deny', 80],
    ['deny', 'approve', 40],
    ['approve', 'withdraw', 60],
    ['approve', 'expire', 60],
  ];
  for (const [a, b, rounds] of kinds) {
    it(`when ${a} and ${b} are pressed in the same moment, ${String(rounds)} times, then each has one outcome and at most one effect`, async () => {
      const faults: string[] = [];
      for (let done = 0; done < rounds; done += racesAtOnce) {
        const races = await Promise.all(Array.from({ length: racesAtOnce }, ask));
        if (b === 'expire') {
          const expiresAt = Math.max(...races.map((race) => Date.parse(race.approval.expiresAt)));
          clock.advance(expiresAt - clock.now().getTime() - Math.floor(random() * 4));
        }
        await Promise.all(
          races.map(async (race) => {
            const isSwapped = random() < 0.5;
            const [left, right] = isSwapped ? [worlds[1], worlds[0]] : worlds;
            const told = await Promise.all([press(left, 'ben', race, a), press(right, 'cho', race, b)]);
            if (b === 'expire') clock.advance(1);
            await settled(race);
            const found = await faultsOf(race, [
              [a, told[0]],
              [b, told[1]],
            ]);
            faults.push(...found.map((fault) => `${race.run}: ${fault}`));
          }),
        );
      }
      if (faults.length > 0) process.stdout.write(`SEED=${String(seed)}\n`);

      expect(faults).toEqual([]);
    }, 120_000);
  }

  async function settled(race: Race): Promise<void> {
    await eventually(async () => {
      for (const world of worlds) await world.app.engine.wakeById(runOf(race));
      const run = await worlds[0].app.backend.readRun(worlds[0].person('ana'), race.run);
      const approval = await worlds[0].app.store.runs.findApproval(asApprovalId(race.approval.id));
      return run?.status === 'done' && approval?.state !== 'pending' ? true : undefined;
    });
  }
});
