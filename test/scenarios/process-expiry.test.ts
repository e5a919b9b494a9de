/** A question that nobody answers in time. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApprovalJson } from '../../src/api/shapes.ts';
import { aBentClock } from '../builders/bent-clock.ts';
import type { BentClock } from '../builders/bent-clock.ts';
import { effectsOf } from '../builders/company-effects.ts';
import { removeFolder, startBot, textOf } from '../builders/running-bot.ts';
import type { RunningBot } from '../builders/running-bot.ts';
import { aWorkingFolder } from '../builders/working-folder.ts';
import type { WorkingFolder } from '../builders/working-folder.ts';

const policy = `version: 1
default: { verdict: ask, approvers: [approver], quorum: 1, excludeRequester: true, expiresIn: 24h, effect: opaque }
servers:
  crm: { reviewed: true, trust: trusted }
  billing: { reviewed: true, trust: trusted }
tools:
  crm/find_customer: { effect: read, verdict: allow }
  billing/get_invoice: { effect: read, verdict: allow }
  billing/refund: { effect: keyed, key: idempotency_key, verdict: ask, approvers: [finance], expiresIn: 1m }
`;

let folder: WorkingFolder;
let clock: BentClock;
let bot: RunningBot;
beforeAll(async () => {
  folder = aWorkingFolder({ 'policy.yaml': policy });
  clock = aBentClock(folder.path);
  bot = await startBot({ cwd: folder.path, dataDir: join(folder.path, 'data'), env: clock.env });
}, 60_000);
afterAll(async () => {
  await bot.stop();
  removeFolder(folder.path);
});

describe('given a refund that must be decided within a minute', () => {
  let approval: ApprovalJson;
  let thread: string;

  it('when nobody answers, then it expires: nothing runs, and the thread and the votes say so', async () => {
    const { body } = await bot.as('ana').say('finance', 'refund invoice 1042 of Acme, 31 dollars, chipped');
    thread = body.thread;
    approval = await bot.as('ben').asked(String(body.run));

    clock.advance(61_000);
    await bot.as('ana').until(approval.run, 'done');

    expect((await bot.as('ben').get<ApprovalJson>(`/approvals/${approval.id}`)).body.state).toBe('expired');
    const late = await bot.as('ben').vote(approval, 'approve');
    expect(late.status).toBe(410);
    expect(late.body.code).toBe('approval.expired');
    const { items } = await bot.as('ana').thread(thread);
    expect(textOf(items)).toMatch(/Nobody answered by \S+, so nothing ran/u);
    expect(textOf(items)).toMatch(/expired: billing\/refund, nothing ran/u);
    expect(effectsOf(bot.dataDir, 'billing/refund')).toEqual([]);
  });

  it('when somebody else presses «Ask again», then he is refused and does not see the button', async () => {
    const labels = async (person: string): Promise<readonly string[]> => {
      const { items } = await bot.as(person).thread(thread);
      const card = items.find((item) => item.approval?.id === approval.id);
      return card?.actions?.map((action) => action.label) ?? ['no card'];
    };

    expect(await labels('ana')).toEqual(['Ask again']);
    expect(await labels('ben')).toEqual([]);
    expect((await bot.as('ben').press(`v1:${approval.id}:ask-again`)).status).toBe(403);
  });

  it('when Ana presses «Ask again» twice, then it is asked once more with an approval of its own, and can be approved', async () => {
    const [first, second] = await Promise.all([
      bot.as('ana').press(`v1:${approval.id}:ask-again`),
      bot.as('ana').press(`v1:${approval.id}:ask-again`),
    ]);
    expect([first.status, second.status]).toEqual([200, 200]);
    expect([first.body.thread, second.body.thread]).toEqual([thread, thread]);
    // On MongoDB the other press may be answered before the run has begun: it names none then, and never another.
    const runs = [first, second].flatMap(({ body }) => body.run ?? []);
    expect(new Set(runs).size).toBe(1);
    const again = await bot.as('ben').asked(String(runs[0]));

    expect(again.id).not.toBe(approval.id);
    expect((await bot.as('ben').vote(again, 'approve')).status).toBe(200);
    await bot.as('ana').until(again.run, 'done');
    expect(effectsOf(bot.dataDir, 'billing/refund')).toHaveLength(1);
    expect((await bot.as('ben').vote(approval, 'approve')).status).toBe(410);
  });
});
