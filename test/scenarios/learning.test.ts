/** What people say becomes knowledge where they wish it, for the readers of its channel, and follows what becomes of it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { asActorId, asChannelId, newMemoryId } from '../../src/core/ids.ts';
import { operatorSight } from '../../src/memory/sight.ts';
import { aDiscordWorld, finance } from '../builders/discord-world.ts';
import { aFolder, eventually, removeFolder } from '../builders/running-bot.ts';
import { aSlackWorld } from '../builders/slack-world.ts';
import { aWorld, words } from '../builders/world.ts';
import type { World } from '../builders/world.ts';
import { fakeKey, serveEmbeddings } from '../fakes/embeddings/index.ts';
import { aFakeDiscord, wordsOf } from '../fakes/discord/fake-discord.ts';
import { createFakeSlack } from '../fakes/slack/index.ts';
import type { SeenMessage } from '../fakes/slack/seen.ts';

const closing: (() => Promise<void>)[] = [];
const folders: string[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  for (const folder of folders.splice(0)) removeFolder(folder);
});

function listeningTo(channel: string): {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
} {
  const folder = aFolder();
  folders.push(folder);
  const file = join(folder, 'knowledge.yaml');
  writeFileSync(file, `channels:\n  ${channel}: { back: 30d }\n`);
  return { folder, env: { KNOWLEDGE_FILE: file } };
}

const model = () => words('Done.');

/** What an answer in this channel may be made of. */
async function found(world: World, channel: string, text: string): Promise<readonly string[]> {
  const items = await world.app.recall.find(
    { channel: asChannelId(channel), person: asActorId('ben') },
    { text, limit: 20, sorts: ['passage'] },
  );
  return items.map((item) => item.text);
}
const until = (world: World, channel: string, text: string, isThere: (texts: readonly string[]) => boolean) =>
  eventually(async () => {
    const texts = await found(world, channel, text);
    return isThere(texts) ? texts : undefined;
  }, 20_000);
const holding =
  (part: string) =>
  (texts: readonly string[]): boolean =>
    texts.some((text) => text.includes(part));
const without =
  (part: string) =>
  (texts: readonly string[]): boolean =>
    !texts.some((text) => text.includes(part));

describe('given Slack', () => {
  it('when a channel is opted in, then what was and is said there is known, follows edits and deletions, and goes when it is opted out', async () => {
    const fake = await createFakeSlack({ mode: 'socket' });
    closing.push(() => fake.close());
    const ana = fake.user('U1');
    const question = ana.say('C1', 'Who signs for refunds over 500 euros?');
    ana.reply(question, 'The finance lead signs refunds over 500 euros, always.');
    const wrong = ana.say('C1', 'Lamps are returned within 60 days, they say.');
    ana.say('C1', 'ok');
    const { folder, env } = listeningTo('slack:T01/C1');
    const listening = { fake, env, model, folder };
    let slack = await aSlackWorld(listening);
    closing.push(() => slack.close());

    await until(slack.world, 'slack:T01/C1', 'who signs refunds', holding('finance lead'));
    const [passage] = await slack.world.app.recall.find(
      { channel: asChannelId('slack:T01/C1') },
      { text: 'lamps returned', limit: 1 },
    );
    expect(passage).toMatchObject({
      link: `https://${fake.workspace.team.domain}.slack.com/archives/C1/p${wrong.ts.replace('.', '')}`,
      taintedBy: expect.stringContaining('message by'),
    });
    const live = slack.ana.say('C1', 'Chairs are assembled in Bremen since March.');
    await until(slack.world, 'slack:T01/C1', 'chairs assembled', holding('Bremen'));
    slack.ana.edit(live, 'Chairs are assembled in Kassel since March.');
    await until(slack.world, 'slack:T01/C1', 'chairs assembled', holding('Kassel'));
    expect(await found(slack.world, 'slack:T01/C1', 'Bremen')).not.toContainEqual(
      expect.stringContaining('Bremen'),
    );
    slack.ana.remove(question);
    await until(slack.world, 'slack:T01/C1', 'who signs refunds', without('Who signs'));
    await slack.close();

    // While the bot is away a message goes, and Slack never tells: the next look finds it out.
    for (const message of fake.workspace.messages) if (message.ts === wrong.ts) message.isDeleted = true;
    slack = await aSlackWorld(listening);
    closing.push(() => slack.close());
    await until(slack.world, 'slack:T01/C1', 'lamps returned days', without('60 days'));
    expect(await found(slack.world, 'slack:T01/C1', 'who signs refunds')).toContainEqual(
      expect.stringContaining('finance lead'),
    );
    await slack.ana.command('/countersign', 'learn', 'C1');
    await slack.told(slack.ana, 'messages read, back to');
    await slack.close();

    slack = await aSlackWorld({ fake, model, folder });
    closing.push(() => slack.close());
    await until(slack.world, 'slack:T01/C1', 'who signs refunds', (texts) => texts.length === 0);
  });

  it('when knowledge.yaml is changed while it runs, then other channels are followed, and a faulty file changes nothing', async () => {
    const fake = await createFakeSlack({
      mode: 'socket',
      channels: [
        { id: 'C1', name: 'general' },
        { id: 'C2', name: 'shop' },
      ],
    });
    closing.push(() => fake.close());
    fake.user('U1').say('C1', 'The spare key hangs behind the blue door.');
    fake.user('U1').say('C2', 'Lamps are returned within 60 days, always.');
    const { env } = listeningTo('slack:T01/C1');
    const slack = await aSlackWorld({ fake, env, model });
    closing.push(() => slack.close());
    const { world } = slack;
    const file = env['KNOWLEDGE_FILE'] ?? '';
    await until(world, 'slack:T01/C1', 'spare key', holding('blue door'));

    writeFileSync(file, 'channels:\n  slack:T01/C2: { back: sometimes }\n');
    const problem = await eventually(async () => {
      const { checks } = await world.app.backend.health();
      return checks.find(({ detail }) => detail.includes('knowledge.yaml'))?.detail;
    }, 20_000);
    expect(problem).toContain('is no length of time');
    expect(await found(world, 'slack:T01/C1', 'spare key')).toEqual([expect.stringContaining('blue door')]);

    writeFileSync(file, 'channels:\n  slack:T01/C2: { back: all }\n');
    await until(world, 'slack:T01/C2', 'lamps returned', holding('60 days'));
    await until(world, 'slack:T01/C1', 'spare key', (texts) => texts.length === 0);
    slack.ana.say('C1', 'The second key hangs behind the red door.');
    slack.ana.say('C2', 'Chairs are assembled in Kassel since March.');
    await until(world, 'slack:T01/C2', 'chairs assembled', holding('Kassel'));
    expect(await found(world, 'slack:T01/C1', 'second key door')).toEqual([]);
  }, 60_000);

  it('when people have it learn a message, a thread or a file, then it is known to that channel alone unless all may read it, and follows', async () => {
    const fake = await createFakeSlack({
      mode: 'socket',
      channels: [
        { id: 'C1', name: 'general' },
        { id: 'C2', name: 'shop' },
        { id: 'C9', name: 'board', kind: 'private' },
      ],
    });
    closing.push(() => fake.close());
    const slack = await aSlackWorld({ fake, model });
    closing.push(() => slack.close());
    const { ana, ben, world } = slack;
    const home = `https://${fake.workspace.team.domain}.slack.com/archives`;
    const link = (ts: string): string => `<${home}/C1/p${ts.replace('.', '')}>`;

    // A message, by its link; then by its own menu, with the file that came with it.
    const said = ben.say('C1', 'The spare key hangs behind the blue door.');
    await ana.command('/countersign', `learn ${link(said.ts)}`, 'C1');
    await slack.told(ana, 'Learnt: one message.');
    const table = { name: 'prices.csv', mimetype: 'text/csv', content: 'lamp,price\nArc,120\nDisc,80' };
    const filed = ben.say('C1', 'Prices of lamps, as of today.', { files: [table] });
    await ana.shortcut('learn_this', onScreen(ana.sees('C1'), filed.ts));
    await slack.told(ana, 'Learnt: one message and one file.');
    expect(await found(world, 'slack:T01/C1', 'price of the lamp Disc')).toContainEqual(
      expect.stringContaining('lamp: Disc; price: 80'),
    );

    // A thread, from inside.
    const asked = ana.say('C1', 'How do we call the new shop?');
    ben.reply(asked, 'We call it Nordlicht, and the sign is green.');
    const learn = ana.say('C1', `<@${fake.botUserId}> learn this`, { thread: asked.ts });
    await slack.until(learn.thread, 'Learnt: 2 messages.');
    const other = await found(world, 'slack:T01/C2', 'what is the new shop called');
    expect(other.join()).toContain('Nordlicht');

    // What stands in a private channel is not told elsewhere, and not even taken from elsewhere.
    const hidden = ana.say('C9', 'The board buys the mill in May.');
    await ana.command('/countersign', `learn <${home}/C9/p${hidden.ts.replace('.', '')}>`, 'C1');
    await slack.told(ana, 'not everybody here reads');
    await ana.command('/countersign', `learn <${home}/C9/p${hidden.ts.replace('.', '')}>`, 'C9');
    await slack.told(ana, 'Learnt: one message.', 'C9');
    expect(await found(world, 'slack:T01/C9', 'who buys the mill')).toEqual([
      'The board buys the mill in May.',
    ]);
    expect(await found(world, 'slack:T01/C1', 'who buys the mill')).toEqual([]);

    // The list, one that is taken back, and one whose message goes with its file.
    await ana.command('/countersign', `learn forget ${link(said.ts)}`, 'C1');
    await slack.told(ana, 'Forgotten');
    expect(await found(world, 'slack:T01/C1', 'spare key blue door')).toEqual([]);
    ben.remove(filed);
    await until(world, 'slack:T01/C1', 'price of the lamp Disc', without('price: 80'));
    await ana.command('/countersign', 'learn', 'C1');
    await slack.told(ana, 'message by');
  });
});

describe('given Discord', () => {
  it('when a channel is opted in and people have it learn more, then it is known, and follows edits and deletions', async () => {
    const channel = `discord:1000/${finance}`;
    const { folder, env } = listeningTo(channel);
    const fake = await aFakeDiscord();
    closing.push(() => fake.close());
    const early = fake.user('2002', 'Ben').say(finance, 'Invoices above 9000 need two signatures.');
    const discord = await aDiscordWorld({ fake, model, env, folder });
    closing.push(() => discord.close());
    const { ana, ben, world } = discord;

    await until(world, channel, 'who signs invoices above 9000', holding('two signatures'));
    const live = ben.say(finance, 'The night gate opens with code 4411.');
    await until(world, channel, 'night gate code', holding('4411'));
    ben.edit(live, 'The night gate opens with code 7788.');
    await until(world, channel, 'night gate code', holding('7788'));
    ben.remove(early);
    await until(world, channel, 'who signs invoices above 9000', without('two signatures'));

    const elsewhere = ben.say('1200', 'Parcels leave at four in the afternoon.', [
      { name: 'carriers.md', content: '# Carriers\n\nHeavy parcels go with Rhenus.' },
    ]);
    const answer = await ana.menu(elsewhere, 'Let Countersign learn this');
    expect(answer.kind === 'said' && wordsOf(answer.message)).toContain('one message and one file.');
    expect((await found(world, 'discord:1000/1200', 'who carries heavy parcels')).join()).toContain('Rhenus');
    ben.remove(elsewhere);
    await until(world, 'discord:1000/1200', 'who carries heavy parcels', without('Rhenus'));
  });
});

describe('given Discord without the privileged intent', () => {
  it('when a message is chosen in its menu, then its words and file are learnt, outlive a restart, and go with an edit that is hidden', async () => {
    const folder = aFolder();
    folders.push(folder);
    const fake = await aFakeDiscord();
    closing.push(() => fake.close());
    const first = await aDiscordWorld({ fake, model, folder });
    const channel = `discord:1000/${finance}`;
    const said = first.ben.say(finance, 'Parcels leave at four in the afternoon.', [
      { name: 'carriers.md', content: '# Carriers\n\nHeavy parcels go with Rhenus.' },
    ]);
    const other = first.ben.say(finance, 'The night gate opens with code 4411.');

    for (const post of [said, said, other]) {
      const answer = await first.ana.menu(post, 'Let Countersign learn this');
      expect(answer.kind === 'said' && wordsOf(answer.message)).toContain('one message');
    }
    const rhenus = holding('Rhenus');
    const carriers = await found(first.world, channel, 'who carries heavy parcels');
    expect(carriers.filter((text) => rhenus([text]))).toHaveLength(1);
    expect((await found(first.world, channel, 'when do parcels leave')).join()).toContain('four in the');
    const refused = await first.ana.command('countersign learn', {
      details: `https://discord.com/channels/1000/${finance}/${first.ben.say(finance, 'Unseen.').id}`,
    });
    expect(refused.kind === 'said' && wordsOf(refused.message)).toContain('Let Countersign learn this');

    // Looked at again at the start, where nothing of them is shown; then a hidden edit.
    await first.close();
    const second = await aDiscordWorld({ fake, model, folder });
    closing.push(() => second.close());
    second.ben.edit(other, 'The night gate opens with code 7788.');
    await until(second.world, channel, 'night gate code', without('4411'));
    expect((await found(second.world, channel, 'who carries heavy parcels')).join()).toContain('Rhenus');
    second.ben.remove(said);
    await until(second.world, channel, 'who carries heavy parcels', without('Rhenus'));
  });
});

describe('given the console', () => {
  it('when somebody has it learn the thread, then it is known to the channel’s readers, and to nobody who cannot read it', async () => {
    const embeddings = await serveEmbeddings('voyage');
    closing.push(() => embeddings.close());
    const env = { EMBEDDER: 'voyage/voyage-4', VOYAGE_API_KEY: fakeKey, VOYAGE_BASE_URL: embeddings.baseUrl };
    const world = await aWorld({ model, env });
    closing.push(() => world.close());
    const { thread, run } = await world.say('ana', 'Our fair in Hanover has stand B12.');
    await world.until(run, 'done');

    expect(await world.command('ana', 'general', 'learn this')).toContain('Say that in the thread');
    const ask = (person: string, text: string) =>
      world.app.backend.command(world.person(person), { channel: 'finance', thread, text });
    expect(await ask('ana', 'learn this')).toMatchObject({
      text: expect.stringContaining('Learnt: one message.'),
    });
    expect(await found(world, 'console:general', 'which stand at the fair')).toEqual([
      'Our fair in Hanover has stand B12.',
    ]);
    const board = { channel: 'board', text: 'learn' };
    expect(await world.app.backend.command(world.person('dev'), board)).toMatchObject({ status: 404 });
    expect(await ask('ben', `learn forget ${thread}`)).toMatchObject({
      text: expect.stringContaining('Forgotten'),
    });
    expect(await found(world, 'console:general', 'which stand at the fair')).toEqual([]);

    // What is kept beside the running bot, as at the command line, has its vector soon after the next start.
    const [sight, at] = [operatorSight('console'), Date.now()];
    const place = {
      workspace: 'console',
      channel: asChannelId('console:finance'),
      scope: 'channel' as const,
    };
    const kept = {
      id: newMemoryId(),
      kind: 'fact' as const,
      text: 'The stand is B14.',
      author: asActorId('ana'),
    };
    const { memories } = world.app.store;
    const kind = { model: 'voyage/voyage-4', dims: 64 };
    const source = { channel: place.channel, around: '' };
    await memories.save(sight, { ...place, ...kept, source, createdAt: at, validFrom: at });
    expect(await memories.listWithoutVector(sight, kind, 1)).toHaveLength(1);
    await world.app.start();
    await eventually(async () => {
      const missing = await memories.listWithoutVector(sight, kind, 1);
      return missing.length === 0 ? true : undefined;
    }, 20_000);
  });
});

function onScreen(seen: readonly SeenMessage[], ts: string): SeenMessage {
  const message = seen.find((entry) => entry.ts === ts);
  if (message === undefined) throw new Error(`There is no ${ts}.`);
  return message;
}
