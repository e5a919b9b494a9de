import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { effectsOf } from '../builders/company-effects.ts';
import { aFolder, removeFolder, runCommand, runToEnd, startBot, textOf } from '../builders/running-bot.ts';
import type { RunningBot } from '../builders/running-bot.ts';
import { startOnMongo } from '../builders/store-lane.ts';
import { createFakeMongo } from '../fakes/mongo/index.ts';

const lane = startOnMongo();
const folders: string[] = [];
const bots: RunningBot[] = [];
afterEach(() => {
  for (const bot of bots.splice(0)) bot.process.kill('SIGKILL');
  for (const folder of folders.splice(0)) removeFolder(folder);
});
afterAll(() => lane.close());

function folder(): string {
  const made = aFolder();
  folders.push(made);
  return made;
}

async function start(dataDir: string): Promise<RunningBot> {
  const bot = await startBot({ dataDir });
  bots.push(bot);
  return bot;
}

const refund = 'refund invoice 1042 of Acme, 12 dollars, broken on arrival';

describe('given two bots on one MongoDB', () => {
  it('when one is asked and killed, then the other takes the vote, and the refund happens once', async () => {
    const dataDir = folder();
    const [first, second] = [await start(dataDir), await start(dataDir)];
    const { body } = await first.as('ana').say('finance', refund);
    const run = String(body.run);
    const approval = await second.as('ben').asked(run);
    await first.kill9();

    expect((await second.as('ben').vote(approval, 'approve')).status).toBe(200);
    await second.as('ana').until(run, 'done');
    const third = await start(dataDir);
    const again = await third.as('cho').vote(approval, 'approve');

    expect(again.status).toBe(409);
    expect(effectsOf(dataDir, 'billing/refund')).toHaveLength(1);
    expect(textOf((await third.as('ana').thread(body.thread)).items)).toContain('Ben');
    expect(third.output()).toMatch(/data +127\.0\.0\.1/u);
    const verified = await runCommand(['audit', 'verify'], { dataDir });
    expect(verified).toMatchObject({ code: 0 });
    const checked = await runCommand(['doctor'], { dataDir });
    expect(checked.output).toMatch(/ok +database +127\.0\.0\.1.* answers/u);
    const copied = await runCommand(['backup', `${dataDir}/copy.db`], { dataDir });
    expect(copied.code).toBe(1);
    expect(copied.output).toContain('mongodump');
  }, 300_000);
});

describe('given a MONGODB_URI that cannot be used, when the bot starts, then it ends with what to do', () => {
  it.each([
    ['a wrong password', { refusesLogIn: true }, /MONGODB_URI: .*does not accept this name and password/u],
    ['a missing privilege', { forbidden: ['createIndexes'] }, /MONGODB_URI: .*role readWrite/u],
    ['nobody there', undefined, /MONGODB_URI: .*does not answer/u],
  ] as const)(
    '%s',
    async (_name, options, words) => {
      const server = await createFakeMongo(options ?? {});
      if (options === undefined) await server.close();
      const named =
        options !== undefined && 'forbidden' in options
          ? server.uri
          : server.uri.replace('//', '//bot:hunter2secret@');

      const { code, output } = await runToEnd({ dataDir: folder(), env: { MONGODB_URI: named } });

      expect(code).toBe(1);
      expect(output).toMatch(words);
      expect(output).not.toContain('hunter2secret');
      if (options !== undefined) await server.close();
    },
    120_000,
  );
});
