/** A person's words are removed while the bot runs; the files are then searched byte by byte. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CommitJson } from '../../src/api/shapes.ts';
import { runCommand, startBot, textOf } from '../builders/running-bot.ts';
import type { RunningBot } from '../builders/running-bot.ts';
import { aFolder, removeFolder } from '../builders/running-bot.ts';
import { findStored } from '../builders/store-lane.ts';

const secret = 'quetzalcoatlus';
const bensSecret = 'archaeopteryx';
const dataDir = aFolder();
let bot: RunningBot;
let over: { run: string; thread: string };
let waiting: { run: string; thread: string };

/** Files of the store that hold these bytes. */
const filesWith = (text: string): readonly string[] => findStored(dataDir, text);

const command = (...args: readonly string[]): ReturnType<typeof runCommand> => runCommand(args, { dataDir });

async function ledgerOf(run: string): Promise<readonly CommitJson[]> {
  return (await bot.as('ben').get<{ items: readonly CommitJson[] }>(`/runs/${run}/ledger`)).body.items;
}

/** Ana says it with a picture, which the demonstration model does not look at. */
async function sayWithFile(text: string): Promise<{ body: { thread: string; run: string } }> {
  const headers = { authorization: 'Bearer demo-ana', 'content-type': 'application/octet-stream' };
  const body = Buffer.from('89504e470d0a1a0a', 'hex');
  const answer = await fetch(`${bot.url}/api/v1/files?name=ana.png`, { method: 'POST', headers, body });
  // The answer is a KeptFile.
  const { id } = (await answer.json()) as { id: string };
  return bot.as('ana').post('/messages', { channel: 'finance', text, files: [id] });
}

/** The status with which a run's attached file is handed out. */
async function statusOfFile(place: { run: string; thread: string }): Promise<number> {
  const { items } = await bot.as('ben').thread(place.thread);
  const id = items.find(({ attached }) => attached !== undefined)?.attached?.[0]?.id;
  if (id === undefined) return 404;
  return (await bot.as('ben').get(`/runs/${place.run}/files/${encodeURIComponent(id)}`)).status;
}

beforeAll(async () => {
  bot = await startBot({ dataDir });
  const asked = await sayWithFile(`refund invoice 1042 of Acme, 40 dollars, ${secret}`);
  over = { run: asked.body.run, thread: asked.body.thread };
  await bot.as('ben').vote(await bot.as('ben').asked(over.run), 'deny', `not ${bensSecret}`);
  await bot.as('ana').until(over.run, 'done');
  // Learnt from the thread as well: a passage of its own.
  await bot.as('ben').post('/commands', { channel: 'finance', thread: over.thread, text: 'learn this' });
  const open = await sayWithFile(`refund invoice 1042 of Acme, 30 dollars, ${secret}`);
  waiting = { run: open.body.run, thread: open.body.thread };
  await bot.as('ben').asked(waiting.run);
}, 60_000);
afterAll(async () => {
  await bot.stop();
  removeFolder(dataDir);
});

describe('given what a person said, in a run that is over and in one that waits', () => {
  it('when somebody asks to erase it and does not confirm, then he has read what would go and what would stay, and nothing is gone', async () => {
    const { code, output } = await runCommand(['erase', '--person', 'ana'], { dataDir, input: 'no\n' });

    expect(output).toMatch(
      /^Of ana these go, with their salts, for ever:\n {2}\d+ texts in the ledgers of 1 runs/u,
    );
    expect(output).toContain('These remain:');
    expect(output).toContain(`1 runs are still at work and are left alone`);
    expect(output).toContain(waiting.run);
    expect(output).toContain('Nothing was erased.');
    expect(code).toBe(1);
    expect(textOf((await bot.as('ana').thread(over.thread)).items)).toContain(secret);
    expect(await statusOfFile(over)).toBe(200);
  });

  it('when it is confirmed beside the running bot, then the thread says «erased», others’ words stay, and every chain verifies', async () => {
    const { code, output } = await runCommand(['erase', '--person', 'ana', '--as', 'cho'], {
      dataDir,
      input: 'ana\n',
    });

    // The run that waits is left, so the work is not finished.
    expect([code, output]).toEqual([
      1,
      expect.stringMatching(
        /Erased: \d+ texts in 1 runs, 2 messages and titles, 0 memories, 1 learnt messages and files, 1 attached files\.$/mu,
      ),
    ]);
    expect([await statusOfFile(over), await statusOfFile(waiting)]).toEqual([404, 200]);
    const shown = textOf((await bot.as('ben').thread(over.thread)).items);
    expect(shown).toContain('(erased)');
    expect(shown).not.toContain(secret);
    expect(shown).toContain(bensSecret);
    const commits = await ledgerOf(over.run);
    expect(JSON.stringify(commits)).not.toContain(secret);
    expect(commits.at(-1)).toMatchObject({
      by: 'cho',
      events: expect.arrayContaining([expect.objectContaining({ kind: 'body.erased' })]),
    });
    expect((await command('audit', 'verify')).output).toMatch(/^ok/u);
  });

  it('when the other run is over as well and it is erased again, then no byte of it is left in any file of the store', async () => {
    expect(filesWith(secret)).not.toEqual([]);
    await bot.as('ben').vote(await bot.as('ben').asked(waiting.run), 'deny', 'no');
    await bot.as('ana').until(waiting.run, 'done');
    const kept = await bot.as('ana').say('finance', `remember that the vault word is ${secret}`);
    await bot.as('ana').until(String(kept.body.run), 'done');

    const { code, output } = await command('erase', '--person', 'ana', '--yes');

    expect([code, output]).toEqual([0, expect.stringMatching(/Erased: .* 1 memories, 0 learnt/mu)]);
    expect(filesWith(secret)).toEqual([]);
    expect(filesWith(bensSecret)).not.toEqual([]);
    expect((await command('erase', '--person', 'ana', '--yes')).output).toContain(
      'So there is nothing to erase.',
    );
  });

  it('when lists are rebuilt, the bot starts again and the person goes on, then it stays erased and everything works', async () => {
    await command('rebuild');
    await bot.stop();
    bot = await startBot({ dataDir });
    const again = await bot
      .as('ana')
      .say('finance', 'refund invoice 1042 of Acme, 20 dollars, broken', { thread: over.thread });
    await bot.as('ben').vote(await bot.as('ben').asked(String(again.body.run)), 'approve');
    await bot.as('ana').until(String(again.body.run), 'done');

    expect((await bot.as('ana').run(over.run)).status).toBe('done');
    expect(filesWith(secret)).toEqual([]);
    expect((await command('audit', 'verify')).output).toMatch(/^ok/u);
  }, 60_000);

  it('when the other person is erased too, then his reason is gone', async () => {
    await command('erase', '--person', 'ben', '--yes');

    expect(filesWith(bensSecret)).toEqual([]);
    expect(textOf((await bot.as('ana').thread(over.thread)).items)).not.toContain(bensSecret);
  });
});
