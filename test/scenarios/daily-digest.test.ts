import { afterEach, describe, expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { endOfTurn } from '../../src/core/clock.ts';
import { asApprovalId, asChannelId, asThreadId, newNonce } from '../../src/core/ids.ts';
import type { RowWrite } from '../../src/ledger/store.ts';
import { aDiscordWorld, finance as discordFinance } from '../builders/discord-world.ts';
import { aManualClock } from '../builders/manual-clock.ts';
import { aFolder, eventually, removeFolder } from '../builders/running-bot.ts';
import { aSlackWorld } from '../builders/slack-world.ts';
import { defineWorkflow } from '../../src/workflow-kit.ts';
import { aRunRow, anApprovalRow, writeOfRun } from '../builders/store-entries.ts';
import { aWorld, call, words } from '../builders/world.ts';
import type { World } from '../builders/world.ts';
import { wordsOf } from '../fakes/discord/fake-discord.ts';

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function says(world: World, by: string, text: string, channel = 'finance'): Promise<string> {
  const taken = await world.app.backend.sendMessage(world.person(by), { channel, text });
  if (taken.kind !== 'taken') throw new Error(taken.detail);
  return String(taken.run);
}

async function digest(world: World, by: string, text: string, channel = 'finance'): Promise<string> {
  const run = await says(world, by, text, channel);
  const { thread } = await world.until(run, 'done');
  return world.story(thread, by);
}

const hostile = `<!channel> @everyone ${'pay *everything* to everybody '.repeat(6)}`;

/** Forty requests that wait and two hundred questions, with words as long as they get. */
function aLot(channel: string, thread: string): readonly RowWrite[] {
  const at = Date.now() - 6 * 3_600_000;
  return Array.from({ length: 40 }, (_, index) => {
    const row = aRunRow({
      ...{
        channel: asChannelId(channel),
        thread: asThreadId(thread),
        startedAt: at + index,
        status: 'waiting',
      },
      waitingFor: `finance to decide: ${hostile}`,
      questions: Array.from({ length: 5 }, () => ({ title: hostile, who: ['finance'], askedAt: at })),
    });
    const { channel: place, id: run } = row;
    const approval = anApprovalRow({ run, channel: place, id: asApprovalId(`apr_${newNonce()}`) });
    return [
      writeOfRun(row),
      {
        table: 'approvals',
        key: approval.id,
        seq: 0,
        row: { ...approval, requestedAt: at, title: hostile },
      } as const,
    ];
  }).flat();
}

describe('given a day of requests and decisions', () => {
  it('when a digest is asked for, then it tells what waits, what was decided and what ran, and nothing of other rooms', async () => {
    const world = await aWorld({ env: { PUBLIC_URL: 'https://bot.example' } });
    closers.push(() => world.close());
    await world.app.start();
    const denied = await says(world, 'ana', 'pay acme for the chairs');
    await world.vote('ben', await world.pending(denied), 'deny', 'ask for a quote first');
    await world.until(denied, 'done');
    const waiting = await says(world, 'ana', 'pay acme for the tables');
    await world.pending(waiting);
    const secret = await says(world, 'ana', 'pay acme for the merger', 'board');
    await world.pending(secret);

    const ofChannel = await digest(world, 'cho', '/daily-digest');
    const ofAna = await digest(world, 'dev', '/daily-digest person=ana', 'general');
    const ofBoard = await digest(world, 'ben', 'digest', 'board');

    expect(ofChannel).toContain('**Waiting: 1.**');
    expect(ofChannel).toMatch(
      /- finance to decide: Pay 120 to acme, asked by Ana, just now \[open\]\(https:\/\/bot\.example\/t\//u,
    );
    expect(ofChannel).toContain('**Decided:** 1 denied');
    expect(ofChannel).toContain('**Runs:** 2 (+2): 1 done, 0 failed, 0 stopped, 1 open');
    expect(ofChannel).toContain('- Pay 120 to acme denied by Ben: ask for a quote first');
    expect(ofAna).toContain('**Runs:** 2');
    expect(ofAna + ofChannel).not.toContain('board');
    expect(ofBoard).toContain('**Runs:** 1');
    expect(ofBoard).toContain('**Waiting: 1.**');
  });
});

describe('given questions that nobody has answered', () => {
  it('when a digest is asked for, then it says each and who is asked, and leaves out what waits for no person', async () => {
    const survey = defineWorkflow({
      name: 'survey',
      title: 'Survey',
      input: z.object({}),
      start: { mention: 'survey' },
      async run(ctx) {
        const form = z.object({ answer: z.string() });
        await ctx.ask('it', { title: 'Which colour?', form, who: ['finance'] });
      },
    });
    const rest = defineWorkflow({
      name: 'rest',
      title: 'Rest',
      input: z.object({}),
      start: { mention: 'rest' },
      run: (ctx) => ctx.sleep('night', { days: 1 }),
    });
    const world = await aWorld({
      workflows: [survey, rest],
      // The agent that is asked about its call says nothing, so that the question stays.
      model: (turn, { isQuestion }) =>
        isQuestion === true
          ? new Promise(() => undefined)
          : turn === 0
            ? call('books__pay', { amount: 120, to: 'acme' })
            : words('Paid.'),
    });
    closers.push(() => world.close());
    await world.app.start();
    for (const said of ['survey', 'rest']) await world.until(await says(world, 'ana', said), 'waiting');
    const asked = await world.pending(await says(world, 'ana', 'pay acme for the chairs'));
    const question = asked.card.actions.find(({ label }) => label === 'Ask a question…');
    await world.app.backend.act(world.person('ben'), {
      action: question?.id ?? '',
      text: 'Is there a quote?',
    });

    const ofChannel = await digest(world, 'cho', 'digest');
    const ofBen = await digest(world, 'cho', 'digest person=ben');
    const ofAna = await digest(world, 'cho', 'digest person=ana');

    const asCho = world.person('cho');
    const digestThread = (await world.app.backend.listThreads(asCho, 'finance', undefined))?.items.find(
      ({ title }) => title === 'digest',
    );
    const copied = async () => {
      const { items = [] } = (await world.app.backend.readThread(asCho, digestThread?.id ?? '')) ?? {};
      const find = (words: string) =>
        items.find(({ id, text }) => id.includes('/in/') && text.includes(words));
      return [find('Which colour?'), find('Is there a quote?')] as const;
    };
    const [form, doubt] = await copied();
    const press = (person: string, item: typeof form, typed: object) =>
      world.app.backend.act(world.person(person), { action: item?.actions?.[0]?.id ?? '', ...typed });
    const colour = { fields: { '/answer': 'green' } };
    expect(form?.actions?.map(({ label }) => label)).toEqual(['Answer…']);
    expect(await press('cho', form, colour)).toMatchObject({ kind: 'refused' });
    expect(await press('ben', form, colour)).toMatchObject({ kind: 'done' });
    expect(await press('ana', doubt, { text: 'Yes, of Monday.' })).toMatchObject({ kind: 'done' });
    for (const settled of await copied()) {
      expect(settled?.actions).toEqual([]);
      expect(settled?.text).toMatch(/Answered by Ben|Ana answered/u);
    }

    expect(ofChannel).toContain('**Waiting: 1.**');
    expect(ofChannel).toContain('**Unanswered: 2.**');
    expect(ofChannel).toContain('- finance to answer: Which colour?, asked by Ana, just now');
    expect(ofChannel).toContain('- Ana to answer: Is there a quote?, asked by Ana, just now');
    expect(ofBen).toContain('**Waiting for Ben: 1.**');
    expect(ofBen).toContain('**Unanswered: 1.**\n- finance to answer: Which colour?');
    expect(ofAna).not.toContain('Waiting for');
    expect(ofAna).toContain('**Unanswered: 1.**\n- Ana to answer: Is there a quote?');
    expect(ofAna).toContain('**Requests of Ana that wait: 1.**\n- finance to answer');
  });
});

describe('given an approval that waits in the channel of a digest', () => {
  it('when it is decided on the card in the digest, then every copy settles, and other rooms and persons get no card', async () => {
    const world = await aWorld();
    closers.push(() => world.close());
    await world.app.start();
    const run = await says(world, 'ana', 'pay acme for the chairs');
    const { id } = await world.pending(run);
    const itemsOf = async (digestRun: string) => {
      const { thread } = await world.until(digestRun, 'done');
      const shown = await world.app.backend.readThread(world.person('ana'), thread);
      return shown?.items.filter((item) => item.approval?.id === id) ?? [];
    };
    const first = await says(world, 'cho', 'digest');
    const second = await says(world, 'cho', 'digest');
    const elsewhere = await says(world, 'cho', 'digest', 'general');
    const personal = await says(world, 'cho', 'digest person=ben');

    expect(await itemsOf(elsewhere)).toEqual([]);
    expect(await itemsOf(personal)).toEqual([]);
    const [copy] = await itemsOf(first);
    expect(copy?.run).toBe(run);
    const press = copy?.actions?.find(({ label }) => label === 'Approve')?.id ?? '';
    const act = (person: string) => world.app.backend.act(world.person(person), { action: press });
    expect(await act('ana')).toMatchObject({ kind: 'refused', status: 403 });
    expect(await act('ben')).toMatchObject({ kind: 'done' });
    await world.until(run, 'done');

    for (const digestRun of [first, second]) {
      const [settled] = await itemsOf(digestRun);
      expect(settled?.text).toContain('Approved by Ben');
      expect(settled?.actions).toEqual([]);
    }
    expect(world.sent.filter(({ tool }) => tool.name === 'books/pay')).toHaveLength(1);
  });

  it.each(['socket', 'http'] as const)(
    'when a digest comes on Slack over %s, then its card decides, and both cards settle',
    async (over) => {
      const slack = await aSlackWorld({ over });
      closers.push(() => slack.close());
      const asked = slack.ana.mention('C1', 'pay acme 120');
      const original = await slack.card(asked.ts);
      const digested = slack.ana.mention('C1', 'digest');
      await slack.until(digested.ts, 'Digest of the last 24 hours');
      const copy = await slack.card(digested.ts);

      await slack.ben.press(copy, 'Approve');

      expect((await slack.settled(copy)).text).toContain('Approved by Ben');
      expect((await slack.settled(original)).text).toContain('Approved by Ben');
      await slack.until(asked.ts, 'Result: Paid');
      expect(slack.fake.pings().length).toBeLessThanOrEqual(1);
    },
  );
});

describe('given a digest by schedule', () => {
  it('when nothing happened, then nothing is started, and when something waits, then it comes once', async () => {
    const folder = aFolder();
    closers.push(() => removeFolder(folder));
    const file = join(folder, 'schedules.yaml');
    writeFileSync(
      file,
      'schedules:\n  morning: { when: "hourly", workflow: daily-digest, channel: finance }\n',
    );
    const clock = aManualClock(new Date('2026-11-23T08:59:00.000Z'));
    const world = await aWorld({ clock, env: { SCHEDULES_FILE: file, TZ_NAME: 'UTC' } });
    closers.push(() => world.close());
    await world.app.start();
    const row = world.app.store.schedules;
    const pass = async (until: number): Promise<void> => {
      while (clock.now().getTime() < until) {
        clock.advance(5_000);
        await endOfTurn();
      }
      await eventually(async () => {
        if (((await row.find('morning'))?.nextAt ?? 0) > until) return true;
        // A look that came while an earlier one was under way is made at the next moment.
        clock.advance(1_000);
        return undefined;
      });
    };
    const count = async (): Promise<number> =>
      (await world.app.store.runs.list({ workflow: 'daily-digest', limit: 9 })).length;

    await pass(Date.UTC(2026, 10, 23, 9, 0, 30));
    expect(await count()).toBe(0);

    await world.pending(await says(world, 'ana', 'pay acme for the tables'));
    clock.advance(59 * 60_000);
    await pass(Date.UTC(2026, 10, 23, 10, 0, 30));

    expect(await count()).toBe(1);
  });
});

describe('given more to tell than a message holds', () => {
  it('when a digest is asked for on Slack, then Slack takes it, with links, and nobody is pinged', async () => {
    const slack = await aSlackWorld();
    closers.push(() => slack.close());
    await slack.world.app.store.ledger.saveRows(aLot('slack:T01/C1', 'slack:T01/C1/1700000000.000100'));

    const asked = slack.ana.mention('C1', 'digest');
    const shown = await slack.until(asked.ts, 'Digest of the last 24 hours');
    await slack.until(asked.ts, 'Also waiting');

    expect(shown.text).toContain('Waiting: 12 or more, 12 of them for 4 hours or longer.');
    expect(shown.text).toContain('Unanswered: 12 or more, 12 of them for 4 hours or longer.');
    expect(shown.text).toContain('asked by Ana, 6 h (ageing) open (app.slack.com)');
    expect(shown.text).toContain('pay *everything* to');
    expect(slack.fake.pings()).toEqual([]);
    expect(slack.fake.unfurls()).toEqual([]);
    expect(slack.fake.calls().filter(({ answer }) => answer?.['ok'] === false)).toEqual([]);
  });

  it('when a digest is asked for on Discord, then Discord takes it, and nobody is pinged', async () => {
    const discord = await aDiscordWorld();
    closers.push(() => discord.close());
    const channel = `discord:${discord.fake.state.guild}/${discordFinance}`;
    await discord.world.app.store.ledger.saveRows(aLot(channel, `discord:${discord.fake.state.guild}/55`));

    const thread = discord.ana.mention(discordFinance, 'digest').id;
    const shown = await discord.until(thread, 'Digest of the last 24 hours');
    await discord.until(thread, 'Also waiting');

    expect(wordsOf(shown)).toContain('Waiting\\: 12 or more');
    expect(discord.fake.pings()).toEqual([]);
  });
});
