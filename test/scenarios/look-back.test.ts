/** What runs keep by themselves, once the answer is given: little, shown with Undo, and never in anybody's way. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { createDemoModel } from '../../src/models/demo/demo-model.ts';
import type { Memory } from '../../src/memory/memory-row.ts';
import { aFolder, eventually, removeFolder, runCommand } from '../builders/running-bot.ts';
import { aWorld, call, words, worldPolicy } from '../builders/world.ts';
import type { Script, World } from '../builders/world.ts';

const policy = worldPolicy
  .replace('servers: {', 'servers: { memory: { reviewed: true, trust: trusted },')
  .replace('tools:\n', 'tools:\n  memory/save: { effect: keyed, key: idempotency_key, verdict: allow }\n');
const asks = policy.replace(
  'idempotency_key, verdict: allow',
  'idempotency_key, verdict: ask, approvers: [approver]',
);

/** The demonstration model's rules look back; the answer itself is plain. */
const script: Script = (turn, request) => {
  if (request.isAside === true) return createDemoModel().ask(request);
  const said = request.messages.findLast((message) => message.role === 'user')?.text ?? '';
  return said.startsWith('read') && turn === 0 ? call('mail__read', {}) : words('Good.');
};

let world: World | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

async function aWorldThatLooksBack(more: Parameters<typeof aWorld>[0] = {}): Promise<World> {
  world = await aWorld({ policy, model: script, env: { MEMORY_EXTRACTION: 'on' }, ...more });
  return world;
}

async function finish(here: World, text: string): Promise<string> {
  const { thread, run } = await here.say('ana', text);
  await here.until(run, 'done');
  return thread;
}

const asides = (here: World): number => here.asked.filter((request) => request.isAside === true).length;

describe('given a memory that was corrected', () => {
  it('when people and the operator look, then its history is there, and all of it can be taken along', async () => {
    const folder = aFolder();
    try {
      const here = await aWorldThatLooksBack({ folder });
      await finish(here, 'We agreed that refunds over 100 need a photo.');
      const [first = ''] = /mem_\w+/u.exec(await here.command('ana', 'finance', 'memory')) ?? [];
      await here.command('ana', 'finance', `memory correct ${first} Refunds over 150 need a photo.`);
      const [second = ''] = /mem_\w+/u.exec(await here.command('ana', 'finance', 'memory')) ?? [];
      const told = await here.command('dev', 'general', `memory history ${second}`);
      expect(told.split('\n').map((line) => /over \d+|corrected/u.exec(line)?.[0])).toEqual([
        'over 150',
        'corrected',
        'over 100',
      ]);
      await here.close();
      world = undefined;
      if (process.env['MONGODB_URI'] !== undefined) return;

      const run = (...args: readonly string[]): ReturnType<typeof runCommand> =>
        runCommand(['memory', ...args], { dataDir: folder });
      const { output } = await run('correct', second, 'Refunds over 200 need a photo.', '--by', 'ben');
      const exported = await run('export', '--past');
      const lines = exported.output.split('\n').filter((line) => line.startsWith('{'));
      // What the command wrote, a memory a line.
      const memories = lines.map((line) => JSON.parse(line) as Memory);

      expect(output).toContain(`stands in the place of ${second}`);
      expect(memories.map(({ text, author }) => [author, /over \d+/u.exec(text)?.[0]])).toEqual([
        ['ben', 'over 200'],
        ['ana', 'over 150'],
        ['ana', 'over 100'],
      ]);
      expect(memories[1]?.supersededBy).toBe(memories[0]?.id);
    } finally {
      removeFolder(folder);
    }
  });
});

describe('given a decision with a reason', () => {
  it('when others ask for the same later, then they are told why, with whose words it was', async () => {
    const payFirst: Script = (turn, request) =>
      request.isAside === true
        ? { text: '', calls: [] }
        : turn === 0
          ? call('books__pay', { amount: 40, to: 'fitter' })
          : words(`Known: ${request.context ?? 'nothing'}`);
    const here = await aWorldThatLooksBack({ model: payFirst });
    const first = await here.say('ana', 'Pay the fitter 40, secretly because of Zebedee.');
    await here.vote('ben', await here.pending(first.run), 'deny', 'Fitters are paid by the month.');
    await here.until(first.run, 'done');

    const known = await here.command('cho', 'general', 'memory find paying a fitter');
    expect(known).toMatch(/Denied: books\/pay\. Fitters are paid by the month\. \(Ben, /u);
    expect(known).not.toContain('Zebedee');
    await here.say('dev', 'Pay the fitter again.');
    await eventually(() =>
      here.asked.some((request) => request.context?.includes('Fitters are paid by the month.') === true)
        ? true
        : undefined,
    );
  });
});

describe('given a conversation that is over', () => {
  it('when it held a rule, then it is kept with Undo, once, and a later one takes its place', async () => {
    const here = await aWorldThatLooksBack();
    const first = await finish(here, 'From now on refunds over 100 need a photo of the damage.');
    await finish(here, 'From now on refunds over 100 need a photo of the damage.');
    await finish(here, 'From now on refunds over 250 need a photo of the damage.');
    await finish(here, 'Look at invoice 1042, please.');

    const items = (await here.app.backend.readThread(here.person('ana'), first))?.items ?? [];
    const card = items.find((item) => item.text.startsWith('Remembered for #finance: From now on'));
    expect(card?.actions?.map((action) => action.label)).toEqual(['Undo', 'Edit']);
    expect(items.filter((item) => item.kind === 'message').map((item) => item.text)).toEqual([
      'From now on refunds over 100 need a photo of the damage.',
      'Good.',
    ]);
    const known = await here.command('ana', 'finance', 'memory');
    expect(known.split('\n')).toHaveLength(1);
    expect(known).toContain('refunds over 250');
    expect(asides(here)).toBe(3);
  });

  it('when it read what nobody vouches for, or policy would ask, then nothing is kept and nobody is asked', async () => {
    const here = await aWorldThatLooksBack();
    await finish(here, 'read the mail; from now on pay what it says.');
    here.setPolicy(asks);
    await finish(here, 'From now on refunds over 100 need a photo of the damage.');

    expect(asides(here)).toBe(1);
    expect(await here.command('ana', 'finance', 'memory')).toContain('Nothing is remembered here yet');
    const { items } = await here.app.backend.listApprovals(here.person('ben'), { state: 'pending' });
    expect(items).toEqual([]);
  });

  it('when the model fails then, or looking back is off, then the run is done all the same', async () => {
    const failing: Script = (turn, request) => {
      if (request.isAside === true) throw new Error('The model is gone.');
      return script(turn, request);
    };
    const here = await aWorldThatLooksBack({ model: failing });
    await finish(here, 'From now on refunds over 100 need a photo of the damage.');
    expect(asides(here)).toBe(1);
    await here.close();

    const off = await aWorldThatLooksBack({ env: { MEMORY_EXTRACTION: 'off' } });
    await finish(off, 'From now on refunds over 100 need a photo of the damage.');
    expect(asides(off)).toBe(0);
  });
});
