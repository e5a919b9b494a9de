/** Somebody who may decide wants to know something first: it is asked in the thread and answered on the card. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ApprovalJson, ItemJson } from '../../src/api/shapes.ts';
import { aSlackWorld } from '../builders/slack-world.ts';
import { aDiscordWorld, finance } from '../builders/discord-world.ts';
import { wordsOf } from '../fakes/discord/fake-discord.ts';
import { aFolder, eventually, removeFolder } from '../builders/running-bot.ts';
import { aWorld, call, lastResult, words } from '../builders/world.ts';
import type { Script, World } from '../builders/world.ts';

const model: Script = (turn, request) => {
  if (request.isQuestion === true) return words('I read it in invoice 1042.');
  return turn === 0
    ? call('books__pay', { amount: 120, to: 'acme' })
    : words(`Result: ${lastResult(request)}`);
};

let world: World;
let folder: string;
beforeEach(async () => {
  folder = aFolder();
  world = await aWorld({ model, folder });
});
afterEach(async () => {
  await world.close();
  removeFolder(folder);
});

const press = (by: string, action: string, text?: string): ReturnType<World['app']['backend']['act']> =>
  world.app.backend.act(world.person(by), { action, ...(text !== undefined && { text }) });
const labelled = ({ card }: ApprovalJson): readonly string[] =>
  card.fields.map(({ label, value }) => `${label}: ${value}`);
async function answerButton(thread: string): Promise<string> {
  return eventually(async () => {
    const found = await world.app.backend.readThread(world.person('ana'), thread);
    const isOpen = (item: ItemJson): boolean =>
      item.actions?.some(({ label }) => label === 'Answer…') === true;
    return found?.items.find(isOpen)?.actions?.[0]?.id;
  });
}
const shownAs = (by: string, id: string, field: string): Promise<ApprovalJson> =>
  eventually(async () => {
    const found = await world.app.backend.readApproval(world.person(by), id);
    return found !== undefined && labelled(found).includes(field) ? found : undefined;
  });

describe('given a call that waits for finance', () => {
  it('when an approver asks, then people and the agent answer on the card, also after a restart, and it is decided after that', async () => {
    const { run, thread } = await world.say('ana', 'pay acme');
    const before = await world.pending(run);
    const ask = before.card.actions.find(({ label }) => label === 'Ask a question…');
    expect(before.card.actions.map(({ label }) => label).slice(0, 4)).toEqual([
      'Approve',
      'Deny…',
      'Edit…',
      'Ask a question…',
    ]);

    expect(await press('ben', ask?.id ?? '', 'Is there a photo?')).toMatchObject({ kind: 'done' });
    expect(await press('ben', ask?.id ?? '', 'Is there a photo?')).toMatchObject({ kind: 'done' });
    expect(await press('ben', ask?.id ?? '', '  ')).toMatchObject({ status: 422 });
    await shownAs('ben', before.id, 'Agent answered: I read it in invoice 1042.');
    expect(JSON.stringify(world.asked.at(-1)?.messages.at(-1))).toContain('Is there a photo?');
    const answer = await answerButton(thread);
    expect(await press('ben', answer, 'yes')).toMatchObject({ status: 403 });

    await world.close();
    world = await aWorld({ model, folder });
    await world.app.start();
    expect(await press('ana', answer, 'Yes, in the mail of Monday.')).toMatchObject({ kind: 'done' });
    expect(await press('cho', answer, 'No.')).toMatchObject({
      status: 409,
      detail: 'Ana has answered this before.',
    });
    const after = await shownAs('ben', before.id, 'Ana answered: Yes, in the mail of Monday.');
    expect(after).toMatchObject({ state: 'pending', votes: [], digest: before.digest });
    expect(after.questions).toMatchObject([
      {
        by: 'ben',
        question: 'Is there a photo?',
        answer: { by: 'ana', text: 'Yes, in the mail of Monday.' },
      },
    ]);

    // Who has not read the answer looks once more.
    const stale = await press('ben', `v1:${before.id}:approve`);
    expect(stale).toMatchObject({ status: 409, code: 'approval.new-words' });
    await world.vote('ben', after, 'approve');
    await world.until(run, 'done');
    expect(world.sent).toHaveLength(1);
    const audit = await world.story(thread);
    expect(audit).toContain('Ben asked: Is there a photo?');
    expect(audit).toContain('Ana answered: Yes, in the mail of Monday.');
    expect(await press('ben', ask?.id ?? '', 'Too late?')).toMatchObject({ status: 409 });
    // The main conversation of the agent never held the question: who asks has not steered it.
    expect(JSON.stringify(world.asked.filter((request) => request.isQuestion !== true))).not.toContain(
      'photo',
    );
  });

  it('when an approver writes in the thread, then it is a question; the next words of the requester answer it', async () => {
    const { run, thread } = await world.say('ana', 'pay acme');
    const { id } = await world.pending(run);

    await world.say('ben', 'which invoice?', thread);
    await shownAs('ben', id, 'Ben asked: which invoice?');
    await world.say('ana', 'number 1042', thread);
    const after = await shownAs('ben', id, 'Ana answered: number 1042');

    expect(labelled(after).filter((field) => field.includes('number 1042'))).toHaveLength(1);
    await world.vote('ben', after, 'deny', 'ask for a photo first');
    await world.until(run, 'done');
    expect(world.sent).toEqual([]);
    const next = await world.say('ana', 'pay acme again', thread);
    const deny = (await world.pending(next.run)).card.actions.find(({ label }) => label === 'Deny…');
    expect(deny?.asks).toMatchObject({ kind: 'text', picks: ['ask for a photo first'] });
  });

  it('when somebody asks who may not decide, then he is refused and nothing is asked', async () => {
    const { run } = await world.say('ana', 'pay acme');
    const { id } = await world.pending(run);

    for (const by of ['ana', 'dev', 'cho'])
      expect(await press(by, `v1:${id}:ask`, 'why?')).toMatchObject({ kind: 'refused', status: 403 });

    expect((await world.app.backend.readApproval(world.person('ben'), id))?.questions).toEqual([]);
  });
});

describe('given a card on a chat platform', () => {
  it('when an approver asks on Slack, then a form takes the question and the requester answers by a form', async () => {
    const bot = await aSlackWorld({ model });
    try {
      const asked = bot.ana.mention('C1', 'pay acme 120');
      const card = await bot.card(asked.ts);
      await bot.ben.press(card, 'Ask a question…');
      const form = await bot.fake.until(() => bot.ben.modal());
      expect((await bot.ben.submit(form, { text: 'Is there a photo?' })).errors).toEqual({});
      await bot.told(bot.ben, 'Asked in the thread.');

      const question = await bot.until(asked.ts, 'Ben asks about: Pay 120 to acme');
      await bot.ana.press(question, 'Answer…');
      const reply = await bot.fake.until(() => bot.ana.modal());
      expect((await bot.ana.submit(reply, { text: 'Yes, <!channel>' })).errors).toEqual({});
      await eventually(async () => {
        const shown = await bot.card(asked.ts);
        return shown.text.includes('Ana answered') && shown.labels.includes('Approve') ? true : undefined;
      });
      // Whoever may decide is told by name, once, and nobody else.
      expect(bot.fake.pings().map(({ target }) => target)).toEqual(['U2']);
      expect(bot.world.sent).toEqual([]);
    } finally {
      await bot.close();
    }
  });

  it('when an approver asks on Discord, then the card shows question and answer', async () => {
    const bot = await aDiscordWorld({ model });
    try {
      const thread = bot.ana.mention(finance, 'pay acme 120').id;
      const card = await bot.card(thread);
      expect(await bot.ben.press(card, 'Ask a question…')).toMatchObject({ kind: 'form' });
      await bot.ben.submitModal('Is there a photo?');
      const question = await bot.until(thread, 'Ben asks about');
      await bot.ana.press(question, 'Answer…');
      await bot.ana.submitModal('Yes.');
      await eventually(() => (wordsOf(card).includes('Ana answered') ? true : undefined));
      expect(wordsOf(card)).toContain('Is there a photo?');
      expect(bot.world.sent).toEqual([]);
    } finally {
      await bot.close();
    }
  });
});
