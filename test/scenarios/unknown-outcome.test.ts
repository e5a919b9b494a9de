import { afterEach, describe, expect, it } from '@jest/globals';
import type { ToolState } from '../../src/tools/tool.ts';
import { asRunId, runStream } from '../../src/core/ids.ts';
import { aMovedClock } from '../builders/moved-clock.ts';
import type { MovedClock } from '../builders/moved-clock.ts';
import { eventually } from '../builders/running-bot.ts';
import { aWorld, call, lastResult, words, worldPolicy } from '../builders/world.ts';
import type { World, WorldOptions } from '../builders/world.ts';

/** The world's calls time out after 5 s and have 2 s of grace. */
const deadlineMs = 5_000;
const graceMs = 2_000;

const keyed = worldPolicy.replace(
  'books/pay: { effect: opaque,',
  'books/pay: { effect: keyed, key: idempotency_key,',
);

const worlds: World[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

async function open(options: WorldOptions = {}): Promise<{ world: World; clock: MovedClock }> {
  const clock = aMovedClock();
  const world = await aWorld({ clock, ...options });
  worlds.push(world);
  return { world, clock };
}

/** A tool whose answers get lost, the first `times` of them. */
const losing = (times: number): NonNullable<WorldOptions['answer']> => {
  let left = times;
  return () => {
    left -= 1;
    return left >= 0 ? { kind: 'unknown', why: 'the connection broke' } : undefined;
  };
};

async function approved(world: World): Promise<{ run: string; thread: string }> {
  const started = await world.say('ana', 'pay acme');
  await world.vote('ben', await world.pending(started.run), 'approve');
  await eventually(() => (world.sent.length > 0 ? true : undefined));
  await quiet(world);
  return started;
}

/** Waits until nothing is under way in this process. */
const quiet = (world: World): Promise<true> =>
  eventually(() => (world.app.engine.active() === 0 && world.app.runs.count() === 0 ? true : undefined));

async function kindsOf(world: World, run: string): Promise<readonly string[]> {
  const commits = await world.app.store.ledger.read(runStream(asRunId(run)));
  return commits.flatMap((commit) => commit.events.map((event) => event.kind));
}

async function actionsOf(world: World, thread: string, by = 'ben'): Promise<ReadonlyMap<string, string>> {
  const found = await world.app.backend.readThread(world.person(by), thread);
  const actions = (found?.items ?? []).flatMap((item) => item.actions ?? []);
  return new Map(actions.map((action) => [action.label, action.id]));
}

async function lost(options: WorldOptions = {}): Promise<{ world: World; run: string; thread: string }> {
  const { world, clock } = await open({ answer: losing(1), ...options });
  const { run, thread } = await approved(world);
  clock.advance(deadlineMs + graceMs + 1);
  await world.app.engine.sweep();
  await eventually(async () => ((await kindsOf(world, run)).includes('outcome.lost') ? true : undefined));
  return { world, run, thread };
}

describe('given an opaque call whose answer got lost', () => {
  it('when its deadline and grace are not over, then nobody repeats it and nobody is asked', async () => {
    const { world, clock } = await open({ answer: losing(1) });
    const { run } = await approved(world);

    clock.advance(deadlineMs + graceMs - 500);
    await world.app.engine.sweep();
    await quiet(world);

    expect(await kindsOf(world, run)).not.toContain('outcome.lost');
    expect(world.sent).toHaveLength(1);
  });

  it('when they are over, then it is not sent again and a person gets three buttons', async () => {
    const { world, thread } = await lost();

    expect(world.sent).toHaveLength(1);
    expect([...(await actionsOf(world, thread)).keys()]).toEqual(
      expect.arrayContaining(['It happened', 'It did not: ask me again', 'Stop']),
    );
    expect(await world.story(thread)).toContain('Outcome unknown');
  });

  it('when an approver says that it happened, then the model hears so and it is not sent again', async () => {
    const { world, run, thread } = await lost();
    const action = (await actionsOf(world, thread)).get('It happened') ?? '';

    const done = await world.app.backend.act(world.person('ben'), { action });
    await world.until(run, 'done');

    expect(done.kind).toBe('done');
    expect(world.sent).toHaveLength(1);
    expect(await world.story(thread)).toContain('Ben looked and says that it happened');
  });

  it('when an approver says that it did not, then people are asked anew before it is sent again', async () => {
    const { world, run, thread } = await lost();
    const action = (await actionsOf(world, thread)).get('It did not: ask me again') ?? '';

    await world.app.backend.act(world.person('ben'), { action });
    const again = await world.pending(run);
    expect(world.sent).toHaveLength(1);
    await world.vote('ben', again, 'approve');
    await world.until(run, 'done');

    expect(world.sent).toHaveLength(2);
  });

  it('when somebody without a say presses, then nothing is settled', async () => {
    const { world, run, thread } = await lost();
    const action = (await actionsOf(world, thread)).get('It happened') ?? '';

    const refused = await world.app.backend.act(world.person('dev'), { action });

    expect(refused).toMatchObject({ kind: 'refused', status: 403 });
    expect(await kindsOf(world, run)).not.toContain('outcome.settled');
  });
});

describe('given a keyed call whose answer got lost', () => {
  it('when deadline and grace are over, then it is repeated with the same bytes and the same key', async () => {
    const { world, clock } = await open({ policy: keyed, answer: losing(1) });
    const { run } = await approved(world);
    expect(world.sent).toHaveLength(1);

    clock.advance(deadlineMs + graceMs + 1);
    await world.app.engine.sweep();
    await world.until(run, 'done');

    expect(world.sent).toHaveLength(2);
    expect(world.sent[1]?.argsJson).toBe(world.sent[0]?.argsJson);
    expect(world.sent[0]?.argsJson).toMatch(/"idempotency_key":"cs_[0-9a-f]{40}"/u);
  });

  it('when it is lost three times, then a person is asked', async () => {
    const { world, clock } = await open({ policy: keyed, answer: losing(99) });
    const { run } = await approved(world);
    for (let round = 0; round < 6; round += 1) {
      clock.advance(deadlineMs + graceMs + 1);
      await world.app.engine.sweep();
      await quiet(world);
    }

    expect(world.sent).toHaveLength(3);
    expect(await kindsOf(world, run)).toContain('outcome.lost');
  });

  it('when the tool changed before the repeat, then it is not repeated and a person is asked', async () => {
    let isChanged = false;
    const { world, clock } = await open({
      policy: keyed,
      answer: losing(1),
      find: (name, found): ToolState =>
        isChanged && name === 'books/pay' && found.kind === 'ready'
          ? { kind: 'ready', tool: { ...found.tool, definitionHash: 'other' } }
          : found,
    });
    const { run } = await approved(world);
    isChanged = true;

    clock.advance(deadlineMs + graceMs + 1);
    await world.app.engine.sweep();
    await eventually(async () => ((await kindsOf(world, run)).includes('outcome.lost') ? true : undefined));
    await quiet(world);

    expect(world.sent).toHaveLength(1);
    expect((await kindsOf(world, run)).filter((kind) => kind === 'approval.decided')).toHaveLength(1);
  });
});

describe('given an allowed read whose answer got lost', () => {
  it('when it is made, then the model is told and nobody is asked', async () => {
    const { world } = await open({
      answer: losing(1),
      model: (turn, request) =>
        turn === 0 ? call('books__look', { invoice: 1 }) : words(lastResult(request)),
    });

    const { run, thread } = await world.say('ana', 'look');
    await world.until(run, 'done');

    expect(await world.story(thread)).toContain('did not answer');
  });
});
