import { afterEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import type { ToolState } from '../../src/tools/tool.ts';
import { asRunId, runStream } from '../../src/core/ids.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { defineWorkflow } from '../../src/workflow-kit.ts';
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

const probed = worldPolicy
  .replace(
    'books/pay: { effect: opaque,',
    'books/pay: { effect: probeable, probe: books/paid, key: reference,',
  )
  .replace('tools:', 'tools:\n  books/paid: { effect: read, verdict: allow }');

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

async function lost(
  options: WorldOptions = {},
): Promise<{ world: World; run: string; thread: string; clock: MovedClock }> {
  const { world, clock } = await open({ answer: losing(1), ...options });
  const { run, thread } = await approved(world);
  clock.advance(deadlineMs + graceMs + 1);
  await world.app.engine.sweep();
  await eventually(async () => ((await kindsOf(world, run)).includes('outcome.lost') ? true : undefined));
  return { world, run, thread, clock };
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

describe('given a probeable call whose answer got lost', () => {
  /** Payments get lost, the first `times` of them; the probe answers as told. */
  const probing = (says: string, times = 1): NonNullable<WorldOptions['answer']> => {
    const loses = losing(times);
    return (request) => {
      if (request.tool.name === 'books/pay') return loses(request);
      return { kind: 'answered', content: says, isError: false };
    };
  };
  const sentTo = (world: World, tool: string): readonly JsonObject[] =>
    world.sent
      .filter((request) => request.tool.name === tool)
      .map((request) => {
        // What was sent is canonical JSON of an object.
        return JSON.parse(request.argsJson) as JsonObject;
      });

  async function overdue(
    options: WorldOptions,
  ): Promise<Awaited<ReturnType<typeof lost>> & { clock: MovedClock }> {
    const { world, clock } = await open({ policy: probed, ...options });
    const { run, thread } = await approved(world);
    clock.advance(deadlineMs + graceMs + 1);
    await world.app.engine.sweep();
    return { world, run, thread, clock };
  }

  it('when its probe finds this very call, then it is done and neither sent again nor asked', async () => {
    const { world, run, thread } = await overdue({ answer: probing('{"happened":true,"receipt":"R-9"}') });
    await world.until(run, 'done');

    const [pay] = sentTo(world, 'books/pay');
    expect(sentTo(world, 'books/pay')).toHaveLength(1);
    expect(sentTo(world, 'books/paid')).toEqual([{ reference: pay?.['reference'], to: 'acme' }]);
    expect(await kindsOf(world, run)).not.toContain('outcome.lost');
    expect(await world.story(thread)).toContain('books/paid says that it happened');
    expect(await world.story(thread)).toContain('asked books/paid about books/pay: it happened');
  });

  it('when its probe surely finds nothing, then it is sent again with the same bytes', async () => {
    const { world, run } = await overdue({ answer: probing('{"happened":false}') });
    await world.until(run, 'done');

    const [first, second, ...more] = sentTo(world, 'books/pay');
    expect(second).toEqual(first);
    expect(more).toEqual([]);
    expect((await kindsOf(world, run)).filter((kind) => kind === 'approval.requested')).toHaveLength(1);
  });

  it.each([
    ['is not clear', '{"payments":[]}', probed],
    ['cannot tell this call from an equal one', '{"happened":true}', probed.replace(' key: reference,', '')],
  ])('when what its probe says %s, then a person decides and reads it', async (_, says, policy) => {
    const { world, run, thread } = await overdue({ policy, answer: probing(says) });
    await eventually(async () => ((await kindsOf(world, run)).includes('outcome.lost') ? true : undefined));
    await quiet(world);

    expect(sentTo(world, 'books/pay')).toHaveLength(1);
    const { items } = await world.app.backend.listOutcomes(world.person('ben'));
    expect(items).toMatchObject([{ run, thread, probe: { found: 'unsure', answer: says }, mayAnswer: true }]);
    expect(JSON.stringify(items[0]?.card.fields)).toContain('What books/paid says');
  });
});

describe('given an unknown outcome that nobody settles', () => {
  it('when time passes, then people are told again and it is never sent again by itself', async () => {
    const { world, run, thread, clock } = await lost();
    const hour = 3_600_000;
    for (const hours of [1.1, 3, 21, 48, 96, 200]) {
      clock.advance(hours * hour);
      await world.app.engine.sweep();
      await quiet(world);
    }

    const kinds = await kindsOf(world, run);
    expect(kinds.filter((kind) => kind === 'outcome.reminded')).toHaveLength(5);
    expect(world.sent).toHaveLength(1);
    expect(await world.story(thread)).toContain('nobody has said in 7 days whether it happened');
    expect(await world.story(thread)).toContain('Ben can say so on its card');
    expect((await world.app.backend.listOutcomes(world.person('dev'))).items).toMatchObject([
      { run, mayAnswer: false, card: { actions: [] } },
    ]);

    const action = (await actionsOf(world, thread)).get('It happened') ?? '';
    await world.app.backend.act(world.person('ben'), { action });
    await world.until(run, 'done');
    expect((await world.app.backend.listOutcomes(world.person('ben'))).items).toEqual([]);
    expect([...(await actionsOf(world, thread)).keys()]).not.toContain('It happened');
    expect(await world.story(thread)).toContain('Ben looked at');
  });
});

describe('given an opaque call whose time runs out while its run is looked at', () => {
  it('when its step comes to it, then it is not sent again', async () => {
    let isArmed = false;
    const { world, clock } = await open({
      answer: losing(1),
      workflows: [
        defineWorkflow({
          name: 'errand',
          title: 'An errand',
          input: z.object({}),
          start: { command: true },
          async run(ctx) {
            // The pass began before the deadline and comes to the call after it.
            if (isArmed) clock.advance(deadlineMs + graceMs + 1);
            isArmed = false;
            await ctx.tool('note', 'books/note', { text: 'once' });
          },
        }),
      ],
    });
    const { run } = await world.say('ana', '/errand');
    await eventually(() => (world.sent.length > 0 ? true : undefined));
    await quiet(world);

    isArmed = true;
    await world.app.engine.wakeById(asRunId(run));
    await eventually(async () => ((await kindsOf(world, run)).includes('outcome.lost') ? true : undefined));
    await quiet(world);

    expect(world.sent).toHaveLength(1);
  });
});
