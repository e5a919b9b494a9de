import { afterAll, describe, expect, it } from '@jest/globals';
import { aDiscordWorld, finance } from '../builders/discord-world.ts';
import { aFolder, removeFolder, runCommand } from '../builders/running-bot.ts';
import { aSlackWorld } from '../builders/slack-world.ts';
import { words } from '../builders/world.ts';
import type { World } from '../builders/world.ts';

const closing: { close(): Promise<void> }[] = [];
afterAll(async () => {
  for (const one of closing) await one.close();
  removeFolder(folder);
});

const folder = aFolder();
const model = () => words('It is a lamp.');

async function ratings({ app }: World): Promise<unknown> {
  const rows = await app.store.runs.list({ limit: 10 });
  return rows.map(({ feedback }) => feedback);
}

describe('given an answer', () => {
  it('when people on Slack rate it, then each has one word, a second press changes it, and it is kept', async () => {
    const bot = await aSlackWorld({ model, folder });
    closing.push(bot);
    const asked = bot.ana.mention('C1', 'what is this?');
    const answer = await bot.until(asked.ts, 'It is a lamp.');
    expect(answer.labels).toEqual(['Helpful', 'Not helpful']);

    await bot.ana.press(answer, 'Helpful');
    await bot.told(bot.ana, 'Noted: helpful.');
    await bot.ben.press(answer, 'Helpful');
    await bot.told(bot.ben, 'Noted: helpful.');
    await bot.ana.press(answer, 'Not helpful');
    await bot.told(bot.ana, 'Changed to not helpful.');

    expect(await ratings(bot.world)).toEqual([{ good: 1, bad: 1 }]);
    await bot.dev.press(answer, 'Helpful');
    await bot.told(bot.dev, 'I do not know you yet');
    expect(await ratings(bot.world)).toEqual([{ good: 1, bad: 1 }]);

    // An operator lists it beside the running bot.
    const { code, output } = await runCommand(['runs', 'feedback'], { dataDir: folder });
    expect(output).toMatch(/^run_\S+ +\+1 -1 .*what is this\?$/mu);
    expect([code, output.includes('1 helpful, 1 not helpful, over 1 runs.')]).toEqual([0, true]);
  });

  it('when somebody on Discord rates it, then it is kept', async () => {
    const bot = await aDiscordWorld({ model });
    closing.push(bot);
    const asked = bot.ana.mention(finance, 'what is this?');
    const answer = await bot.until(asked.id, 'It is a lamp.');

    const said = await bot.ana.press(answer, 'Not helpful');

    expect(said).toMatchObject({ kind: 'said', isPrivate: true });
    expect(said.kind === 'said' ? said.message.content : '').toContain('not helpful. Thank you.');
    expect(await ratings(bot.world)).toEqual([{ good: 0, bad: 1 }]);
  });
});
