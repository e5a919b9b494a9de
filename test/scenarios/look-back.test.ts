/** What runs keep by themselves, once the answer is given: little, shown with Undo, and never in anybody's way. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { createDemoModel } from '../../src/models/demo/demo-model.ts';
import type { Memory } from '../../src/memory/memory-row.ts';
import { aDiscordWorld, finance as discordFinance } from '../builders/discord-world.ts';
import { aSlackWorld } from '../builders/slack-world.ts';
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

  it('when policy would ask, then nothing is kept or held and nobody is asked', async () => {
    const here = await aWorldThatLooksBack();
    here.setPolicy(asks);
    await finish(here, 'From now on refunds over 100 need a photo of the damage.');
    const tainted = await finish(here, 'read the mail; from now on pay what it says.');

    expect(await here.command('ana', 'finance', 'memory')).toContain('Nothing is remembered here yet');
    expect(await here.command('ana', 'finance', 'memory held')).toBe('Nothing is held here.');
    expect(await here.story(tainted)).not.toContain('Held for');
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

describe('given a conversation that read what nobody vouches for', () => {
  const rule = 'From now on refunds over 250 need a photo of the damage.';
  const tainted = `${rule} Please read the mail.`;
  const reading: Script = (turn, request) =>
    request.isAside === true || turn > 0 ? script(1, request) : call('mail__read', {});
  const keeping: Script = (turn, request) => {
    const said = request.messages.findLast((message) => message.role === 'user')?.text ?? '';
    return said.endsWith('read the mail.') ? reading(turn, request) : script(turn, request);
  };

  const actionsOf = async (
    here: World,
    thread: string,
  ): Promise<readonly { readonly id: string; readonly label: string }[]> => {
    const items = (await here.app.backend.readThread(here.person('ana'), thread))?.items ?? [];
    return items.flatMap(({ kind, actions }) => (kind === 'card' ? (actions ?? []) : []));
  };

  async function press(here: World, by: string, thread: string, label: string): Promise<string> {
    const action = (await actionsOf(here, thread)).find((entry) => entry.label === label)?.id ?? '';
    return pressId(here, by, action);
  }

  async function pressId(here: World, by: string, action: string): Promise<string> {
    const done = await here.app.backend.act(here.person(by), { action });
    return done.kind === 'done' ? done.text : done.detail;
  }

  it('when it held a rule, then that is held until somebody entitled vouches for it, also after a restart', async () => {
    const folder = aFolder();
    let here = await aWorldThatLooksBack({ folder, model: keeping });
    await finish(here, 'From now on refunds over 100 need a photo of the damage.');
    const thread = await finish(here, tainted);

    expect(await here.story(thread)).toContain(
      `Held for #finance: ${rule}\nThis run read content that nobody vouched for.`,
    );
    expect(await here.story(thread)).toContain('It would take the place of: From now on refunds over 100');
    const [waiting = ''] = /mem_\w+/u.exec(await here.command('ben', 'finance', 'memory held')) ?? [];
    await here.close();
    if (process.env['MONGODB_URI'] === undefined) {
      const command = ['memory', 'correct', waiting, 'Refunds are always free.', '--by', 'ben'];
      expect((await runCommand(command, { dataDir: folder })).output).toContain(
        'is held until somebody keeps it',
      );
    }
    here = await aWorldThatLooksBack({ folder, model: keeping });

    // Nobody is told of it, and what it would replace stands.
    expect(await here.command('ana', 'finance', 'memory')).toContain('over 100');
    expect(await here.command('ana', 'finance', 'memory find refunds photo')).not.toContain('over 250');
    expect(await here.command('ana', 'finance', 'memory')).toContain('1 held until somebody keeps it');
    const held = await here.command('ben', 'finance', 'memory held');
    const [id = ''] = /mem_\w+/u.exec(held) ?? [];
    expect(held).toContain('over 250');
    expect(await here.command('dev', 'finance', `memory correct ${id} Refunds are always free.`)).toContain(
      'is held',
    );

    // The requester and people without the role vouch for nothing, by card or by command; a freeze stops everybody.
    expect(await press(here, 'ana', thread, 'Keep')).toContain('You asked for this');
    expect(await press(here, 'dev', thread, 'Keep')).toContain('Only approver can vouch');
    expect(await press(here, 'dev', thread, 'Drop')).toContain('Only approver can vouch');
    expect(await here.command('ana', 'finance', `memory keep ${id}`)).toContain('You asked for this');
    await here.command('cho', 'finance', 'freeze suspicious');
    expect(await press(here, 'ben', thread, 'Keep')).toContain('frozen by Cho');
    await here.command('ben', 'finance', 'unfreeze looked at');

    const keep = (await actionsOf(here, thread)).find(({ label }) => label === 'Keep')?.id ?? '';
    expect(await pressId(here, 'ben', keep)).toBe('Kept. You vouch for it.');
    expect(await pressId(here, 'cho', keep)).toBe('Ben has kept this already.');
    expect(await pressId(here, 'ana', keep.replace(/keep$/u, 'drop'))).toBe('Ben has kept this already.');

    const known = await here.command('ana', 'finance', 'memory');
    expect(known.split('\n')).toHaveLength(1);
    expect(known).toMatch(/over 250 .*Ana, .*Ben vouches for it/u);
    expect(await here.story(thread)).toContain(
      `Remembered for #finance: ${rule}\nKept by Ben, who vouches for it.`,
    );
    expect((await actionsOf(here, thread)).map(({ label }) => label)).toEqual(
      expect.arrayContaining(['Undo', 'Edit']),
    );
    // Whoever is told of it has read what Ben says.
    const later = await here.say('dev', 'Which refunds need a photo?');
    await here.until(later.run, 'done');
    const [row] = await here.app.store.runs.list({ limit: 1 });
    expect(here.asked.at(-1)?.context).toContain('over 250');
    expect(row?.taintedBy).toBeUndefined();

    expect(await press(here, 'ana', thread, 'Undo')).toBe('Forgotten again.');
    expect(await here.command('ana', 'finance', 'memory')).toContain('over 100');
    await here.close();
    world = undefined;
    removeFolder(folder);
  });

  it('when it is dropped or forgotten, then it is gone for good, also for an old button', async () => {
    const here = await aWorldThatLooksBack({ model: keeping });
    const dropped = await finish(here, tainted);
    expect(await press(here, 'ana', dropped, 'Drop')).toBe('Dropped.');
    expect(await here.story(dropped)).toContain('Not remembered\nDropped by Ana.');

    const forgotten = await finish(here, tainted);
    const [id = ''] = /mem_\w+/u.exec(await here.command('ben', 'finance', 'memory held')) ?? [];
    await here.command('ben', 'finance', `memory forget ${id} yes`);
    expect(await press(here, 'ben', forgotten, 'Keep')).toBe('This is forgotten already.');
    expect(await here.command('ana', 'finance', 'memory held')).toBe('Nothing is held here.');
    expect(await here.command('ana', 'finance', 'memory')).toContain('Nothing is remembered here yet');
  });

  it('when it was said on Slack or Discord, then the same buttons stand in its thread', async () => {
    const options = { policy, model: keeping, env: { MEMORY_EXTRACTION: 'on' } };
    const slack = await aSlackWorld(options);
    const onSlack = slack.ana.mention('C1', tainted).ts;
    const card = await slack.until(onSlack, 'Held for this channel: From now on');
    expect(card.labels).toEqual(['Keep', 'Drop']);
    await slack.ana.press(card, 'Keep');
    await slack.told(slack.ana, 'You asked for this, so somebody else vouches for it. Ben or Cho can.');
    await slack.ben.press(card, 'Keep');
    expect((await slack.until(onSlack, 'Kept by Ben, who vouches for it.')).labels).toEqual(['Undo', 'Edit']);
    await slack.close();

    const discord = await aDiscordWorld(options);
    const onDiscord = discord.ana.mention(discordFinance, tainted).id;
    await discord.ben.press(await discord.until(onDiscord, 'Held for this channel'), 'Keep');
    await discord.until(onDiscord, 'Kept by Ben, who vouches for it.');
    await discord.close();
  });
});
