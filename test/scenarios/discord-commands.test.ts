import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { defineWorkflow } from '../../src/workflow-kit.ts';
import { discord } from '../../adapters/discord/index.ts';
import { createPlatforms } from '../../src/platforms.ts';
import type { Platforms } from '../../src/platforms.ts';
import { aDiscordWorld, finance } from '../builders/discord-world.ts';
import type { DiscordWorld, DiscordWorldOptions } from '../builders/discord-world.ts';
import { asChannelId, newMemoryId } from '../../src/core/ids.ts';
import type { ChannelId } from '../../src/core/ids.ts';
import { aFasterClock } from '../builders/faster-clock.ts';
import { aFolder, eventually, removeFolder } from '../builders/running-bot.ts';
import { call, words } from '../builders/world.ts';
import { aFakeDiscord, buttonsOf, wordsOf } from '../fakes/discord/fake-discord.ts';
import type { FakeDiscord } from '../fakes/discord/fake-discord.ts';
import type { Outcome } from '../fakes/discord/interactions.ts';

const toClose: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const open of toClose.splice(0)) await open.close();
});

async function aDiscord(): Promise<FakeDiscord> {
  const fake = await aFakeDiscord();
  toClose.push(fake);
  return fake;
}

async function aWorldOn(fake: FakeDiscord, options: DiscordWorldOptions = {}): Promise<DiscordWorld> {
  const world = await aDiscordWorld({ fake, ...options });
  toClose.unshift(world);
  return world;
}

/** What the command line sees, with these keys set. */
function platformsOf(fake: FakeDiscord, more: Readonly<Record<string, string>> = {}): Platforms {
  const environment = { DISCORD_TOKEN: fake.token, DISCORD_API_URL: fake.apiUrl, ...more };
  return createPlatforms(
    [discord],
    { environment, platforms: ['discord'] },
    {
      workflows: [{ name: 'refund', title: 'Refund a customer', fields: [] }],
      commands: [{ name: 'stop', usage: '<run>', help: 'stops a run', isSuggesting: true, isRare: false }],
    },
  );
}

const puts = (fake: FakeDiscord): number =>
  fake.rest.requests.filter(({ method }) => method === 'PUT').length;

describe('given commands on Discord', () => {
  it('when somebody types which run to stop, then his own open runs are offered, and nobody else’s; approvals and memories likewise', async () => {
    const { ana, ben, card, until, world } = await aWorldOn(await aDiscord());
    const thread = ana.mention(finance, 'pay acme 120').id;
    await card(thread);

    const offered = await ana.type('countersign stop', 'details', 'acme');
    if (offered.kind !== 'choices') throw new Error(offered.kind);
    expect(offered.choices).toMatchObject([{ name: 'pay acme 120 (waiting)' }]);
    expect(await ana.type('countersign stop', 'details', 'zebra')).toEqual({ kind: 'choices', choices: [] });
    expect(await ben.type('countersign stop', 'details', '')).toEqual({ kind: 'choices', choices: [] });

    const waiting = await ben.type('countersign approvals', 'details', 'acme');
    expect(waiting).toMatchObject({ choices: [{ value: 'Approve: Pay 120 to acme?' }] });
    const shown = await ben.command('countersign approvals', { details: 'Approve: Pay 120 to acme?' });
    expect(shown.kind === 'said' && wordsOf(shown.message)).toContain('One approval waits for you.');
    expect(await ana.type('countersign approvals', 'details', '')).toEqual({ kind: 'choices', choices: [] });
    const here = await world.app.memories.audienceOf({ channel: asChannelId(`discord:1000/${finance}`) });
    const text = 'Refunds over 100 need a photo.';
    const [id, author] = [newMemoryId(), world.person('ana').id];
    await world.app.memories.keep(here, { id, text, kind: 'fact', scope: 'channel', author, around: '' });
    expect(await ana.type('countersign memory', 'details', 'photo')).toMatchObject({
      choices: [{ name: `forget: ${text}`, value: `forget ${id}` }],
    });
    const run = offered.choices[0]?.value ?? '';
    const answer = await ana.command('countersign stop', { details: run });
    expect(answer.kind === 'said' && wordsOf(answer.message)).toContain('Stopped');
    await until(thread, 'Stopped by Ana');
  });

  it('when a field of a workflow is typed, then what it takes is offered, else what its person gave here lately', async () => {
    const colours = Array.from({ length: 30 }, (_, index) => `colour ${String(index)}`);
    const paint = defineWorkflow({
      name: 'paint',
      title: 'Paint',
      input: z.object({
        colour: z.enum(colours),
        size: z.enum(['small', 'large']).optional(),
        what: z.string().optional(),
      }),
      start: { command: true },
      run: (ctx, { colour, what }) => ctx.say(`${what ?? 'It'} gets ${colour}.`),
    });
    const { fake, ana, ben, world } = await aWorldOn(await aDiscord(), { workflows: [paint] });
    const kept = fake.state.commands.get('')?.find(({ name }) => name === 'paint');
    expect(
      kept?.options?.map(({ name, autocomplete, choices }) => [name, autocomplete, choices?.length]),
    ).toEqual([
      ['request', undefined, undefined],
      ['colour', true, undefined],
      ['size', undefined, 2],
      ['what', true, undefined],
    ]);

    expect(await ana.type('paint', 'colour', 'r 29')).toMatchObject({ choices: [{ value: 'colour 29' }] });
    const all = await ana.type('paint', 'colour', '');
    expect(all.kind === 'choices' && all.choices.length).toBe(25);
    expect(await ben.type('paint', 'what', '')).toEqual({ kind: 'choices', choices: [] });
    await ana.command('paint', { colour: 'colour 29', what: 'the "left" door' });
    await eventually(
      async () => (await world.app.store.runs.list({ limit: 1 }))[0]?.status === 'done' || undefined,
    );

    const lately = await ana.type('paint', 'what', 'door');
    expect(lately).toMatchObject({ choices: [{ value: 'the "left" door' }] });
    expect(await ana.type('paint', 'what', 'window')).toEqual({ kind: 'choices', choices: [] });
    expect(await ben.type('paint', 'what', '')).toEqual({ kind: 'choices', choices: [] });
  });

  it('when somebody asks about another’s message, then the agent reads it, quoted, and writes ask people', async () => {
    const { fake, world, ana, ben, card } = await aWorldOn(await aDiscord(), {
      model: (turn) => (turn === 0 ? call('books__note', { text: 'hi' }) : words('Noted.')),
    });
    const post = ben.say(finance, 'Please note that mallory is to be paid.\n@everyone');

    expect(await ana.menu(post, 'Ask Countersign about this')).toMatchObject({ kind: 'form' });
    const answer = await ana.submitModal('do what he says');
    const thread = /<#(\d+)>/u.exec(answer.kind === 'said' ? wordsOf(answer.message) : '')?.[1] ?? '';
    const approval = await card(thread);

    expect(wordsOf(approval)).toContain('books/note');
    expect(wordsOf(approval)).toContain('a message by Ben, quoted');
    expect(JSON.stringify(world.asked[0]?.messages)).toContain(
      `Ben wrote (https://discord.com/channels/1000/${finance}/${post.id}):\\n> Please note`,
    );
    const opening = fake.shown(finance).map(wordsOf).join();
    expect(opening).toContain('Ana asks: do what he says');
    expect(opening).toContain('> Ben\\: Please note that mallory');
    // Whoever may decide is told by name, once, and nobody else.
    expect(fake.pings()).toEqual(['2002', '2003']);
    expect(world.sent).toEqual([]);
  });

  it('when a form about a message comes from before a restart, then it is still about that message, and its words were readable to nobody else', async () => {
    const fake = await aDiscord();
    const folder = aFolder();
    toClose.push({
      close() {
        removeFolder(folder);
        return Promise.resolve();
      },
    });
    const first = await aDiscordWorld({ fake, folder });
    await first.ana.menu(first.ben.say(finance, 'seven words of ben'), 'Ask Countersign about this');
    await first.close();
    const inStore = readdirSync(folder)
      .map((name) => join(folder, name))
      .filter((path) => statSync(path).isFile())
      .map((path) => readFileSync(path, 'latin1'));
    for (const bytes of inStore) expect(bytes).not.toContain('seven words');
    const { world } = await aWorldOn(fake, { folder, model: () => words('Noted.') });

    const answer = await first.ana.submitModal('what is this');

    expect(answer.kind === 'said' && wordsOf(answer.message)).toContain('I am on it');
    await eventually(() => world.asked[0]);
    expect(JSON.stringify(world.asked[0]?.messages)).toContain('> seven words of ben');
  });

  it('when somebody asks what waits for another, then he sees what he may see, privately, and decides what he may', async () => {
    const { fake, ana, ben, eve, card, until } = await aWorldOn(await aDiscord());
    const cho = fake.user('2003', 'Cho');
    const thread = ana.mention(finance, 'pay acme 120').id;
    await card(thread);
    const menu = 'What waits for this person';
    const read = (outcome: Outcome): string => {
      expect(outcome).toMatchObject({ kind: 'said', isPrivate: true });
      return outcome.kind === 'said' ? wordsOf(outcome.message).replaceAll('\\', '') : '';
    };

    const asked = read(await ben.menuOf(ana.user, menu));
    expect(asked).toContain('**Ana** asked for this, and it waits:');
    expect(asked).toContain('Pay 120 to acme (needs 1 of finance)');
    const waited = read(await ana.menuOf(ben.user, menu));
    expect(waited).toContain('This waits for **Ben**:\n\n- Pay 120 to acme (asked by Ana)');
    expect(read(await cho.menuOf(ben.user, menu))).toBe(
      'Nothing that you may see waits for Ben or was asked by Ben.',
    );
    expect(read(await ben.menuOf(eve.user, menu))).toContain('I do not know this person');
    expect(read(await eve.menuOf(ben.user, menu))).toContain('I do not know you yet');
    const copies = [...fake.state.messages.values()].filter(
      ({ onlyFor, ...message }) => onlyFor !== undefined && buttonsOf(message).includes('Approve'),
    );
    expect(copies.map(({ onlyFor }) => onlyFor)).toEqual(['2002']);
    const [copy] = copies;
    if (copy === undefined) throw new Error('Ben sees no card.');
    expect(read(await ben.press(copy, 'Approve'))).toContain('Approved by Ben');
    await until(thread, 'Paid, receipt');
  });

  it('when an answer is longer than a message and Discord fails for a while, then the rest follows and nothing of it is lost', async () => {
    const { fake, ana } = await aWorldOn(await aDiscord());
    // Once more than its client repeats by itself.
    fake.rest.failNext(500, 4, /POST \/webhooks/u);

    await ana.command('countersign help');

    const parts = await eventually(() => {
      const mine = [...fake.state.messages.values()].filter(({ onlyFor }) => onlyFor === '2001').map(wordsOf);
      return mine.join('\n').includes('/refund') ? mine : undefined;
    });
    expect(parts.length).toBeGreaterThan(1);
    for (const name of ['approvals', 'waits', 'stop', 'people', 'setup'])
      expect(parts.join('\n')).toContain(`/countersign ${name}`);
    expect(parts.join('')).not.toContain('…');
  });

  it('when the token of an interaction is over before all of its answer is there, then the rest comes directly', async () => {
    const { fake, ana } = await aWorldOn(await aDiscord(), { clock: aFasterClock(4) });
    fake.rest.failNext(500, 4, /POST \/webhooks/u);

    await ana.command('countersign help');
    fake.expireLatestToken();

    const direct = await eventually(() => {
      const shown = fake.shown('772001');
      return shown.map(wordsOf).join('\n').includes('/refund') ? shown : undefined;
    });
    expect(direct.filter(({ onlyFor }) => onlyFor !== undefined)).toEqual([]);
    expect(fake.pings()).toEqual([]);
  });

  it('when the bot starts again, then commands that are the same are not sent again', async () => {
    const fake = await aDiscord();
    const first = await aDiscordWorld({ fake });
    await first.close();
    expect(puts(fake)).toBe(1);

    await aWorldOn(fake);

    expect(puts(fake)).toBe(1);
  });

  it('when the plan is asked for, then it says what would change and changes nothing until applied', async () => {
    const fake = await aDiscord();
    fake.state.commands.set('', [
      { name: 'refund', type: 1, description: 'Old words', contexts: [0, 1], options: [] },
      { name: 'gone', type: 1, description: 'Left over' },
    ]);

    const plan = await platformsOf(fake).planCommands('discord');

    expect(plan.changes).toEqual([
      '+ /countersign: What waits for you, what runs, and help',
      '+ «Ask Countersign about this» in the menu of a message',
      '+ «Let Countersign learn this» in the menu of a message',
      '+ «What waits for this person» in the menu of a person',
      '~ /refund: adds request',
      '- /gone: Left over',
    ]);
    expect(puts(fake)).toBe(0);
    await plan.apply();
    expect((await platformsOf(fake).planCommands('discord')).changes).toEqual([]);
    expect((await platformsOf(fake).planCommands('discord', '1000')).changes[3]).toBe(
      '+ «What waits for this person» in the menu of a person',
    );
  });
});

describe('given the checks of the doctor', () => {
  const checked = (platforms: Platforms): Promise<readonly string[]> =>
    platforms.check().then((checks) => checks.map(({ level, detail }) => `${level} ${detail}`));

  it('when all is well, then it names the bot and its servers', async () => {
    const fake = await aDiscord();

    expect(await checked(platformsOf(fake, { DISCORD_PUBLIC_KEY: fake.signer.publicKey }))).toEqual([
      "ok the token is countersign's",
      'ok on server Acme (1000)',
    ]);
  });

  it('when the token is wrong, then it says which key to fix and does not show it', async () => {
    const fake = await aDiscord();

    const found = await checked(platformsOf(fake, { DISCORD_TOKEN: 'wrong.secret.token' }));

    expect(found.join('\n')).toContain('DISCORD_TOKEN: Discord does not accept it');
    expect(found.join('\n')).not.toContain('wrong.secret.token');
  });

  it('when key, application, endpoint and permissions do not fit, then each is named with its fix', async () => {
    const fake = await aDiscord();
    fake.state.permissions = String(1n << 10n);
    const other = { DISCORD_PUBLIC_KEY: 'ab'.repeat(32), DISCORD_APPLICATION_ID: '42' };

    const found = (await checked(platformsOf(fake, other))).join('\n');
    fake.state.endpoint = 'https://bot.example/discord/interactions';
    const without = (await checked(platformsOf(fake))).join('\n');

    expect(found).toContain('FAIL DISCORD_PUBLIC_KEY is not the application');
    expect(found).toContain('FAIL DISCORD_APPLICATION_ID is not the token');
    expect(found).toContain('the bot may not: Send Messages, Attach Files');
    expect(without).toContain('DISCORD_PUBLIC_KEY is not set');
  });

  it('when words are to be read and their intent is off, then it names the channels and both ways out', async () => {
    const fake = await aDiscord();
    fake.state.mayReadWords = false;
    const readsIn = (): readonly ChannelId[] => [asChannelId('discord:1000/1100')];
    const environment = { DISCORD_TOKEN: fake.token, DISCORD_API_URL: fake.apiUrl };
    const platforms = createPlatforms(
      [discord],
      { environment, platforms: ['discord'] },
      { workflows: [], commands: [], readsIn },
    );

    const found = await checked(platforms);
    fake.state.mayReadWords = true;
    const after = await checked(platforms);

    expect(found.join()).toContain('FAIL Words are read without naming the bot in discord:1000/1100');
    expect(found.join()).toContain('«Message Content Intent» is off');
    expect(after.join()).not.toContain('FAIL');
  });

  it('when Discord shuts out this address, then it says for how long', async () => {
    const fake = await aDiscord();
    fake.rest.shutOut(600);

    expect((await checked(platformsOf(fake))).join()).toContain(
      'FAIL Discord shuts out this address for 10 more minutes',
    );
  });

  it('when Discord cannot be reached, then it says so instead of failing', async () => {
    const fake = await aDiscord();

    const found = await checked(platformsOf(fake, { DISCORD_API_URL: 'http://127.0.0.1:9/api' }));

    expect(found).toHaveLength(1);
    expect(found[0]).toContain('FAIL Discord did not answer GET /users/@me');
  });
});
