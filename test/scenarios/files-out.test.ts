import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import { aDiscordWorld, finance } from '../builders/discord-world.ts';
import type { DiscordWorld } from '../builders/discord-world.ts';
import { eventually } from '../builders/running-bot.ts';
import { aSlackWorld } from '../builders/slack-world.ts';
import type { SlackWorld } from '../builders/slack-world.ts';
import { call, words } from '../builders/world.ts';
import type { Script } from '../builders/world.ts';
import type { ToolCallRequest } from '../../src/tools/tool.ts';
import { defineWorkflow } from '../../src/workflow-kit.ts';
import { buttonsOf, wordsOf } from '../fakes/discord/fake-discord.ts';

// Slack takes one message a second in a channel, and the longest answer is six.
jest.setTimeout(60_000);

const rows = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index + 1);
/** 500 lines, more than a model reads at once. */
const ledger = rows(500)
  .map((row) => `row ${String(row)} ${'of the books, '.repeat(4)}`)
  .join('\n');
const longAnswer = [
  '| product | price |\n| --- | --- |\n| Lamp | 120 |',
  rows(6)
    .map((level) => `${'  '.repeat(level - 1)}- level ${String(level)}`)
    .join('\n'),
  ...rows(150).map((row) => `Line ${String(row)}: ${'a long line '.repeat(40)}<!channel> @everyone`),
].join('\n\n');
const longNote = `begin ${'of a long note, '.repeat(500)} end`;

/** Begins as a card does, so it is shown quoted. */
const longLine = `Approve: Pay 9000 to mallory? ${'<@2001> @everyone **and more**, '.repeat(800)}`;

/** Each is less than Discord takes with a message, and both are more. */
const longWords = `${'Everything that was sold, by country. '.repeat(30)}\n\n`.repeat(8_000);
const wideRows = rows(9_000).map((row) => [String(row), '€'.repeat(100)]);

const sales = defineWorkflow({
  name: 'sales',
  title: 'Show what was sold',
  input: z.object({}),
  start: { command: true },
  async run(ctx) {
    await ctx.show('sold', {
      text: longWords,
      file: { kind: 'csv', name: 'sold.csv', columns: ['row', 'euros'], rows: wideRows },
    });
  },
});

const model: Script = (turn, request) => {
  const asked = JSON.stringify(request.messages);
  if (asked.includes('one long line')) return words(longLine);
  if (asked.includes('tell me all')) return words(longAnswer);
  if (turn > 0) return words('I have looked.');
  return asked.includes('pay') ? call('books__pay', { amount: 1, to: longNote }) : call('books__look', {});
};
const answer = ({ tool }: ToolCallRequest) =>
  tool.name === 'books/look' ? ({ kind: 'answered', content: ledger, isError: false } as const) : undefined;

describe('given Slack and what is too long for a message', () => {
  let bot: SlackWorld;
  beforeAll(async () => {
    bot = await aSlackWorld({ model, answer });
  });
  afterAll(() => bot.close());

  const fileIn = (thread: string, ending: string) =>
    bot.fake.until(
      () =>
        bot.fake
          .channel('C1')
          .thread(thread)
          .flatMap((message) => message.files)
          .find(({ name }) => name.endsWith(ending)),
      40_000,
    );

  it('when a tool answers 500 lines, then the thread holds all of them as a file', async () => {
    const asked = bot.ana.mention('C1', 'look it up');

    expect((await fileIn(asked.ts, 'books-look.txt')).content).toBe(ledger);
    await bot.until(asked.ts, 'is long (500 lines)');
  });

  it('when an answer is longer than six messages, then a file holds all of it, once, and nothing pings', async () => {
    const asked = bot.ana.mention('C1', 'tell me all');

    expect((await fileIn(asked.ts, 'answer.md')).content).toBe(longAnswer);
    await bot.until(asked.ts, 'The file below holds all of it');
    await bot.until(asked.ts, 'level 6');
    expect(bot.fake.pings()).toEqual([]);
  });

  it('when the app may not write files, then the thread goes on without, and the log names the scope', async () => {
    bot.fake.workspace.scopes.delete('files:write');

    const asked = bot.ana.mention('C1', 'look it up');

    await bot.until(asked.ts, 'is long (500 lines)');
    await bot.until(asked.ts, 'I have looked.');
    expect(bot.log.filter((line) => line.includes('files:write'))).toHaveLength(1);
  });
});

describe('given Discord and what is too long for a message', () => {
  let bot: DiscordWorld;
  beforeAll(async () => {
    bot = await aDiscordWorld({ model, answer, workflows: [sales] });
  });
  afterAll(() => bot.close());

  it('when a tool answers 500 lines, then the thread holds all of them as a file', async () => {
    const asked = bot.ana.mention(finance, 'look it up');

    const shown = await bot.until(asked.id, 'is long');
    expect(shown.attachments.map(({ filename, text }) => [filename, text])).toEqual([
      ['books-look.txt', ledger],
    ]);
  });

  it('when an answer with a table and six levels is longer than six messages, then it is readable and a file holds all of it', async () => {
    const asked = bot.ana.mention(finance, 'tell me all');

    await bot.until(asked.id, 'level 6');
    const table = wordsOf(await bot.until(asked.id, 'Lamp'));
    // Discord has no tables: its columns stand one below the other in a block.
    expect(table).toMatch(/```\nproduct +price\n[^`]*Lamp +120/u);
    const files = await eventually(() => {
      const found = bot.fake.shown(asked.id).flatMap(({ attachments }) => attachments);
      return found.length === 0 ? undefined : found;
    }, 40_000);
    expect(files.map(({ filename, text }) => [filename, text])).toEqual([['answer.md', longAnswer]]);
    // Whatever was refused for its size would have been said again.
    expect(bot.log.filter((line) => line.includes('Invalid Form Body'))).toEqual([]);
    expect(bot.fake.pings()).toEqual([]);
  });

  it('when an answer that reads like a card is one very long line, then its beginning is shown as the agent’s, and a file holds all of it', async () => {
    const asked = bot.ana.mention(finance, 'one long line, please');

    const shown = await bot.until(asked.id, 'It is no card');
    const lines = wordsOf(shown).split('\n');
    const begun = lines.filter((line) => line.includes('Pay 9000 to mallory'));
    expect(begun).toEqual([expect.stringMatching(/^> Approve\\: Pay 9000 to mallory\? \\<\\@2001\\> /u)]);
    expect(begun[0]?.length).toBeGreaterThan(900);
    expect(shown.attachments.map(({ text }) => text.includes(longLine))).toEqual([true]);
    expect(bot.fake.pings()).toEqual([]);
  });

  it('when two files are more than one message takes, then the first comes with it, whole, and the other is named', async () => {
    const asked = bot.ana.mention(finance, '/sales');

    const shown = await bot.until(asked.id, 'Everything that was sold');
    expect(wordsOf(shown)).toContain('the whole text is in answer.md');
    expect(wordsOf(shown)).toContain('sold.csv is larger than Discord takes. The console has all of it.');
    expect(shown.attachments.map(({ filename, text }) => [filename, text.length])).toEqual([
      ['answer.md', longWords.length],
    ]);
    expect(bot.log.filter((line) => line.includes('too large'))).toEqual([]);
  });

  it('when a card is complete only in its file, then approving asks whether it was read', async () => {
    const asked = bot.ana.mention(finance, 'pay');
    const card = await bot.until(asked.id, 'details.txt');
    expect(card.attachments.map(({ text }) => text.includes(longNote))).toEqual([true]);
    expect(buttonsOf(card)).toContain('Approve…');

    const first = await bot.ben.press(card, 'Approve…');
    expect(bot.world.sent.filter(({ tool }) => tool.name === 'books/pay')).toEqual([]);
    if (first.kind !== 'said') throw new Error(`It was answered by ${first.kind}.`);
    expect(wordsOf(first.message)).toContain('Have you read all of details.txt?');
    await bot.ben.press(first.message, 'Approve');

    await bot.until(asked.id, 'I have looked.');
    expect(bot.world.sent.filter(({ tool }) => tool.name === 'books/pay')).toHaveLength(1);
  });
});
