import { afterEach, describe, expect, it } from '@jest/globals';
import type { InboundAccount } from '../../src/chat/adapter.ts';
import { asChannelId, asThreadId } from '../../src/core/ids.ts';
import { parsePeople } from '../../src/people/parse-people.ts';
import { aFolder, eventually, removeFolder } from '../builders/running-bot.ts';
import { aWorld, call, lastResult, words } from '../builders/world.ts';
import type { World } from '../builders/world.ts';
import { aPlainPlatform } from '../fakes/plain-adapter.ts';
import type { PlainPlatform } from '../fakes/plain-adapter.ts';

const peopleText =
  'people:\n  ana: { name: Ana, slack: [T01/U01] }\n  ben: { name: Ben, roles: [approver, finance], slack: [T01/U02] }\n';
const people = parsePeople(peopleText, 'people.yaml');
const account = (user: string): InboundAccount => ({ platform: 'slack', account: `T01/${user}` });
const ana = account('U01');
const ben = account('U02');

let world: World | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

async function open(): Promise<{ world: World; platform: PlainPlatform }> {
  const platform = aPlainPlatform('slack');
  world = await aWorld({ people, adapters: [platform.definition] });
  await world.app.start();
  return { world, platform };
}

const ask = (platform: PlainPlatform, key = '1'): Promise<unknown> =>
  platform.sink().message({
    key: `slack:T01/C1/${key}`,
    from: ana,
    channel: asChannelId('slack:T01/C1'),
    thread: asThreadId('slack:T01/C1/1'),
    text: 'pay acme',
  });

const card = (platform: PlainPlatform): Promise<string> =>
  eventually(() => {
    const approval = platform.messages().find((item) => item.card?.kind === 'approval');
    return approval?.card?.actions.find((action) => action.label === 'Approve')?.id;
  });

describe('given a chat platform', () => {
  it('when an operator looks at the health, then the platform is named with its state', async () => {
    const { world } = await open();

    expect((await world.app.backend.health()).checks).toContainEqual({
      name: 'slack',
      state: 'ok',
      detail: 'in memory',
    });
  });

  it('when somebody asks there, then the card is posted once, a stranger and the requester are refused, and it settles in place', async () => {
    const { platform } = await open();
    await ask(platform);
    await ask(platform);
    const approve = await card(platform);

    expect((await platform.sink().press({ from: account('U09'), action: approve })).text).toContain(
      'I do not know you yet',
    );
    expect(await platform.sink().press({ from: ana, action: approve })).toMatchObject({ isRefusal: true });
    expect(await platform.sink().press({ from: ben, action: approve })).toMatchObject({ isRefusal: false });

    await eventually(() =>
      platform.messages().some((item) => item.text.startsWith('Result: Paid')) ? true : undefined,
    );
    await eventually(() => {
      const settled = platform.messages().filter((item) => item.card?.kind === 'approval');
      return settled.length === 1 && settled[0]?.card?.actions.length === 0 ? true : undefined;
    });
    expect(platform.messages().map((item) => item.by)).not.toContain('ana');
  });

  it('when a process that does not serve it takes a vote, then one that does shows it on the card', async () => {
    const folder = aFolder();
    const platform = aPlainPlatform('slack');
    const model: NonNullable<Parameters<typeof aWorld>[0]>['model'] = (turn, request) =>
      turn === 0 ? call('books__pay', { amount: 900, to: 'acme' }) : words(lastResult(request));
    const two = parsePeople(
      `${peopleText}  cho: { name: Cho, roles: [approver], slack: [T01/U03] }\n`,
      'people.yaml',
    );
    world = await aWorld({ folder, people: two, model, adapters: [platform.definition] });
    await world.app.start();
    const other = await aWorld({ folder, people: two, model, adapters: [] });
    await ask(platform);
    await card(platform);
    const [row] = await other.app.store.runs.listApprovals({ limit: 1 });

    // The run goes on waiting for the second person: nothing else brings the card up to date.
    await other.vote('ben', await other.pending(String(row?.run)), 'approve');

    const shown = await eventually(() => {
      const asked = platform.messages().find((item) => item.card?.kind === 'approval');
      return asked?.card?.outcome?.startsWith('1 of 2: Ben approved.') === true ? asked : undefined;
    }, 40_000);
    expect(shown.card?.actions.map(({ label }) => label)).toContain('Approve');
    await other.close();
    await world.close();
    world = undefined;
    removeFolder(folder);
  }, 90_000);

  it('when the answer to a post is lost, then the message is found and not posted a second time', async () => {
    const { platform } = await open();
    platform.loseNextAnswer();
    await ask(platform);
    await platform.sink().press({ from: ben, action: await card(platform) });

    await eventually(() =>
      platform.messages().some((item) => item.text.startsWith('Result: Paid')) ? true : undefined,
    );
    const ids = platform.messages().map((item) => item.id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('when it is down while the bot stops, then the stop does not wait for it and the next start shows the card', async () => {
    const folder = aFolder();
    const platform = aPlainPlatform('slack');
    const first = await aWorld({ folder, people, adapters: [platform.definition] });
    await first.app.start();
    platform.goDown(true);
    await ask(platform);
    await eventually(async () =>
      (await first.app.store.runs.countApprovals('pending')) === 1 ? true : undefined,
    );

    await first.close();
    platform.goDown(false);
    world = await aWorld({ folder, people, adapters: [platform.definition] });
    await world.app.start();

    await card(platform);
    await world.close();
    world = undefined;
    removeFolder(folder);
  });

  it('when it never answers a post while the bot stops, then the stop ends all the same and the next start shows the card', async () => {
    const folder = aFolder();
    const platform = aPlainPlatform('slack');
    const first = await aWorld({ folder, people, adapters: [platform.definition] });
    await first.app.start();
    platform.hang(true);
    await ask(platform);
    await eventually(async () =>
      (await first.app.store.runs.countApprovals('pending')) === 1 ? true : undefined,
    );

    // Resolves only because the post is left to whoever comes next.
    await first.close();
    expect(platform.posts()).toBe(0);
    platform.hang(false);
    world = await aWorld({ folder, people, adapters: [platform.definition] });
    await world.app.start();

    await card(platform);
    await world.close();
    world = undefined;
    removeFolder(folder);
  });

  it('when it does not answer after a start, then what is left on another one is shown all the same', async () => {
    const folder = aFolder();
    const [slack, discord] = [aPlainPlatform('slack'), aPlainPlatform('discord')];
    const both = parsePeople(peopleText.replace('U01]', 'U01], discord: ["2001"]'), 'people.yaml');
    const options = { folder, people: both, adapters: [slack.definition, discord.definition] };
    const first = await aWorld(options);
    await first.app.start();
    for (const platform of [slack, discord]) platform.goDown(true);
    await ask(slack);
    await discord.sink().message({
      key: 'discord:1/2/3',
      from: { platform: 'discord', account: '2001' },
      channel: asChannelId('discord:1/2'),
      thread: asThreadId('discord:1/2/3'),
      text: 'pay acme',
    });
    await eventually(async () =>
      (await first.app.store.runs.countApprovals('pending')) === 2 ? true : undefined,
    );
    await first.close();

    for (const platform of [slack, discord]) platform.goDown(false);
    slack.hang(true);
    world = await aWorld(options);
    await world.app.start();

    await card(discord);
    expect(slack.messages()).toEqual([]);
    slack.hang(false);
    await card(slack);
    await world.close();
    world = undefined;
    removeFolder(folder);
  }, 60_000);

  it('when somebody unknown writes, then nothing runs and he is told why', async () => {
    const { platform, world: open_ } = await open();
    const answer = await platform.sink().message({
      key: 'slack:T01/C1/7',
      from: account('U77'),
      channel: asChannelId('slack:T01/C1'),
      thread: asThreadId('slack:T01/C1/7'),
      text: 'pay me',
    });

    expect(answer).toMatchObject({ isRefusal: true });
    expect(open_.asked).toEqual([]);
  });

  it('when a command is given, then its answer is private and unknown words get help', async () => {
    const { platform } = await open();
    await ask(platform);
    await card(platform);
    const channel = asChannelId('slack:T01/C1');

    expect((await platform.sink().command(ben, 'approvals', channel)).cards).toHaveLength(1);
    expect((await platform.sink().command(ana, 'approvals', channel)).cards).toHaveLength(0);
    expect((await platform.sink().command(ana, 'runs', channel)).text).toContain('waiting');
    expect((await platform.sink().command(ana, 'frobnicate', channel)).text).toContain(
      'There is no command `frobnicate`',
    );
    const run = /run_[0-9a-z]+/u.exec((await platform.sink().command(ana, 'runs', channel)).text)?.[0] ?? '';
    expect((await platform.sink().command(ana, `stop ${run}`, channel)).text).toContain('Stopped');
  });
});
