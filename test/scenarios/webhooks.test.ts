import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { effectsOf } from '../builders/company-effects.ts';
import { aDiscordWorld, finance } from '../builders/discord-world.ts';
import type { HttpRouteAnswer } from '../../src/chat/http-route.ts';
import { wordsOf } from '../fakes/discord/fake-discord.ts';
import { aFolder, removeFolder, startBot, textOf } from '../builders/running-bot.ts';
import type { RunningBot } from '../builders/running-bot.ts';

const secret = 'a-secret-of-thirty-two-characters';

interface Taken {
  readonly status: number;
  readonly body: {
    readonly taken?: boolean;
    readonly thread?: string;
    readonly run?: string;
    readonly code?: string;
    readonly errors?: readonly { readonly field: string }[];
  };
}

function signed(delivery: string, body: string, key = secret): Record<string, string> {
  const at = String(Math.floor(Date.now() / 1_000));
  return {
    'content-type': 'application/json',
    'x-countersign-timestamp': at,
    'x-countersign-delivery': delivery,
    'x-countersign-signature': `sha256=${createHmac('sha256', key).update(`${at}.${delivery}.${body}`).digest('hex')}`,
  };
}

describe('given a shop that may ask for refunds by a webhook', () => {
  const folders: string[] = [];
  const bots: RunningBot[] = [];
  afterEach(async () => {
    for (const bot of bots.splice(0)) await bot.stop();
    for (const folder of folders.splice(0)) removeFolder(folder);
  });

  async function aBot(dataDir?: string): Promise<RunningBot> {
    const cwd = aFolder();
    folders.push(cwd);
    writeFileSync(
      join(cwd, 'hooks.yaml'),
      [
        'hooks:',
        '  refund: { source: hmac, secret: "${SHOP_SECRET}", channel: finance, as: ana }',
        '  incident: { source: alertmanager, secret: "${SHOP_SECRET}", channel: finance, as: ana }\n',
      ].join('\n'),
    );
    const bot = await startBot({
      cwd,
      env: { SHOP_SECRET: secret },
      ...(dataDir !== undefined && { dataDir }),
    });
    bots.push(bot);
    folders.push(bot.dataDir);
    return bot;
  }

  async function send(
    bot: RunningBot,
    body: string,
    headers: Record<string, string>,
    workflow = 'refund',
  ): Promise<Taken> {
    const response = await fetch(`${bot.url}/hooks/${workflow}`, { method: 'POST', headers, body });
    // The route answers JSON whatever happens; its fields are optional above.
    return { status: response.status, body: (await response.json()) as Taken['body'] };
  }

  const order = JSON.stringify({ customer: 'Acme', invoice: '1042', amount: '45', reason: 'arrived broken' });

  it('when it asks, then a thread opens, people decide, and the same delivery again is the same run', async () => {
    const bot = await aBot();

    const first = await send(bot, order, signed('order-1', order));
    const again = await send(bot, order, signed('order-1', order));
    const run = first.body.run ?? '';

    expect([first.status, again.status]).toEqual([202, 202]);
    expect(again.body).toEqual(first.body);
    const approval = await bot.as('ben').asked(run);
    expect(approval).toMatchObject({ tool: 'billing/refund', requestedBy: 'ana' });
    expect((await bot.as('ana').vote(approval, 'approve')).status).toBe(403);
    expect((await bot.as('ben').vote(approval, 'approve')).status).toBe(200);
    await bot.as('ben').until(run, 'done');
    expect(effectsOf(bot.dataDir, 'billing/refund')).toHaveLength(1);
    const thread = await bot.as('ana').thread(first.body.thread ?? '');
    expect(thread.items[0]?.text).toContain('A webhook of hmac wrote');
  }, 60_000);

  it('when Alertmanager sends an alert, then the one that fires opens an incident, and its repetition is the same', async () => {
    const bot = await aBot();
    const alert = (status: string, summary: string): object => ({
      ...{ status, labels: { alertname: 'ShopDown', severity: 'critical' }, annotations: { summary } },
    });
    const notify = (alerts: readonly object[], key = secret): Promise<Taken> =>
      send(
        bot,
        JSON.stringify({ version: '4', groupKey: '{}:{alertname="ShopDown"}', alerts }),
        { 'content-type': 'application/json', authorization: `Bearer ${key}` },
        'incident',
      );
    const alerts = [alert('resolved', 'Disk is full'), alert('firing', 'The shop answers with 502')];

    const forged = await notify(alerts, 'x'.repeat(32));
    const resolved = await notify([alert('resolved', 'The shop answers with 502')]);
    const first = await notify(alerts);
    const again = await notify(alerts);

    expect([forged.status, resolved.status, first.status, again.status]).toEqual([401, 200, 202, 202]);
    expect(resolved.body.taken).toBe(false);
    expect(again.body).toEqual(first.body);
    await bot.as('ben').until(first.body.run ?? '', 'waiting');
    const { items } = await bot.as('ana').thread(first.body.thread ?? '');
    expect(textOf(items)).toContain('**The shop answers with 502**: what the tools know');
    expect(JSON.stringify(items)).toContain('The shop answers with 502: how bad is it, and who does what?');
    expect((await bot.as('ben').get<{ items: unknown[] }>('/runs')).body.items).toHaveLength(1);
  }, 60_000);

  it('when it is killed after it answered, then the run is there, and a redelivery makes no second one', async () => {
    const bot = await aBot();
    const first = await send(bot, order, signed('order-2', order));
    await bot.kill9();
    bots.splice(0);

    const next = await aBot(bot.dataDir);
    const again = await send(next, order, signed('order-2', order));

    expect(again.body.run).toBe(first.body.run);
    expect((await next.as('ben').get<{ items: unknown[] }>('/runs')).body.items).toHaveLength(1);
  }, 60_000);

  it('when what it sends is not genuine or does not fit, then nothing starts and the answer says why', async () => {
    const bot = await aBot();
    const sends = async (delivery: string, body: string): Promise<readonly unknown[]> => {
      const { status, body: told } = await send(bot, body, signed(delivery, body));
      return [status, told.code, told.errors?.map(({ field }) => field)];
    };
    const forged = await send(bot, order, signed('order-3', order, 'x'.repeat(32)));
    const bare = await send(bot, order, {});

    expect([forged.status, forged.body.code]).toEqual([401, 'hook.refused']);
    expect([bare.status, bare.body.code]).toEqual([401, 'hook.refused']);
    expect(await sends('order-4', 'refund!')).toEqual([400, 'body.invalid', undefined]);
    for (const amount of ['"many"', '{}', '-5', '"1.250,00"'])
      expect([amount, ...(await sends('order-5', `{"invoice":1042,"amount":${amount}}`))]).toEqual([
        ...[amount, 422, 'input.invalid', ['amount']],
      ]);
    expect(await sends('order-6', '{"invoice":"the last one","amount":5}')).toEqual([
      ...[422, 'input.invalid', ['invoice']],
    ]);
    expect((await bot.as('ben').get<{ items: unknown[] }>('/runs')).body.items).toEqual([]);
    expect(bot.output()).not.toContain(secret);
  }, 60_000);
});

describe('given a webhook whose thread opens on Discord', () => {
  it('when it arrives twice, then one message carries the thread', async () => {
    const folder = aFolder();
    const file = join(folder, 'hooks.yaml');
    writeFileSync(
      file,
      `hooks:\n  refund: { source: alertmanager, secret: ${secret}, channel: "discord:1000/${finance}", as: ana }\n`,
    );
    const { fake, world, until, close } = await aDiscordWorld({ env: { HOOKS_FILE: file } });
    try {
      const route = world.app.routes.find(({ path }) => path === '/hooks/refund');
      const send = (): Promise<HttpRouteAnswer> | undefined =>
        route?.handle({
          headers: { authorization: `Bearer ${secret}` },
          rawBody: Buffer.from('{"invoice":"1042"}'),
          query: {},
          url: '/hooks/refund',
          signal: new AbortController().signal,
        });

      const answers = [await send(), await send()];

      expect(answers.map((answer) => answer?.status)).toEqual([202, 202]);
      expect(answers[1]?.body).toBe(answers[0]?.body);
      const opened = fake.shown(finance);
      expect(opened.map(wordsOf)).toEqual(['**Refund a customer**']);
      await until(opened[0]?.id ?? '', 'Refund a customer');
    } finally {
      await close();
      removeFolder(folder);
    }
  }, 60_000);
});
