import { afterEach, describe, expect, it } from '@jest/globals';
import type { JsonObject } from '../../src/core/json.ts';
import type { ModelAnswer, ModelCall, ModelRequest } from '../../src/models/model.ts';
import type { ToolCallRequest, ToolOutcome } from '../../src/tools/tool.ts';
import { eventually } from '../builders/running-bot.ts';
import { aWorld, call, lastResult, words, worldPolicy } from '../builders/world.ts';
import type { World, WorldOptions } from '../builders/world.ts';

const worlds: World[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

async function open(options: WorldOptions = {}): Promise<World> {
  const world = await aWorld(options);
  worlds.push(world);
  return world;
}

async function finished(options: WorldOptions): Promise<World & { readonly thread: string }> {
  const world = await open(options);
  const { run, thread } = await world.say('ana', 'go');
  await world.until(run, 'done');
  return { ...world, thread };
}

/** One turn with several calls. */
function calls(...inputs: readonly (readonly [string, JsonObject])[]): Partial<ModelAnswer> {
  return {
    stop: 'tool-use',
    calls: inputs.map(([name, value], index): ModelCall => ({
      id: `toolu_${String(index)}`,
      name,
      input: { kind: 'parsed', value },
    })),
  };
}

function resultsOf(request: ModelRequest | undefined): readonly string[] {
  const last = request?.messages.at(-1);
  return last?.role === 'tool' ? last.results.map((result) => result.content) : [];
}

/** A tool that answers only when it is let go, so that a test sees who is at work at the same time. */
function gated(): {
  readonly answer: NonNullable<WorldOptions['answer']>;
  readonly atWork: () => number;
  readonly letOneGo: () => void;
} {
  const waiting: (() => void)[] = [];
  let atWork = 0;
  return {
    answer: (request: ToolCallRequest): Promise<ToolOutcome> => {
      atWork += 1;
      return new Promise((resolve) => {
        waiting.push(() => {
          atWork -= 1;
          resolve({ kind: 'answered', content: `did ${request.argsJson}`, isError: false });
        });
      });
    },
    atWork: () => atWork,
    letOneGo: () => waiting.shift()?.(),
  };
}

describe('given a model that makes the same call again and again', () => {
  it('when it does so turn by turn, then it runs three times and no more', async () => {
    const world = await finished({
      model: (turn, request) =>
        turn < 5 ? call('books__look', { invoice: 1 }, `toolu_${String(turn)}`) : words(lastResult(request)),
    });

    expect(world.sent).toHaveLength(3);
    expect(resultsOf(world.asked.at(-1))[0]).toContain('does not run again');
  });

  it('when it does so within one turn, then it runs three times and no more', async () => {
    const world = await finished({
      model: (turn, request) =>
        turn === 0
          ? calls(...Array.from({ length: 10 }, () => ['books__look', { invoice: 1 }] as const))
          : words(lastResult(request)),
    });

    expect(world.sent).toHaveLength(3);
  });

  it('when it floods one turn with a thousand calls, then no more than a hundred of them run', async () => {
    const world = await finished({
      model: (turn, request) =>
        turn === 0
          ? calls(
              ...Array.from({ length: 1_000 }, (_, index) => ['books__look', { invoice: index }] as const),
            )
          : words(lastResult(request)),
    });

    expect(world.sent).toHaveLength(100);
    expect(await world.story(world.thread)).toContain('100 tool calls');
  });

  it('when it floods people with questions, then no more than a hundred are asked', async () => {
    const world = await open({
      model: (turn) =>
        turn === 0
          ? calls(
              ...Array.from(
                { length: 300 },
                (_, index) => ['books__pay', { amount: 1, to: `p${String(index)}` }] as const,
              ),
            )
          : words('done'),
    });
    const { run } = await world.say('ana', 'go');
    await world.pending(run);
    const asked = (): Promise<number> => world.app.store.runs.countApprovals('pending');
    await eventually(async () => (await asked()) >= 100 || undefined);
    // Its other calls have their answers by then.
    expect((await world.until(run, 'waiting')).status).toBe('waiting');

    expect(await asked()).toBe(100);
    expect(world.sent).toEqual([]);
  });
});

describe('given a call that cannot be taken as it is', () => {
  it('when its arguments are not JSON, then the model is told so and the rest of the turn goes on', async () => {
    const world = await finished({
      model: (turn, request) =>
        turn === 0
          ? {
              stop: 'tool-use',
              calls: [
                {
                  id: 'toolu_bad',
                  name: 'books__note',
                  input: { kind: 'malformed', text: '{"text": ', problem: 'it ends too early' },
                },
                { id: 'toolu_good', name: 'books__look', input: { kind: 'parsed', value: { invoice: 2 } } },
              ],
            }
          : words(resultsOf(request).join(' | ')),
    });

    expect(world.sent.map((request) => request.tool.name)).toEqual(['books/look']);
    expect(await world.story(world.thread)).toContain('This call was not understood: it ends too early');
  });

  it('when it sets the argument that takes our key, then it is refused and the model is told why', async () => {
    const policy = worldPolicy.replace(
      'books/note: { effect: opaque, verdict: allow }',
      'books/note: { effect: keyed, key: idempotency_key, verdict: allow }',
    );
    const world = await finished({
      policy,
      model: (turn, request) =>
        turn === 0
          ? call('books__note', { text: 'hi', idempotency_key: 'mine' })
          : words(lastResult(request)),
    });

    expect(world.sent).toEqual([]);
    expect(await world.story(world.thread)).toContain('Leave out idempotency_key');
  });

  it('when the tool is unknown, then the model is told so', async () => {
    const world = await finished({
      model: (turn, request) =>
        turn === 0 ? call('books__steal', { amount: 1 }) : words(lastResult(request)),
    });

    expect(world.sent).toEqual([]);
    expect(await world.story(world.thread)).toMatch(/There is no tool books.+steal\. Nothing ran\./u);
  });

  it('when the arguments do not fit, then the model is told which', async () => {
    const world = await finished({
      model: (turn, request) =>
        turn === 0 ? call('books__pay', { amount: 'much', to: 'acme' }) : words(lastResult(request)),
    });

    expect(world.sent).toEqual([]);
    expect(resultsOf(world.asked.at(-1))[0]).toMatch(/The arguments do not fit books\/pay: .*amount/u);
  });

  it('when a turn that was cut off still holds a whole call, then it does not run', async () => {
    const world = await finished({
      model: () => ({
        text: 'I note it',
        stop: 'length',
        calls: [{ id: 'toolu_1', name: 'books__note', input: { kind: 'parsed', value: { text: 'x' } } }],
      }),
    });

    expect(world.sent).toEqual([]);
    expect(await world.story(world.thread)).toContain('cut off');
  });

  it('when the tool itself says that it failed, then the model hears so', async () => {
    const world = await finished({
      answer: () => ({ kind: 'answered', content: 'no such invoice', isError: true }),
      model: (turn, request) =>
        turn === 0 ? call('books__look', { invoice: 9 }) : words(`It said: ${lastResult(request)}`),
    });

    const last = world.asked.at(-1)?.messages.at(-1);
    expect(last?.role === 'tool' && last.results).toMatchObject([
      { content: 'no such invoice', isError: true },
    ]);
  });
});

describe('given several calls in one turn', () => {
  it('when they are reads, then up to four are at work at the same time', async () => {
    const tool = gated();
    const world = await open({
      answer: tool.answer,
      model: (turn, request) =>
        turn === 0
          ? calls(...[1, 2, 3, 4, 5, 6].map((invoice) => ['books__look', { invoice }] as const))
          : words(lastResult(request)),
    });
    const { run } = await world.say('ana', 'look');

    await eventually(() => (tool.atWork() === 4 ? true : undefined));
    expect(world.sent).toHaveLength(4);
    for (let sent = 4; sent < 10; sent += 1) {
      tool.letOneGo();
      await eventually(() => (world.sent.length >= Math.min(6, sent + 1) ? true : undefined));
    }
    await world.until(run, 'done');

    expect(world.sent).toHaveLength(6);
  });

  it('when they are writes, then one follows the other in the model’s order', async () => {
    const tool = gated();
    const world = await open({
      answer: tool.answer,
      model: (turn, request) =>
        turn === 0
          ? calls(...['a', 'b', 'c'].map((text) => ['books__note', { text }] as const))
          : words(lastResult(request)),
    });
    const { run } = await world.say('ana', 'note');

    for (let number = 1; number <= 3; number += 1) {
      await eventually(() => (world.sent.length === number ? true : undefined));
      expect(tool.atWork()).toBe(1);
      tool.letOneGo();
    }
    await world.until(run, 'done');

    expect(world.sent.map((request) => request.argsJson)).toEqual([
      '{"text":"a"}',
      '{"text":"b"}',
      '{"text":"c"}',
    ]);
  });

  it('when one of them is denied by policy, then that was known before any of them ran', async () => {
    const world = await open({
      model: (turn, request) =>
        turn === 0
          ? calls(['books__look', { invoice: 1 }], ['books__pay', { amount: 1, to: 'mallory' }])
          : words(lastResult(request)),
    });
    const { run } = await world.say('ana', 'go');
    await world.until(run, 'done');

    const commits = await world.app.store.ledger.read(`run/${run}`);
    const kinds = commits.flatMap((commit) => commit.events.map((event) => event.kind));
    expect(kinds.lastIndexOf('call.judged')).toBeLessThan(kinds.indexOf('tool.completed'));
    expect(world.sent.map((request) => request.tool.name)).toEqual(['books/look']);
  });
});
