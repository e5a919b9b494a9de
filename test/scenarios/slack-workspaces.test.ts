import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { slack } from '../../adapters/slack/index.ts';
import { createMetrics } from '../../src/api/metrics.ts';
import { createHttpServer } from '../../src/api/server.ts';
import type { AdapterDefinition } from '../../src/chat/adapter.ts';
import { systemClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { Logger } from '../../src/core/logger.ts';
import { parsePeople } from '../../src/people/parse-people.ts';
import { aMovedClock } from '../builders/moved-clock.ts';
import { aFolder, eventually, removeFolder } from '../builders/running-bot.ts';
import { aWorld } from '../builders/world.ts';
import type { World } from '../builders/world.ts';
import { createFakeSlackApp } from '../fakes/slack/app-directory.ts';
import type { FakeSlackApp } from '../fakes/slack/app-directory.ts';
import { createFakeSlack } from '../fakes/slack/index.ts';
import type { FakeSlack } from '../fakes/slack/index.ts';
import type { SeenMessage } from '../fakes/slack/seen.ts';

// The same member ids in both: whoever mixes the workspaces up mixes people up.
const people = parsePeople(
  `people:
  ana: { name: Ana, slack: [T01/U1] }
  ben: { name: Ben, roles: [approver, finance], slack: [T01/U2, T02/U2] }
  cho: { name: Cho, roles: [operator], slack: [T02/U3, T01/U3] }
  ada: { name: Ada, slack: [T02/U1] }
`,
  'people.yaml',
);

interface Bot {
  readonly world: World;
  readonly url: string;
  stop(): Promise<void>;
}

describe('given two workspaces that install the app', () => {
  const folder = aFolder();
  const log: string[] = [];
  const clock = aMovedClock();
  let acme: FakeSlack;
  let bolt: FakeSlack;
  let app: FakeSlackApp;
  let bot: Bot;

  beforeAll(async () => {
    acme = await createFakeSlack({ mode: 'http', team: { id: 'T01', domain: 'acme' } });
    bolt = await createFakeSlack({ mode: 'http', team: { id: 'T02', domain: 'bolt' } });
    app = await createFakeSlackApp({
      workspaces: [acme, bolt],
      redirectUrl: () => `${bot.url}/slack/oauth_redirect`,
    });
    bot = await startBot();
  });
  afterAll(async () => {
    await bot.stop();
    for (const one of [app, acme, bolt]) await one.close();
    removeFolder(folder);
  });

  async function startBot(): Promise<Bot> {
    const write = (event: string, fields?: Record<string, unknown>): void => {
      log.push(`${event} ${JSON.stringify(fields ?? {})}`);
    };
    const logger: Logger = { debug: write, info: write, warn: write, error: write };
    const definition: AdapterDefinition = {
      name: slack.name,
      env: slack.env,
      isConfigured: () => true,
      create: (_env, context) =>
        slack.create(
          {
            SLACK_CLIENT_ID: app.clientId,
            SLACK_CLIENT_SECRET: app.clientSecret,
            SLACK_SIGNING_SECRET: acme.signingSecret,
            SLACK_API_URL: app.apiUrl,
          },
          context,
        ),
    };
    const world = await aWorld({ people, folder, logger, clock, adapters: [definition] });
    const server = createHttpServer({
      backend: world.app.backend,
      ...{ host: '127.0.0.1', port: 0, pagesDir: '', logger: silentLogger, clock: systemClock },
      metrics: createMetrics(),
      extraRoutes: world.app.routes,
      mcp: world.app.mcp,
    });
    const { url } = await server.start();
    await world.app.start();
    for (const fake of [acme, bolt]) fake.setRequestUrl(`${url}/slack/events`);
    return {
      world,
      url,
      async stop() {
        await server.stop();
        await world.close();
      },
    };
  }

  async function begin(): Promise<{ readonly address: string; readonly cookie: string }> {
    const answer = await fetch(`${bot.url}/slack/install`, { redirect: 'manual' });
    expect(answer.status).toBe(302);
    return {
      address: answer.headers.get('location') ?? '',
      cookie: (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '',
    };
  }

  async function follow(address: string, cookie?: string): Promise<readonly [number, string]> {
    const answer = await fetch(address, cookie === undefined ? {} : { headers: { cookie } });
    return [answer.status, await answer.text()];
  }

  async function install(team: string): Promise<string> {
    const { address, cookie } = await begin();
    const [status, page] = await follow(app.allow(address, team), cookie);
    expect([status, page]).toEqual([200, expect.stringContaining('Countersign is in')]);
    return page;
  }

  const inThread = (fake: FakeSlack, thread: string, look: (message: SeenMessage) => boolean) =>
    eventually(
      () => fake.channel('C1').thread(thread).find(look),
      30_000,
      () =>
        [
          ...log,
          ...fake
            .channel('C1')
            .messages()
            .map(({ text }) => text),
        ].join('\n'),
    );
  const cardIn = (fake: FakeSlack, thread: string): Promise<SeenMessage> =>
    inThread(fake, thread, ({ labels }) => labels.includes('Deny…'));
  const directTo = (fake: FakeSlack, user: string): readonly string[] =>
    [...fake.workspace.channels.values()]
      .filter(({ kind, members }) => kind === 'im' && members.has(user))
      .flatMap(({ id }) => fake.channel(id).messages())
      .map(({ text }) => text);

  it('when an installation is not the one that this browser began, or was finished, then nothing is installed', async () => {
    const mine = await begin();
    const other = await begin();
    const back = app.allow(mine.address, 'T01');
    const bent = new URL(back);
    bent.searchParams.set('state', `${bent.searchParams.get('state') ?? ''}A`);

    expect(await follow(back)).toEqual([400, expect.stringContaining('not begun in this browser')]);
    expect(await follow(back, other.cookie)).toEqual([400, expect.stringContaining('in this browser')]);
    expect(await follow(bent.href, mine.cookie)).toEqual([400, expect.stringContaining('in this browser')]);
    expect(await bot.world.app.store.installations.list('slack/')).toEqual([]);

    expect((await follow(back, mine.cookie))[0]).toBe(200);
    expect(await follow(back, mine.cookie)).toEqual([400, expect.stringContaining('finished already')]);
    const refused = new URL(app.allow(other.address, 'T02'));
    refused.searchParams.delete('code');
    refused.searchParams.set('error', 'access_denied');
    expect(await follow(refused.href, other.cookie)).toEqual([
      400,
      expect.stringContaining('You did not allow it'),
    ]);
    expect((await bot.world.app.store.installations.list('slack/')).map(({ name }) => name)).toEqual([
      'slack/T01',
    ]);
  });

  it('when a story runs in each and a token ends in the middle, then both go on and nothing crosses', async () => {
    await install('T02');
    const here = acme.user('U1').mention('C1', 'pay acme 120 for the anvils');
    const there = bolt.user('U1').mention('C1', 'pay acme 120 for the rockets');
    const cards = [await cardIn(acme, here.ts), await cardIn(bolt, there.ts)] as const;

    app.expire('T02');
    await bolt.user('U2').press(cards[1], 'Approve');
    await inThread(bolt, there.ts, ({ text }) => text.includes('Result: Paid'));
    const settled = await inThread(
      bolt,
      there.ts,
      ({ ts, labels }) => ts === cards[1].ts && labels.length === 0,
    );
    expect(settled.text).toContain('Approved by Ben');
    expect(app.refreshes).toEqual(['T02']);
    expect(bot.world.sent).toHaveLength(1);

    await acme.user('U2').press(cards[0], 'Approve');
    await inThread(acme, here.ts, ({ text }) => text.includes('Result: Paid'));
    await inThread(acme, here.ts, ({ text }) => text.includes('Approved by Ben'));
    expect(bot.world.sent).toHaveLength(2);
    const said = (fake: FakeSlack): string => JSON.stringify(fake.calls().map((call) => call.arguments));
    expect(said(acme)).not.toContain('rockets');
    expect(said(bolt)).not.toContain('anvils');
    expect(said(acme)).not.toContain('Ada');
    expect(said(bolt)).not.toContain('Ana');
  });

  it('when one is removed while people are asked there, then its thread waits, operators are told once, and a new installation goes on', async () => {
    const there = bolt.user('U1').mention('C1', 'pay acme 120 again');
    const card = await cardIn(bolt, there.ts);
    const before = bolt.calls('chat.update').length;

    app.uninstall('T02');
    const told = await eventually(
      () => directTo(acme, 'U3').find((text) => text.includes('bolt (T02) is not served any more')),
      30_000,
      () => log.join('\n'),
    );
    expect(told).toContain('/slack/install');
    expect(
      (await bot.world.app.backend.health()).checks.find(({ name }) => name === 'slack')?.detail,
    ).toContain('T02');
    const here = acme.user('U1').mention('C1', 'pay acme 120 as well');
    await cardIn(acme, here.ts);
    await install('T02');
    await bolt.user('U2').press(card, 'Approve');
    await inThread(bolt, there.ts, ({ text }) => text.includes('Result: Paid'));
    expect(bolt.calls('chat.update').length).toBeGreaterThan(before);
    expect(directTo(acme, 'U3').filter((text) => text.includes('not served any more'))).toHaveLength(1);

    await bot.stop();
    bot = await startBot();
    const last = bolt.user('U1').mention('C1', 'pay acme 120 after the restart');
    await cardIn(bolt, last.ts);

    const kept = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
      .join('\n');
    const spilled = [...app.secrets, app.clientSecret].filter((secret) =>
      [kept, log.join('\n')].some((text) => text.includes(secret)),
    );
    expect(spilled).toEqual([]);
  });

  it('when an installation fails, then the page says why and what to do, and leads to the beginning', async () => {
    const before = await bot.world.app.store.installations.list('slack/');
    const fails = async (
      lead: (address: string) => string,
      status: number,
      ...says: readonly string[]
    ): Promise<void> => {
      const { address, cookie } = await begin();
      const answer = await fetch(lead(address), { headers: { cookie } });
      const page = await answer.text();
      expect({ says, status: answer.status }).toEqual({ says, status });
      for (const text of says) expect(page).toContain(text);
      expect(page).toContain('<a href="/slack/install"');
      expect(page).toContain('Begin again</a>');
      expect(page).not.toMatch(/<script|<form|<img/u);
      expect(answer.headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; style-src 'sha256-/u,
      );
    };
    const withError = (error: string) => (address: string) => {
      const url = new URL(app.allow(address, 'T01'));
      url.searchParams.delete('code');
      url.searchParams.set('error', error);
      return url.href;
    };
    const usedCode = new URL(app.allow((await begin()).address, 'T01')).searchParams.get('code') ?? '';
    const withCode = (address: string): string => {
      const url = new URL(app.allow(address, 'T01'));
      url.searchParams.set('code', usedCode);
      return url.href;
    };

    await fails(withError('access_denied'), 400, 'did not allow it', 'press «Allow»');
    await fails(withError('<script>alert(1)</script>'), 400, '«Manage Distribution»');
    await fails(() => `${bot.url}/slack/oauth_redirect?code=1`, 400, 'without the word');
    await fails(() => `${bot.url}/slack/oauth_redirect?code=1&state=a.b.c`, 400, 'in one tab');
    await fails((address) => app.allowForOrganisation(address, 'T01'), 400, 'Grid', 'choose one workspace');
    const first = await begin();
    const { searchParams } = new URL(app.allow(first.address, 'T01'));
    searchParams.set('code', usedCode);
    expect(
      (await follow(`${bot.url}/slack/oauth_redirect?${searchParams.toString()}`, first.cookie))[0],
    ).toBe(200);
    await fails(withCode, 400, 'used already', 'a code of its own');
    app.setAway(true);
    await fails((address) => app.allow(address, 'T01'), 503, 'cannot be reached', 'Wait a minute');
    app.setAway(false);
    await fails(
      (address) => {
        clock.advance(11 * 60_000);
        return app.allow(address, 'T01');
      },
      400,
      'longer than ten minutes',
      'within ten minutes',
    );

    const after = await bot.world.app.store.installations.list('slack/');
    expect(after.map(({ name }) => name)).toEqual(before.map(({ name }) => name));
  });
});
