/** Secrets written on Slack and Discord, or brought there by the model and tools; and everything that people see there. */
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { asChannelId, newMemoryId } from '../../src/core/ids.ts';
import { defineWorkflow } from '../../src/workflow-kit.ts';
import { canaries, canariesIn, canaryGuardrails, secrets } from '../builders/canaries.ts';
import { aDiscordWorld, finance } from '../builders/discord-world.ts';
import { aFolder, eventually, removeFolder } from '../builders/running-bot.ts';
import { aSlackWorld } from '../builders/slack-world.ts';
import type { SlackWorld } from '../builders/slack-world.ts';
import { call, words, worldPolicy } from '../builders/world.ts';
import type { Script, World, WorldOptions } from '../builders/world.ts';
import { wordsOf } from '../fakes/discord/fake-discord.ts';
import type { FakeDiscord } from '../fakes/discord/fake-discord.ts';

const all = canaries.join(' ');
/** A word that is no secret stands beside the canaries, so that it is known that what was planted there is looked for. */
const planted = (place: string): string => `kestrel-${place} ${all}`;
/** One file for each, so that every name is short enough to be shown whole. */
const files = canaries.map((canary, index) => ({
  name: `kestrel-name${String(index)} ${canary}.txt`,
  mimetype: 'text/plain',
  content: planted('content'),
}));

const model: Script = (turn, request) => {
  const said = JSON.stringify(request.messages);
  if (request.isQuestion === true) return words(planted('reply'));
  if (!said.includes('kestrel-message') && !said.includes('kestrel-again')) return words('Done.');
  const text = planted('claim');
  for (let at = 0; at < text.length; at += 3) request.onText?.(text.slice(at, at + 3));
  const steps = [
    call('mail__read', {}),
    call('books__look', {}),
    call('books__note', { text: planted('argument') }),
    { ...call('books__pay', { amount: 5, to: 'acme' }), text },
  ];
  return steps[turn] ?? words(planted('answer'));
};

const showsFile = defineWorkflow({
  name: 'shows-file',
  title: 'Show a file',
  input: z.object({ note: z.string().optional() }),
  start: { command: true },
  async run(ctx) {
    const rows = [[planted('cell')]];
    for (const [index, canary] of canaries.entries()) {
      const name = `kestrel-shown${String(index)} ${canary}.csv`;
      if (index % 7 === 0)
        await ctx.show(`sold-${String(index)}`, {
          text: planted('said'),
          file: { kind: 'csv', name, columns: ['sold'], rows },
        });
    }
  },
});

const folder = aFolder();
afterAll(() => {
  removeFolder(folder);
});
const options: WorldOptions = {
  policy: worldPolicy
    .replace('approvers: [finance]', 'approvers: [finance], preview: books/paid')
    .replace('mail/read:', 'books/paid: { effect: read, verdict: allow }\n  mail/read:'),
  secrets: [secrets.loaded],
  env: canaryGuardrails(folder),
  workflows: [showsFile],
  model,
  reviewer: () => JSON.stringify({ verdict: 'ask', warning: planted('review') }),
  answer({ tool }) {
    const content = (place: string): string => `${planted(place)}\n${'row of the books\n'.repeat(500)}`;
    if (tool.name === 'mail/read') return { kind: 'answered', isError: true, content: planted('failure') };
    if (tool.name === 'books/look') return { kind: 'answered', isError: false, content: content('result') };
    if (tool.name === 'books/paid') {
      const structured = { before: { paid: planted('before') }, after: { paid: planted('after') } };
      return { kind: 'answered', isError: false, content: 'as structured', structured };
    }
    return undefined;
  },
};

const closing: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of closing.splice(0)) await one.close();
});

/** What stands in no sink, and which sinks show that what is planted comes there. */
function found(sinks: Readonly<Record<string, string>>): {
  readonly held: readonly string[];
  readonly reached: readonly string[];
} {
  const names = Object.keys(sinks);
  return {
    held: names.flatMap((name) => canariesIn(sinks[name] ?? '').map((canary) => `${name}: ${canary}`)),
    reached: names.filter((name) => sinks[name]?.includes('kestrel-') === true),
  };
}

async function remember({ app, person }: World, channel: string): Promise<void> {
  const audience = await app.memories.audienceOf({ channel: asChannelId(channel) });
  await app.memories.keep(audience, {
    ...{ id: newMemoryId(), text: planted('memory'), kind: 'fact', scope: 'channel', around: '' },
    author: person('ana').id,
  });
}

/** Everything that the bot ever showed there, by where. */
function slackSinks({ fake, log, world }: SlackWorld): Readonly<Record<string, string>> {
  const { workspace } = fake;
  const own = workspace.messages.filter(({ user }) => user === workspace.app.botUserId);
  const sent = (...methods: readonly string[]): string =>
    methods
      .flatMap((method) => fake.calls(method))
      .map((one) => JSON.stringify(one.arguments))
      .join('\n');
  const shown = own.filter(({ ephemeralTo }) => ephemeralTo === undefined);
  return {
    messages: JSON.stringify(shown.map(({ versions }) => versions)),
    cards: JSON.stringify(
      shown.flatMap(({ versions }) =>
        versions.filter(({ blocks }) => JSON.stringify(blocks).includes(':approve')),
      ),
    ),
    ephemeral: JSON.stringify(
      own.flatMap(({ ephemeralTo, versions }) => (ephemeralTo === undefined ? [] : versions)),
    ),
    modals: sent('views.open', 'views.update', 'views.push'),
    'home tab': sent('views.publish'),
    'names of files': own
      .flatMap(({ files: kept }) => kept.flatMap(({ name, title }) => [name, title]))
      .join('\n'),
    files: own.flatMap(({ files: kept }) => kept.map(({ content }) => content.toString())).join('\n'),
    titles: JSON.stringify([[...workspace.sessions.values()], [...workspace.threadTitles.values()]]),
    answers: JSON.stringify(fake.deliveries.all.map(({ response }) => response ?? null)),
    everything: fake
      .calls()
      .map((one) => JSON.stringify(one.arguments))
      .join('\n'),
    log: log.join('\n'),
    prompts: JSON.stringify(world.asked),
  };
}

describe('given secrets in every form, written on Slack and brought there', () => {
  it('when they come in at 24 places, then messages, cards, forms, files, their names, the Home tab and private answers hold none', async () => {
    const bot = await aSlackWorld(options);
    closing.push(bot);
    const { ana, ben, fake, world } = bot;
    await remember(world, 'slack:T01/C1');
    const modal = (person: typeof ben) => fake.until(() => person.modal(), 20_000);

    const asked = ana.mention('C1', planted('message'), { files });
    await bot.card(asked.ts);
    await ana.reply(asked, planted('later')).settled;
    await ben.press(await bot.card(asked.ts), 'Ask a question…');
    await ben.submit(await modal(ben), { text: planted('question') });
    const question = await bot.until(asked.ts, 'Ben asks about');
    await ana.press(question, 'Answer…');
    await ana.submit(await modal(ana), { text: planted('word') });
    await bot.until(asked.ts, 'kestrel-word');
    await ben.press(await bot.card(asked.ts), 'Edit…');
    await ben.submit(await modal(ben), { amount: '5', to: planted('edit') });
    await ben.closeModal().catch(() => undefined);
    for (const text of [
      'approvals',
      'memory',
      'why',
      planted('command'),
      // Said back as the command that is not there.
      secrets.shaped,
      `schedule "daily 9:00" ${planted('schedule')}`,
    ])
      await ana.command('/countersign', text, 'C1');
    await ben.openHome();
    await fake.until(() => ben.home()?.text.includes('Approve'), 20_000);
    await ben.press(await bot.card(asked.ts), 'Deny…');
    await ben.submit(await modal(ben), { text: planted('reason') });
    await bot.until(asked.ts, 'kestrel-answer');

    const again = ana.mention('C1', planted('again'));
    await ben.press(await bot.card(again.ts), 'Deny…');
    // What was said before is a quick pick.
    expect(JSON.stringify((await modal(ben)).blocks)).toContain('kestrel-reason');
    await ben.closeModal();
    await ana.command('/shows-file', planted('request'), 'C1');
    await fake.until(
      () =>
        fake
          .channel('C1')
          .messages()
          .filter(({ files: kept }) => kept.some(({ name }) => name.includes('shown'))).length >= 3,
      20_000,
    );
    const post = ben.say('C1', planted('post'));
    await ana.shortcut(
      'ask_about',
      ana.sees('C1').find(({ ts }) => ts === post.ts),
    );
    await ana.submit(await modal(ana), { text: planted('about') });
    await bot.until(
      fake
        .channel('C1')
        .messages()
        .find(({ text }) => text.includes('kestrel-about'))?.ts ?? '',
      'Done.',
    );
    await ben.command('/countersign', `freeze ${planted('freeze')}`, 'C1');
    await bot.until(again.ts, 'kestrel-freeze');

    const sinks = slackSinks(bot);
    expect(found(sinks)).toEqual({
      held: [],
      reached: Object.keys(sinks).filter((name) => name !== 'log'),
    });
    expect(world.sent.filter(({ argsJson }) => canariesIn(argsJson).length > 0)).toEqual([]);
  }, 90_000);
});

/** Everything that the bot ever showed there, by where. */
function discordSinks(
  fake: FakeDiscord,
  outcomes: readonly unknown[],
  log: readonly string[],
): Readonly<Record<string, string>> {
  const { state } = fake;
  const own = [...state.messages.values()].filter(({ author }) => author.id === state.bot.id);
  const shown = own.filter(({ onlyFor }) => onlyFor === undefined);
  return {
    messages: [
      ...state.written,
      JSON.stringify(shown.map(({ content, components, embeds }) => [content, components, embeds])),
    ].join('\n'),
    private: own
      .filter(({ onlyFor }) => onlyFor !== undefined)
      .map(wordsOf)
      .join('\n'),
    'names of threads': [...state.channels.values()].map(({ name }) => name).join('\n'),
    'names of files': own
      .flatMap(({ attachments }) => attachments.map(({ filename }) => filename))
      .join('\n'),
    files: own.flatMap(({ attachments }) => attachments.map(({ text }) => text)).join('\n'),
    'forms and answers': JSON.stringify(outcomes),
    log: log.join('\n'),
  };
}

describe('given secrets in every form, written on Discord and brought there', () => {
  it('when they come in at 24 places, then messages, threads, forms, files and private answers hold none', async () => {
    const bot = await aDiscordWorld(options);
    closing.push(bot);
    const { ana, ben, fake, world, until, card } = bot;
    await remember(world, `discord:1000/${finance}`);
    const outcomes: unknown[] = [];
    const keep = async (outcome: Promise<unknown>): Promise<void> => void outcomes.push(await outcome);

    const thread = ana.mention(finance, planted('message'), files.slice(0, 10)).id;
    await card(thread);
    ana.mention(thread, planted('later'));
    await until(thread, 'kestrel\\-later');
    await keep(ben.press(await card(thread), 'Ask a question…'));
    await keep(ben.submitModal(planted('question')));
    const question = await until(thread, 'Ben asks about');
    await keep(ana.press(question, 'Answer…'));
    await keep(ana.submitModal(planted('word')));
    await until(thread, 'kestrel\\-word');
    await keep(ben.press(await card(thread), 'Edit…'));
    await keep(ben.submitModal({ amount: '5', to: planted('edit') }));
    for (const name of ['approvals', 'memory', 'why'])
      await keep(ana.command(`countersign ${name}`, {}, thread));
    for (const details of [planted('command'), secrets.shaped])
      await keep(ana.command('countersign more', { details }));
    await keep(ana.command('countersign schedule', { details: `"daily 9:00" ${planted('schedule')}` }));
    await keep(ben.press(await card(thread), 'Deny…'));
    await keep(ben.submitModal(planted('reason')));
    await until(thread, 'kestrel\\-answer');

    const again = ana.mention(finance, planted('again')).id;
    await keep(ben.press(await card(again), 'Deny…'));
    expect(JSON.stringify(outcomes.at(-1))).toContain('kestrel-reason');
    await keep(ana.command('shows-file', { note: planted('request') }));
    await eventually(
      () =>
        [...fake.state.messages.values()].some(({ attachments }) =>
          attachments.some(({ filename }) => filename.includes('shown14')),
        ) || undefined,
      20_000,
    );
    const post = ben.say(finance, planted('post'));
    await keep(ana.menu(post, 'Ask Countersign about this'));
    await keep(ana.submitModal(planted('about')));
    await keep(ben.command('countersign freeze', { details: planted('freeze') }));
    await until(again, 'kestrel\\-freeze');

    const sinks = discordSinks(fake, outcomes, bot.log);
    expect(found(sinks)).toEqual({
      held: [],
      reached: Object.keys(sinks).filter((name) => name !== 'log'),
    });
    expect(world.sent.filter(({ argsJson }) => canariesIn(argsJson).length > 0)).toEqual([]);
  }, 90_000);
});
