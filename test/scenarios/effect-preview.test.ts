/** What a call would change is on its card before people decide, and is read again when they do. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { aDiscordWorld, finance } from '../builders/discord-world.ts';
import { eventually } from '../builders/running-bot.ts';
import { aSlackWorld } from '../builders/slack-world.ts';
import { aWorld, call, words, worldPolicy } from '../builders/world.ts';
import type { World, WorldOptions } from '../builders/world.ts';
import type { ApprovalJson } from '../../src/api/shapes.ts';
import type { JsonObject } from '../../src/core/json.ts';
import type { ToolOutcome } from '../../src/tools/tool.ts';
import { defineWorkflow } from '../../src/workflow-kit.ts';
import { wordsOf } from '../fakes/discord/fake-discord.ts';

const withPreview = (preview: string, approve = 'verdict: ask, approvers: [finance]'): string =>
  worldPolicy
    .replace('verdict: ask, approvers: [finance]', `${approve}, preview: ${preview}`)
    .replace('mail/read:', 'books/paid: { effect: read, verdict: allow }\n  mail/read:');
const dryRun = withPreview('books/paid');

/** What the bank account holds, and how often somebody looked. */
let balance = 480;
let looks = 0;
let fails: ToolOutcome | undefined;
beforeEach(() => {
  balance = 480;
  looks = 0;
  fails = undefined;
});

const structured = (value: JsonObject): ToolOutcome => ({
  kind: 'answered',
  content: 'as structured',
  structured: value,
  isError: false,
});

const bank: WorldOptions = {
  policy: dryRun,
  answer: ({ tool }) => {
    if (tool.name !== 'books/paid') return undefined;
    looks += 1;
    return (
      fails ??
      structured({
        before: { paid: String(balance), currency: 'USD' },
        after: { paid: String(balance - 120), currency: 'USD' },
      })
    );
  },
};
const paid = (world: World): number => world.sent.filter(({ tool }) => tool.name === 'books/pay').length;

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const world of open.splice(0)) await world.close();
});
async function start(options: WorldOptions = {}): Promise<World> {
  const world = await aWorld({ ...bank, ...options });
  open.push(world);
  return world;
}

const fieldOf = ({ card }: Pick<ApprovalJson, 'card'>, label: string): string | undefined =>
  card.fields.find((field) => field.label === label)?.value;
const pressApprove = (world: World, person: string, { card }: ApprovalJson): ReturnType<World['vote']> =>
  // What a press answers has the kinds and fields of a vote's answer that are looked at here.
  world.app.backend.act(world.person(person), {
    action: card.actions.find(({ label }) => label === 'Approve')?.id ?? '',
  }) as unknown as ReturnType<World['vote']>;

const payBoth = defineWorkflow({
  name: 'pay-both',
  title: 'Pay both',
  input: z.object({}),
  start: { mention: 'pay-both' },
  async run(ctx) {
    const plan = await ctx.approvePlan('plan', {
      title: 'Pay both',
      calls: [
        { tool: 'books/pay', times: 1, arguments: { amount: 120, to: 'acme' } },
        { tool: 'books/pay', times: 1, arguments: { amount: { atMost: 50 }, to: 'acme' } },
        { tool: 'books/pay', times: 1, arguments: { amount: 20, to: 'nobody' } },
      ],
    });
    await ctx.say(`Plan: ${plan.kind}.`);
  },
});

describe('given a plan of calls of a tool with a dry run', () => {
  it('when it is asked about, then its card shows what each exact line would change, and a vote reads it again', async () => {
    const world = await start({
      workflows: [payBoth],
      answer: (request) => {
        const nobody = request.tool.name === 'books/paid' && request.argsJson.includes('nobody');
        return nobody
          ? { kind: 'answered', content: 'There is no such account.', isError: true }
          : bank.answer?.(request);
      },
    });
    const { run, thread } = await world.say('ana', 'pay-both');
    const asked = await world.pending(run);

    expect(fieldOf(asked, 'Effect')).toMatch(
      /^Line 1: paid 480 → 360\nLine 3: no preview: books\/paid answered with an error: There is no such account\.\n\(each line alone, as it stands; books\/paid, read .+\)$/u,
    );
    balance = 200;
    expect(await pressApprove(world, 'ben', asked)).toMatchObject({ code: 'approval.new-effect' });
    const again = await world.pending(run);
    expect(fieldOf(again, 'Effect')).toContain('Line 1: paid 200 → 80');
    expect(await pressApprove(world, 'ben', again)).toMatchObject({ kind: 'done' });
    await world.until(run, 'done');
    expect(await world.story(thread)).toContain('Plan: approved.');
    expect(paid(world)).toBe(0);
  });
});

describe('given a tool with a dry run', () => {
  it('when nothing changed until the vote, then the card says so and the call runs', async () => {
    const world = await start();
    const { run } = await world.say('ana', 'pay acme');
    const asked = await world.pending(run);
    expect(fieldOf(asked, 'Effect')).toMatch(/^paid 480 → 360\n\(books\/paid, read .+\)$/u);
    expect(asked.effect).toMatchObject({
      tool: 'books/paid',
      changes: [{ name: 'paid', before: '480', after: '360' }],
    });

    expect(await pressApprove(world, 'ben', asked)).toMatchObject({ kind: 'done' });
    await world.until(run, 'done');

    const settled = await world.app.backend.readApproval(world.person('ana'), asked.id);
    expect(settled === undefined ? '' : fieldOf(settled, 'Effect')).toMatch(/; fresh when Ben approved at /u);
    expect([looks, paid(world)]).toEqual([2, 1]);
  });

  it('when something changed, then the vote is refused with the new values, and the new card counts', async () => {
    const world = await start({
      policy: withPreview('books/paid', 'verdict: ask_two, approvers: [finance, cho]'),
    });
    const { run, thread } = await world.say('ana', 'pay acme');
    const before = await world.pending(run);
    await pressApprove(world, 'cho', before);
    balance = 200;

    expect(await pressApprove(world, 'ben', before)).toMatchObject({
      kind: 'refused',
      status: 409,
      code: 'approval.new-effect',
      detail:
        'What this would change is not what you were shown: paid 200 → 80. The card shows it as it is. Look again, then decide.',
    });
    // A second press on the card from before does not count either, and neither does what Cho decided on it.
    expect(await pressApprove(world, 'ben', before)).toMatchObject({ code: 'approval.new-effect' });
    const after = await world.pending(run);
    expect(after.id).toBe(before.id);
    expect(fieldOf(after, 'Effect')).toMatch(/^paid 200 → 80\n/u);
    expect(fieldOf(after, 'Look twice')).toBe(
      'What this would change is not what was shown when it was asked.',
    );
    expect(after.card.outcome).toContain('Cho approved before this card changed.');
    expect(paid(world)).toBe(0);

    expect(await pressApprove(world, 'ben', after)).toMatchObject({ kind: 'done' });
    expect(await pressApprove(world, 'cho', after)).toMatchObject({ kind: 'done' });
    await world.until(run, 'done');
    expect(paid(world)).toBe(1);
    expect(await world.story(thread)).toContain('looked again: the effect of books/pay had changed');
  });

  it('when a vote does not say what its voter was shown, then it counts, marked as given on something else', async () => {
    const world = await start();
    const { run } = await world.say('ana', 'pay acme');
    const asked = await world.pending(run);
    balance = 200;

    expect(await world.vote('ben', asked, 'approve')).toMatchObject({ kind: 'counted' });
    await world.until(run, 'done');

    const settled = await world.app.backend.readApproval(world.person('ana'), asked.id);
    expect(settled === undefined ? '' : fieldOf(settled, 'Effect')).toMatch(
      /^paid 200 → 80\n\(.*; had changed when Ben approved at /u,
    );
  });

  it('when it cannot be read, then the card says why, and people decide without it', async () => {
    const world = await start();
    fails = { kind: 'answered', content: 'Only 100 can\nstill be paid.', isError: true };
    const { run } = await world.say('ana', 'pay acme');
    const asked = await world.pending(run);

    expect(fieldOf(asked, 'Effect')).toBe(
      'no preview: books/paid answered with an error: Only 100 can still be paid.',
    );
    await pressApprove(world, 'ben', asked);
    await world.until(run, 'done');
    expect([looks, paid(world)]).toEqual([1, 1]);
  });

  it('when it stops answering before the vote, then the voter sees that first, and a denial needs no look', async () => {
    const world = await start();
    const { run } = await world.say('ana', 'pay acme');
    const asked = await world.pending(run);
    fails = { kind: 'unknown', why: 'the connection broke' };

    expect(await pressApprove(world, 'ben', asked)).toMatchObject({
      code: 'approval.new-effect',
      detail:
        'It can no longer be said what this would change: books/paid did not answer: the connection broke. The card shows it as it is. Look again, then decide.',
    });
    expect(paid(world)).toBe(0);
    const seen = looks;
    await world.vote('ben', asked, 'deny');
    await world.until(run, 'done');
    expect([looks, paid(world)]).toEqual([seen, 0]);
  });

  it('when policy does not let the look run without asking, then nothing is read', async () => {
    const world = await start({
      policy: `${dryRun}  - { id: ask-first, tool: books/paid, verdict: ask, approvers: [finance] }\n`,
    });
    const { run } = await world.say('ana', 'pay acme');

    expect(fieldOf(await world.pending(run), 'Effect')).toBe(
      'no preview: policy does not let books/paid run without asking',
    );
    expect(looks).toBe(0);
  });
});

describe('given a tool that sets fields of a record', () => {
  it('when it is asked about, then the card shows those fields before and after, and no others', async () => {
    const world = await start({
      policy: withPreview('{ tool: books/paid, record: account, sets: changes }'),
      model: (turn) =>
        turn === 0
          ? call('books__pay', { amount: 1, to: 'acme', changes: { email: 'new@acme.test', phone: '7' } })
          : words('Done.'),
      find: (name, found) =>
        name === 'books/pay' && found.kind === 'ready'
          ? { ...found, tool: { ...found.tool, inputSchema: { type: 'object' } } }
          : found,
      answer: ({ tool }) =>
        tool.name === 'books/paid'
          ? structured({ account: { email: 'old@acme.test', phone: '7', iban: 'DE00' } })
          : undefined,
    });
    const { run } = await world.say('ana', 'pay acme');

    expect(fieldOf(await world.pending(run), 'Effect')).toMatch(/^email old@acme\.test → new@acme\.test\n/u);
  });
});

describe('given a chat platform', () => {
  it('when the effect changed, then Slack tells the voter in private and its card shows both values', async () => {
    const slack = await aSlackWorld(bank);
    open.push(slack);
    const { ts } = slack.ana.mention('C1', 'pay acme 120');
    const card = await slack.card(ts);
    expect(card.text).toContain('paid 480 → 360');
    balance = 200;

    await slack.ben.press(card, 'Approve');
    await slack.told(slack.ben, 'What this would change is not what you were shown: paid 200 → 80.');
    const again = await slack.until(ts, 'paid 200 → 80');
    expect(again.ts).toBe(card.ts);
    expect(paid(slack.world)).toBe(0);

    await slack.ben.press(again, 'Approve');
    await slack.until(ts, 'Result: Paid, receipt R-1');
    expect(paid(slack.world)).toBe(1);
  });

  it('when the effect changed, then Discord tells the voter in private and its card shows both values', async () => {
    const discord = await aDiscordWorld(bank);
    open.push(discord);
    const thread = discord.ana.mention(finance, 'pay acme 120').id;
    const card = await discord.card(thread);
    expect(wordsOf(card)).toContain('paid 480 → 360');
    balance = 200;

    const refused = await discord.ben.press(card, 'Approve');
    expect(refused).toMatchObject({ kind: 'said', isPrivate: true });
    await eventually(() => (wordsOf(card).includes('paid 200 → 80') ? true : undefined));
    expect(paid(discord.world)).toBe(0);

    await discord.ben.press(card, 'Approve');
    await discord.until(thread, 'Result\\: Paid, receipt R\\-1');
    expect(paid(discord.world)).toBe(1);
  });
});
