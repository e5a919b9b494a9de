/** What stands on a card beside the call: what led to it, and how people decided on such calls before. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApprovalJson } from '../../src/api/shapes.ts';
import { asActorId, asChannelId, asThreadId, newMemoryId } from '../../src/core/ids.ts';
import type { ActorId } from '../../src/core/ids.ts';
import type { MemoryScope } from '../../src/memory/memory-row.ts';
import { eventually } from '../builders/running-bot.ts';
import { aWorld, call, lastResult, words, worldPolicy } from '../builders/world.ts';
import type { World } from '../builders/world.ts';

const label = 'Because the agent read';
const finance = asChannelId('console:finance');
const around = asThreadId('console:finance/earlier');
let world: World;

beforeAll(async () => {
  world = await aWorld({
    env: { PUBLIC_URL: 'https://bot.example' },
    model: (turn, request) => {
      const isBoard = JSON.stringify(request.messages).includes('board');
      if (turn === 0 && !isBoard) return call('books__look', { invoice: 1 });
      if (turn === (isBoard ? 0 : 1)) return call('books__pay', { amount: 120, to: 'acme' });
      return words(`Result: ${lastResult(request)}`);
    },
  });
});
afterAll(() => world.close());

function fieldOf({ card }: ApprovalJson, name: string): ApprovalJson['card']['fields'][number] | undefined {
  return card.fields.find((field) => field.label === name);
}

async function remember(text: string, scope: MemoryScope, author: ActorId): Promise<void> {
  const { memories } = world.app;
  const kept = await memories.keep(
    await memories.audienceOf({ channel: finance, thread: around, person: author }),
    {
      ...{ id: newMemoryId(), kind: 'fact', scope, text, around: '' },
      author,
    },
  );
  expect(kept.kind).toBe('kept');
}

describe('given a call that an agent proposes after it has read several things', () => {
  let asked: ApprovalJson;
  let thread: string;
  beforeAll(async () => {
    await remember('Payments to acme over 100 need a \u202ephoto.', 'channel', asActorId('ben'));
    await remember('I pay acme from my own budget.', 'person', asActorId('ana'));
    const said = await world.say('ana', 'pay acme 120');
    ({ thread } = said);
    asked = await world.pending(said.run);
  });

  it('then its card names each, tools with the numbers of the ledger, and memories with a link to where they were said', () => {
    const { value = '', links = [] } = fieldOf(asked, label) ?? {};

    expect(value).toMatch(/^message by Ana, books\/look \(#\d+\), memory «/u);
    expect(value).toContain('memory «Payments to acme over 100 need a ⟨U+202E⟩photo.» (Ben, ');
    expect(links.map(({ address }) => address)).toEqual([
      'https://bot.example/t/console%3Afinance%2Fearlier',
    ]);
    expect(links.map(({ start, end }) => value.slice(start, end))).toEqual([
      expect.stringMatching(/^memory «Payments .*\)$/u),
    ]);
  });

  it('then what only the requester may be told is counted and not shown to anybody', async () => {
    const { value = '' } = fieldOf(asked, label) ?? {};

    expect(value).toContain(`1 more of what is known (/countersign why ${asked.run})`);
    expect(await world.story(thread, 'dev')).not.toContain('my own budget');
    expect(JSON.stringify(await world.app.backend.readThread(world.person('dev'), thread))).not.toContain(
      'my own budget',
    );
  });

  it('when the numbers are looked up in the ledger, then there is what the tool answered', async () => {
    const [number = ''] = /#\d+/u.exec(fieldOf(asked, label)?.value ?? '') ?? [];

    await world.vote('ben', asked, 'deny', 'not this week');
    await world.until(asked.run, 'done');

    expect(await world.story(thread)).toMatch(new RegExp(`${number} .*read 1 source: books/look`, 'u'));
  });
});

describe('given payments that people decided before', () => {
  async function decided(vote: 'approve' | 'deny', reason: string, channel = 'finance'): Promise<void> {
    const taken = await world.app.backend.sendMessage(world.person('ana'), {
      channel,
      text: 'pay acme, board',
    });
    if (taken.kind !== 'taken') throw new Error(taken.detail);
    const { run } = taken;
    const { items } = await eventually(async () => {
      const found = await world.app.backend.listApprovals(world.person('ben'), { state: 'pending' });
      return found.items.some((entry) => entry.run === run) ? found : undefined;
    });
    const approval = items.find((entry) => entry.run === run);
    if (approval === undefined) throw new Error('It is there.');
    await world.vote('ben', approval, vote, reason);
    await world.until(String(run), 'done');
  }

  it('when such a call is asked, then its card counts them, with the reasons that its readers may know', async () => {
    await decided('deny', 'ask for a\nphoto first');
    await decided('approve', 'paid in May');
    await decided('deny', 'of the board alone', 'board');

    const { run } = await world.say('ana', 'pay acme 120');
    const asked = await world.pending(run);

    expect(fieldOf(asked, 'Similar')?.value).toMatch(
      /^1 approved \(«paid in May», Ben, \S+\), 3 denied \(«ask for a photo first», Ben, \S+; «not this week», Ben, \S+\)$/u,
    );
    expect(asked.card.actions.find(({ label: name }) => name === 'Deny…')?.asks).toMatchObject({
      picks: ['ask for a\nphoto first', 'not this week'],
    });
    expect(JSON.stringify(asked)).not.toContain('of the board alone');
  });
});

describe('given a call that no rule was written for', () => {
  const search = { query: 'acme' };
  const standing = { isServerReviewed: true, isNewTool: false };

  it.each([
    [
      'memory/search',
      call('memory__search', search),
      standing,
      'No line of the policy is about memory/search, so every call asks until an operator adds one. countersign policy check shows it.',
    ],
    [
      'books/paid',
      call('books__paid', { to: 'acme' }),
      standing,
      'No line of the policy is about books/paid, so every call asks until an operator adds one.',
    ],
    [
      'books/note of a server that was not reviewed',
      call('books__note', { text: 'x' }),
      { ...standing, isServerReviewed: false },
      'books is connected but not reviewed: every call asks until an operator runs countersign tools review books.',
    ],
    [
      'books/note that came later',
      call('books__note', { text: 'x' }),
      { ...standing, isNewTool: true },
      'books/note came after books was reviewed: every call asks until an operator runs countersign tools review books.',
    ],
  ])('when it is %s, then the card says why it asks and what to do', async (_, first, review, expected) => {
    const other = await aWorld({
      reviewOf: () => review,
      // Who vouches for a server in the file accepts its later tools there, too.
      ...(review.isNewTool && { policy: worldPolicy.replace('books: { reviewed: true,', 'books: {') }),
      model: (turn) => (turn === 0 ? first : words('Done.')),
    });
    const { run } = await other.say('ana', 'go');
    const asked = await other.pending(run);
    await other.close();

    expect(fieldOf(asked, 'Why it asks')?.value).toBe(expected);
    expect(other.sent).toEqual([]);
  });

  it('when a rule was written for it, then the card says nothing of the sort', async () => {
    const { run } = await world.say('ana', 'pay acme 120');

    expect(fieldOf(await world.pending(run), 'Why it asks')).toBeUndefined();
  });
});
