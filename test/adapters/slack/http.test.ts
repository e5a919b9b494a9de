import { afterEach, describe, expect, it } from '@jest/globals';
import { aSlackWorld } from '../../builders/slack-world.ts';
import type { SlackWorld } from '../../builders/slack-world.ts';
import { sendSignatureCase, signatureCases } from '../../fakes/slack/signature-cases.ts';
import type { SignatureCase } from '../../fakes/slack/signature-cases.ts';

const open: SlackWorld[] = [];
afterEach(async () => {
  for (const bot of open.splice(0)) await bot.close();
});

/** Each case is a mention of its own by Ana, so that whatever is believed becomes a run. */
async function aBotWithCases(): Promise<{
  readonly bot: SlackWorld;
  readonly cases: readonly SignatureCase[];
}> {
  const bot = await aSlackWorld({ over: 'http', model: () => ({ text: 'Done.', stop: 'end', calls: [] }) });
  open.push(bot);
  const seconds = Math.floor(Date.now() / 1_000);
  const cases = signatureCases({
    secret: bot.fake.signingSecret,
    now: new Date(),
    body: (index) =>
      JSON.stringify({
        type: 'event_callback',
        team_id: bot.fake.teamId,
        event_id: `EvCase${String(index)}`,
        event: {
          type: 'app_mention',
          user: 'U1',
          channel: 'C1',
          text: `<@${bot.fake.botUserId}> case ${String(index)}`,
          ts: `${String(seconds)}.${String(index).padStart(6, '0')}`,
        },
      }),
  });
  return { bot, cases };
}

describe('given requests over HTTP', () => {
  it('when forged ones arrive, then each is refused and nothing runs', async () => {
    const { bot, cases } = await aBotWithCases();
    const forged = cases.filter((one) => one.expected === 'refused');

    const answers = [];
    for (const one of forged) answers.push({ name: one.name, status: await sendSignatureCase(bot.url, one) });

    expect(forged.length).toBeGreaterThanOrEqual(23);
    expect(answers).toEqual(forged.map(({ name }) => ({ name, status: 401 })));
    expect(await bot.world.app.store.runs.list({ limit: 50 })).toEqual([]);
  });

  it('when genuine ones arrive, one of them again and again, then none is refused and each is one run', async () => {
    const { bot, cases } = await aBotWithCases();
    const genuine = cases.filter((one) => one.expected !== 'refused');

    const answers = [];
    for (const one of genuine)
      answers.push({ name: one.name, status: await sendSignatureCase(bot.url, one) });
    for (const one of genuine.filter(({ expected }) => expected === 'once'))
      answers.push({ name: one.name, status: await sendSignatureCase(bot.url, one) });

    expect(genuine.length).toBeGreaterThanOrEqual(10);
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    const events = genuine.filter((one) => !one.name.includes('form'));
    const runs = await bot.world.app.store.runs.list({ limit: 50 });
    // Two of them are forms around an event, which is nothing that Slack sends.
    expect(runs.length).toBeGreaterThanOrEqual(events.length);
    expect(new Set(runs.map((run) => run.thread)).size).toBe(runs.length);
  });

  it('when it is asked for its address, then it answers only under a signature', async () => {
    const { bot } = await aBotWithCases();
    const body = JSON.stringify({ type: 'url_verification', challenge: 'c0ffee' });
    const [signed] = signatureCases({ secret: bot.fake.signingSecret, now: new Date(), body: () => body });
    if (signed === undefined) throw new Error('There is no genuine case.');

    const answer = await fetch(bot.url, {
      method: 'POST',
      headers: Object.fromEntries(signed.headers),
      body: signed.body,
    });
    const unsigned = await fetch(bot.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    const check = await fetch(bot.url, { method: 'POST', body: new URLSearchParams({ ssl_check: '1' }) });

    expect(await answer.json()).toEqual({ challenge: 'c0ffee' });
    expect([unsigned.status, check.status]).toEqual([401, 401]);
  });
});
