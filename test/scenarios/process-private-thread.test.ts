/** A private channel's thread: whoever may only decide about its call sees the call, and nothing else of it. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApprovalJson } from '../../src/api/shapes.ts';
import { effectsOf } from '../builders/company-effects.ts';
import { listen } from '../builders/event-reader.ts';
import type { EventReader } from '../builders/event-reader.ts';
import { eventually, removeFolder, startBot } from '../builders/running-bot.ts';
import type { RunningBot } from '../builders/running-bot.ts';

let bot: RunningBot;
let cho: EventReader;
let ana: EventReader;
let thread: string;
let approval: ApprovalJson;

beforeAll(async () => {
  bot = await startBot();
  [cho, ana] = await Promise.all([listen(bot.url, 'cho'), listen(bot.url, 'ana')]);
  const opened = await bot.as('ben').say('board', 'show customer Nightfall');
  ({ thread } = opened.body);
  await bot.as('ben').until(String(opened.body.run), 'done');
  const asked = await bot
    .as('ben')
    .say('board', 'Project Nightfall starts. Send an email to Acme saying we are sorry', { thread });
  approval = await bot.as('cho').asked(String(asked.body.run));
}, 60_000);
afterAll(async () => {
  cho.stop();
  ana.stop();
  await bot.stop();
  removeFolder(bot.dataDir);
});

/** What must not reach Cho, wherever he looks. */
function secretsIn(value: unknown): readonly string[] {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return ['Nightfall', thread, encodeURIComponent(thread)].filter((secret) => text.includes(secret));
}

describe('given a mail that Ben asks for in the private board and only Cho may approve', () => {
  it('then Cho sees the whole call in the inbox, without thread, evidence or claim', async () => {
    const listed = await bot.as('cho').get<{ items: ApprovalJson[] }>('/approvals?state=pending');
    const one = await bot.as('cho').get<ApprovalJson>(`/approvals/${approval.id}`);

    for (const seen of [listed.body.items[0], one.body]) {
      expect(seen).toMatchObject({ id: approval.id, tool: 'mail/send', requestedBy: 'ben', thread: null });
      expect(Object.keys(seen?.arguments ?? {}).sort()).toEqual(['body', 'subject', 'to']);
      const labels = seen?.card.fields.map((field) => field.label) ?? [];
      expect(labels).toEqual(expect.arrayContaining(['to', 'subject', 'body', 'Asked by', 'What runs']));
      expect(labels).not.toEqual(expect.arrayContaining(['Because the agent read']));
      expect(labels).not.toEqual(expect.arrayContaining(['Agent says']));
      expect(secretsIn(seen)).toEqual([]);
    }
  });

  it('then the thread, its run and its ledger do not exist for Cho, and he can neither write there nor stop it', async () => {
    const paths = [
      `/threads/${encodeURIComponent(thread)}`,
      `/runs/${approval.run}`,
      `/runs/${approval.run}/ledger`,
    ];

    for (const path of paths) expect((await bot.as('cho').get(path)).status).toBe(404);
    expect((await bot.as('cho').say('board', 'hello')).status).toBe(404);
    expect((await bot.as('cho').say('general', 'hello', { thread })).status).toBe(404);
    expect((await bot.as('cho').post(`/runs/${approval.run}/stop`, {})).status).toBe(404);
    expect((await bot.as('cho').press(`v1:${approval.run}:stop`)).status).toBe(404);
    expect(secretsIn((await bot.as('cho').get('/runs')).body)).toEqual([]);
    expect(secretsIn((await bot.as('cho').get('/me')).body)).toEqual([]);
    for (const look of ['/overview', '/search?q=nightfall', '/ledger', '/people', '/policy'])
      expect([look, secretsIn((await bot.as('cho').get(look)).body)]).toEqual([look, []]);
    const found = await bot.as('ben').get<{ items: { thread: string }[] }>('/search?q=nightfall');
    expect(found.body.items.map((item) => item.thread)).toContain(thread);
  });

  it('then Dev, who may not decide either, does not even see that something is asked', async () => {
    const { body } = await bot.as('dev').get<{ items: ApprovalJson[] }>('/approvals');

    expect(body.items).toEqual([]);
    expect((await bot.as('dev').get(`/approvals/${approval.id}`)).status).toBe(404);
  });

  it('when Cho approves from the inbox, then the mail is sent once and Cho has still heard nothing of the thread', async () => {
    const voted = await bot.as('cho').vote(approval, 'approve');

    expect(voted.status).toBe(200);
    expect(secretsIn(voted.body)).toEqual([]);
    await bot.as('ben').until(approval.run, 'done');
    expect(effectsOf(bot.dataDir, 'mail/send')).toHaveLength(1);
    // Ana reads the board: once she has heard the end, Cho would have heard it too.
    await eventually(() => (/"status":"done"[^}]*Nightfall starts/u.test(ana.text()) ? true : undefined));
    expect(cho.text()).toContain(approval.id);
    expect(secretsIn(cho.text())).toEqual([]);
  });

  it('when a call like it was denied in the board, then the reason stays there', async () => {
    const asked = await bot.as('ana').say('board', 'send an email to Acme saying we are late');
    const denied = await bot.as('ben').asked(String(asked.body.run));
    await bot.as('ben').vote(denied, 'deny', 'wait until Nightfall is public');
    await bot.as('ana').until(denied.run, 'done');

    const open = await bot.as('dev').say('general', 'send an email to Acme saying we are early');
    const card = await bot.as('cho').asked(String(open.body.run));
    const { body } = await bot.as('dev').get(`/threads/${encodeURIComponent(open.body.thread)}`);

    expect(secretsIn(card)).toEqual([]);
    expect(secretsIn(body)).toEqual([]);
  });

  it('when it is asked once more in the board, then its readers see that reason and Cho does not', async () => {
    const asked = await bot.as('ana').say('board', 'send an email to Acme saying we are back');
    const run = String(asked.body.run);

    expect(secretsIn((await bot.as('ben').asked(run)).card)).toEqual(['Nightfall']);
    expect(secretsIn(await bot.as('cho').asked(run))).toEqual([]);
  });
});
