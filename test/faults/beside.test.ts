/** Two processes' worth of the app on one store, where one of them has a wrong clock, a late answer or an old version. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { asRunId, runStream } from '../../src/core/ids.ts';
import { prevAfter } from '../../src/ledger/commit.ts';
import { sealCommit } from '../../src/ledger/seal-commit.ts';
import { verifyLedger, sourceOfStore } from '../../src/ledger/verify-ledger.ts';
import type { ModelAnswer } from '../../src/models/model.ts';
import type { ToolOutcome } from '../../src/tools/tool.ts';
import { aMovedClock } from '../builders/moved-clock.ts';
import { aFolder, eventually, removeFolder } from '../builders/running-bot.ts';
import { aWorld, call, lastResult, words } from '../builders/world.ts';
import type { World, WorldOptions } from '../builders/world.ts';

const tenMinutes = 600_000;

const folders: string[] = [];
const worlds: World[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
  for (const folder of folders.splice(0)) removeFolder(folder);
});

function place(): string {
  const folder = aFolder();
  folders.push(folder);
  return folder;
}

async function open(options: WorldOptions): Promise<World> {
  const world = await aWorld(options);
  worlds.push(world);
  return world;
}

/** A process whose clock says ten minutes more: every lease of others has run out for it. */
async function openAhead(options: WorldOptions): Promise<World> {
  const clock = aMovedClock();
  clock.advance(tenMinutes);
  return open({ ...options, clock });
}

/** Holds what comes in until it is let go. */
function aGate<T>(): { readonly passed: Promise<T>; open(value: T): void } {
  let release: ((value: T) => void) | undefined;
  const passed = new Promise<T>((resolve) => (release = resolve));
  return { passed, open: (value) => release?.(value) };
}

async function kindsOf(world: World, run: string): Promise<readonly string[]> {
  const commits = await world.app.store.ledger.read(runStream(asRunId(run)));
  return commits.flatMap((commit) => commit.events.map((event) => event.kind));
}

const countOf = (kinds: readonly string[], kind: string): number =>
  kinds.filter((one) => one === kind).length;

describe('given a run whose model is still answering in one process', () => {
  it('when a process with a clock ten minutes ahead takes it over, then one answer counts, whoever gives it', async () => {
    const folder = place();
    const late = aGate<Partial<ModelAnswer>>();
    const first = await open({ folder, model: () => late.passed });
    const { run, thread } = await first.say('ana', 'hello');
    await eventually(() => (first.asked.length > 0 ? true : undefined));

    const second = await openAhead({ folder, model: () => words('The second says it.') });
    await second.app.engine.sweep();
    await second.until(run, 'done');
    late.open(words('The first says it, too late.'));
    await eventually(() => (first.app.engine.active() === 0 ? true : undefined));

    const kinds = await kindsOf(second, run);
    expect(countOf(kinds, 'model.answered')).toBe(1);
    expect(await first.story(thread)).not.toContain('The first says it');
    const report = await verifyLedger(sourceOfStore(second.app.store.ledger));
    expect(report.faults).toEqual([]);
  });

  it('when its answer is kept and the process goes away, then the next one asks for the next turn only', async () => {
    const folder = place();
    const never = aGate<ToolOutcome>();
    const look = (turn: number): Partial<ModelAnswer> =>
      turn === 0 ? call('books__look', { invoice: 1042 }) : words('Read.');
    const first = await open({ folder, model: look, answer: () => never.passed });
    const { run } = await first.say('ana', 'look at 1042');
    await eventually(() => (first.sent.length > 0 ? true : undefined));

    const second = await openAhead({ folder, model: look });
    await second.app.engine.sweep();
    await second.until(run, 'done');
    never.open({ kind: 'unknown', why: 'the process is gone' });

    expect(first.asked).toHaveLength(1);
    expect(second.asked.map(({ messages }) => messages.filter(({ role }) => role === 'tool').length)).toEqual(
      [1],
    );
  });
});

describe('given an approved call whose tool works longer than the lease of its process', () => {
  it('when another process takes the run over and the answer comes late, then it was sent once and nobody hears a guess', async () => {
    const folder = place();
    const slow = aGate<ToolOutcome>();
    const pay = {
      model: (turn: number) => (turn === 0 ? call('books__pay', { amount: 120, to: 'acme' }) : undefined),
    };
    const script: NonNullable<WorldOptions['model']> = (turn, request) =>
      pay.model(turn) ?? words(`Result: ${lastResult(request)}`);
    const first = await open({ folder, model: script, answer: () => slow.passed });
    const { run, thread } = await first.say('ana', 'pay acme');
    await first.vote('ben', await first.pending(run), 'approve');
    await eventually(() => (first.sent.length > 0 ? true : undefined));

    const second = await openAhead({ folder, model: script });
    await second.app.engine.sweep();
    await eventually(async () => ((await kindsOf(second, run)).includes('outcome.lost') ? true : undefined));
    slow.open({ kind: 'answered', isError: false, content: 'Paid, receipt R-7' });
    await eventually(() => (first.app.engine.active() === 0 ? true : undefined));

    expect([...first.sent, ...second.sent]).toHaveLength(1);
    expect(countOf(await kindsOf(second, run), 'tool.dispatched')).toBe(1);
    expect(await second.story(thread)).toContain('Outcome unknown');
    expect(await second.story(thread)).not.toContain('did not happen');
  });
});

describe('given a run that a newer version went on with', () => {
  it('when this version meets what it does not know, then it touches nothing of it and other runs go on', async () => {
    const world = await open({});
    const { run } = await world.say('ana', 'pay acme');
    const approval = await world.pending(run);
    const { ledger } = world.app.store;
    const last = (await ledger.read(runStream(asRunId(run)))).at(-1);
    if (last === undefined) throw new Error('The run has commits.');
    const place = { stream: runStream(asRunId(run)), seq: last.seq + 1, by: 'bot', prev: prevAfter(last) };
    await ledger.append(sealCommit(place, [{ kind: 'future.promised', v: 1, data: { what: 'more' } }]), []);

    await world.vote('ben', approval, 'approve');
    const other = await world.say('ana', 'pay acme');
    await world.vote('ben', await world.pending(other.run), 'approve');
    await world.until(other.run, 'done');

    expect(world.sent).toHaveLength(1);
    expect(await kindsOf(world, run)).not.toContain('tool.dispatched');
  });
});

describe('given a model of vectors that is away', () => {
  it('when somebody asks, then the answer comes without what it would have found by meaning', async () => {
    const world = await open({
      model: () => words('Here is what I know.'),
      env: { EMBEDDER: 'openai/vectors', OPENAI_BASE_URL: 'http://127.0.0.1:9/v1' },
    });
    const first = await world.say('ana', 'what do we know about Acme?');
    await world.until(first.run, 'done');
    const second = await world.say('ana', 'and about Globex?');
    await world.until(second.run, 'done');

    expect(await world.story(first.thread)).toContain('Here is what I know.');
    expect(await world.story(second.thread)).toContain('Here is what I know.');
  });
});
