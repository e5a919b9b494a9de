import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { aPdf } from '../builders/a-pdf.ts';
import { aDiscordWorld, finance } from '../builders/discord-world.ts';
import type { DiscordWorld } from '../builders/discord-world.ts';
import { aFolder, eventually, removeFolder } from '../builders/running-bot.ts';
import { aSlackWorld } from '../builders/slack-world.ts';
import type { SlackWorld } from '../builders/slack-world.ts';
import { aWorld, call, lastResult, words } from '../builders/world.ts';
import type { Script, World } from '../builders/world.ts';
import { wordsOf } from '../fakes/discord/fake-discord.ts';
import { createFakeSlack } from '../fakes/slack/index.ts';
import { asRunId, runStream } from '../../src/core/ids.ts';
import type { ModelRequest } from '../../src/models/model.ts';

const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
const sixFiles = [
  { name: 'order.csv', mimetype: 'text/csv', content: 'product,price\nLamp,120' },
  { name: 'invoice.pdf', mimetype: 'application/pdf', content: aPdf('Invoice 1042', 'Total 480 EUR') },
  { name: 'photo.png', mimetype: 'image/png', content: png },
  { name: 'movie.mp4', mimetype: 'video/mp4', content: Buffer.from([0, 0, 0, 24, 255, 254, 0, 1]) },
  { name: 'scan.pdf', mimetype: 'application/pdf', content: aPdf('') },
  { name: 'sixth.txt', mimetype: 'text/plain', content: 'never read' },
];

/** Pays when it is told to, else says that it has read. */
const model: Script = (turn, request) =>
  turn > 0
    ? words(`Result: ${lastResult(request)}`)
    : said(request).includes('pay it')
      ? call('books__pay', { amount: 120, to: 'acme' })
      : words('I have read it.');

function said(request: ModelRequest): string {
  return request.messages.flatMap((message) => (message.role === 'user' ? [message.text] : [])).join('\n');
}

function lastSaid(asked: readonly ModelRequest[]): string {
  const last = asked.at(-1);
  return last === undefined ? '' : said(last);
}

function expectRead(request: ModelRequest | undefined): void {
  const user = request?.messages.find((message) => message.role === 'user');
  const text = user?.text ?? '';
  expect(text).toContain('> product,price\n> Lamp,120');
  expect(text).toContain('Invoice 1042');
  expect(text).toContain('Total 480 EUR');
  expect(text).toContain('«movie.mp4» could not be read');
  expect(text).not.toContain('never read');
  expect(user?.role === 'user' ? user.images : []).toEqual([
    { mediaType: 'image/png', base64: png.toString('base64') },
  ]);
}

describe('given files attached to a message in Slack', () => {
  let bot: SlackWorld;
  const folder = aFolder();
  const closing: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    const fake = await createFakeSlack({ mode: 'socket' });
    closing.push(() => fake.close());
    bot = await aSlackWorld({ fake, folder, model });
  });
  afterAll(async () => {
    await bot.close();
    for (const close of closing) await close();
    removeFolder(folder);
  });

  it('then the model reads what can be read, the thread says what cannot, and the run is tainted', async () => {
    const asked = bot.ana.mention('C1', 'what is this?', { files: sixFiles });

    await bot.until(asked.ts, 'I have read it.');
    await bot.until(asked.ts, 'I cannot read movie.mp4: this kind of file is not read');
    await bot.until(asked.ts, 'I cannot read scan.pdf: it holds no text');
    await bot.until(asked.ts, 'I cannot read sixth.txt: I read the first 5 files');
    expectRead(bot.world.asked[0]);
    const [run] = await bot.world.app.store.runs.list({ limit: 1 });
    const ledger = JSON.stringify(await bot.world.app.store.ledger.read(runStream(asRunId(run?.id ?? ''))));
    expect(ledger).toContain('"by":"the file order.csv"');
    expect(ledger).not.toContain(bot.fake.botToken);
  });

  it('when the run is over and the thread goes on, then the next run reads the file too, as tainted, and no other thread does', async () => {
    const asked = bot.ana.mention('C1', 'keep this', { files: sixFiles.slice(0, 3) });
    await bot.until(asked.ts, 'I have read it.');

    const again = bot.ben.mention('C1', 'how much is the lamp?', { thread: asked.ts });
    await bot.fake.until(() => (lastSaid(bot.world.asked).includes('the lamp?') ? true : undefined), 20_000);
    const [earlier] = bot.world.asked.at(-1)?.messages ?? [];
    expect(earlier).toMatchObject({ role: 'user', images: [{ base64: png.toString('base64') }] });
    expect(JSON.stringify(earlier)).toMatch(/keep this.*> Lamp,120.*Total 480 EUR/u);
    const taintedBy = await eventually(
      async () => (await bot.world.app.store.runs.list({ limit: 1 }))[0]?.taintedBy,
    );
    expect(taintedBy).toBe('the file order.csv, earlier in this thread');

    const elsewhere = bot.ana.mention('C1', 'and here?');
    await bot.until(elsewhere.ts, 'I have read it.');
    expect(lastSaid(bot.world.asked)).not.toContain('Lamp');
    expect(again.thread).toBe(asked.ts);
  });

  it('when somebody asks about a message with files in its menu, then they are read like his own', async () => {
    const before = bot.world.asked.length;
    const post = bot.ben.say('C1', 'look', { files: sixFiles });
    const seen = bot.ana.sees('C1').find(({ ts }) => ts === post.ts);
    await bot.ana.shortcut('ask_about', seen);
    const form = await bot.fake.until(() => bot.ana.modal());
    expect((await bot.ana.submit(form, { text: 'what does it cost?' })).errors).toEqual({});

    await bot.fake.until(() => bot.world.asked[before], 20_000);
    expectRead(bot.world.asked[before]);
  });

  it('when the app may not read files, then its words say what an operator does', async () => {
    bot.fake.workspace.scopes.delete('files:read');

    const asked = bot.ana.dm('', { files: sixFiles.slice(0, 1) });

    await bot.until(asked.thread, 'adds the scope files:read', asked.channel);
    bot.fake.workspace.scopes.add('files:read');
  });

  it('when the address is of a foreign server, then nothing is sent there', async () => {
    const { base } = bot.fake.workspace;
    bot.fake.workspace.base = 'http://127.0.0.2:9';

    const asked = bot.ana.mention('C1', 'and this?', { files: sixFiles.slice(0, 1) });

    await bot.until(asked.ts, 'I cannot read order.csv: it is not kept by Slack');
    bot.fake.workspace.base = base;
  });

  it('when the bot restarts and the file is gone, then the run still knows it', async () => {
    const asked = bot.ana.mention('C1', 'pay it', { files: sixFiles.slice(0, 1) });
    await bot.card(asked.ts);
    await bot.close();
    bot.fake.workspace.files.clear();
    bot = await aSlackWorld({ fake: bot.fake, folder, model });

    await bot.ben.press(await bot.card(asked.ts), 'Approve');

    await bot.until(asked.ts, 'Result: Paid');
    expect(lastSaid(bot.world.asked)).toContain('> Lamp,120');
  });
});

describe('given files attached to a message in Discord', () => {
  let bot: DiscordWorld;
  beforeAll(async () => {
    bot = await aDiscordWorld({ model });
  });
  afterAll(() => bot.close());

  it('then the model reads what can be read, and the thread says what cannot', async () => {
    const asked = bot.ana.mention(finance, 'what is this?', sixFiles);

    await bot.until(asked.id, 'I have read it.');
    await bot.until(asked.id, 'I cannot read movie.mp4');
    expectRead(bot.world.asked[0]);
  });

  it('when somebody asks about a message with files in its menu, then they are read like his own', async () => {
    const post = bot.ben.say(finance, '', sixFiles);
    const before = bot.world.asked.length;
    await bot.ana.menu(post, 'Ask Countersign about this');
    const answer = await bot.ana.submitModal('what does it cost?');

    const thread = /<#(\d+)>/u.exec(answer.kind === 'said' ? wordsOf(answer.message) : '')?.[1] ?? '';
    await bot.until(thread, 'I have read it.');
    await bot.until(thread, 'I cannot read movie.mp4');
    expectRead(bot.world.asked[before]);
  });

  it('when a direct message is a file alone, then it is read, and still known when much was said since', async () => {
    const asked = bot.ana.direct('', sixFiles.slice(1, 2));

    await bot.until(asked.channel_id, 'I have read it.');
    expect(lastSaid(bot.world.asked)).toContain('Total 480 EUR');

    for (let at = 1; at <= 11; at += 1) {
      const before = bot.world.asked.length;
      bot.ana.direct(`question ${String(at)}`);
      await eventually(() => bot.world.asked[before], 20_000);
      await eventually(async () =>
        (await bot.world.app.store.runs.list({ limit: 1 }))[0]?.status === 'done' ? true : undefined,
      );
    }
    const [outline] = bot.world.asked.at(-1)?.messages ?? [];
    expect(JSON.stringify(outline)).toMatch(/This thread is long.*«invoice.pdf» says.*Total 480 EUR/u);
  });
});

describe('given files attached to a message at the console', () => {
  const folder = aFolder();
  let world: World;
  beforeAll(async () => {
    world = await aWorld({ model, folder });
  });
  afterAll(async () => {
    await world.close();
    removeFolder(folder);
  });

  async function attach(by: string, { name, content }: (typeof sixFiles)[number]): Promise<string> {
    const kept = await world.app.backend.keepFile(world.person(by), name, Buffer.from(content));
    if (kept.kind === 'refused') throw new Error(kept.detail);
    return kept.file.id;
  }
  const say = (by: string, text: string, files: string[], more: { id?: string } = {}) =>
    world.app.backend.sendMessage(world.person(by), { channel: 'finance', text, files, ...more });

  it('then the model reads what can be read, the thread hands out each whole, and the run is tainted', async () => {
    const files = await Promise.all(sixFiles.slice(0, 5).map((file) => attach('ana', file)));
    const sent = await say('ana', 'what is this?', files, { id: 'once' });
    if (sent.kind !== 'taken') throw new Error(sent.detail);
    await world.until(String(sent.run), 'done');

    expectRead(world.asked[0]);
    expect(await say('ana', 'what is this?', files, { id: 'once' })).toMatchObject({ run: sent.run });
    const { backend, store } = world.app;
    const thread = await backend.readThread(world.person('ben'), sent.thread);
    const request = thread?.items.find(({ id }) => id.endsWith('/request'));
    expect(request?.attached?.map(({ name, mediaType, size }) => [name, mediaType, size])).toEqual(
      sixFiles
        .slice(0, 5)
        .map(({ name, content }) => [
          name,
          name === 'photo.png' ? 'image/png' : 'application/octet-stream',
          Buffer.byteLength(content),
        ]),
    );
    const pdf = request?.attached?.[1]?.id ?? '';
    const whole = await backend.readFile(world.person('ben'), String(sent.run), pdf);
    expect(Buffer.from(whole?.base64 ?? '', 'base64').equals(Buffer.from(sixFiles[1]?.content ?? ''))).toBe(
      true,
    );
    expect(await world.story(sent.thread)).toContain(
      'I cannot read movie.mp4: this kind of file is not read',
    );
    expect((await store.runs.list({ limit: 1 }))[0]?.taintedBy).toBe('the file order.csv');
  });

  it('when somebody names a file that he did not attach, then nothing is taken in', async () => {
    const order = await attach('ana', { name: 'a.csv', mimetype: '', content: 'a,b' });

    expect(await say('ben', 'what is in it?', [order])).toMatchObject({ status: 422, code: 'file.unknown' });
    expect(await say('ben', 'and this?', ['run/run_1'])).toMatchObject({ status: 422, code: 'file.unknown' });
    expect(await world.app.backend.keepFile(world.person('ben'), 'empty.txt', Buffer.alloc(0))).toMatchObject(
      {
        status: 422,
      },
    );
  });

  it('when the file is of a private channel, then who may not read there is not handed it', async () => {
    const plan = await attach('ana', { name: 'plan.txt', mimetype: '', content: 'We move.' });
    const sent = await world.app.backend.sendMessage(world.person('ana'), {
      ...{ channel: 'board', text: 'sum it up', files: [plan] },
    });
    if (sent.kind !== 'taken') throw new Error(sent.detail);
    await world.until(String(sent.run), 'done');
    const thread = await world.app.backend.readThread(world.person('ana'), sent.thread);
    const item = thread?.items[0]?.attached?.[0]?.id ?? '';

    expect(await world.app.backend.readFile(world.person('ana'), String(sent.run), item)).toMatchObject({
      name: 'plan.txt',
    });
    expect(await world.app.backend.readFile(world.person('dev'), String(sent.run), item)).toBeUndefined();
  });
});
