import { afterEach, describe, expect, it } from '@jest/globals';
import { aDiscordWorld, finance } from '../builders/discord-world.ts';
import type { DiscordWorld, DiscordWorldOptions } from '../builders/discord-world.ts';
import { aMovedClock } from '../builders/moved-clock.ts';
import { worldPolicy } from '../builders/world.ts';
import { parsePeople } from '../../src/people/parse-people.ts';
import { aFakeDiscord, wordsOf } from '../fakes/discord/fake-discord.ts';
import type { Outcome } from '../fakes/discord/interactions.ts';

const open: DiscordWorld[] = [];
afterEach(async () => {
  for (const world of open.splice(0)) await world.close();
});

/** Nobody holds `finance` by name: the server's role 3001 gives it. */
const people = parsePeople(
  `people:
  ana: { name: Ana, discord: ["2001"] }
  ben: { name: Ben, roles: [approver], discord: ["2002"] }
  cho: { name: Cho, roles: [approver], discord: ["2003"] }
roles:
  finance: { discordRoles: ["1000/3001"] }
`,
  'people.yaml',
);

async function start(holders: readonly string[], options: DiscordWorldOptions = {}): Promise<DiscordWorld> {
  const fake = await aFakeDiscord();
  for (const holder of holders) fake.state.roles.set(holder, ['3001']);
  const world = await aDiscordWorld({ people, fake, ...options });
  open.push({
    ...world,
    async close() {
      await world.close();
      await fake.close();
    },
  });
  return world;
}

const said = (outcome: Outcome): string =>
  outcome.kind === 'said' || outcome.kind === 'updated' ? wordsOf(outcome.message) : outcome.kind;

describe('given a role that people hold by a role on the server', () => {
  it('when somebody with it approves, then it counts, and from somebody without it it does not', async () => {
    const { fake, world, ana, ben, card, until } = await start(['2002']);
    const cho = fake.user('2003', 'Cho');
    const thread = ana.mention(finance, 'pay acme 120').id;
    const approval = await card(thread);

    expect(said(await cho.press(approval, 'Approve'))).toContain('Only finance can decide this');
    expect(world.sent).toEqual([]);
    expect(said(await ben.press(approval, 'Approve'))).toContain('Approved by Ben');

    await until(thread, 'Result\\: Paid, receipt R\\-1');
  });

  it('when one of two loses the role before the second approves, then the first vote counts no more', async () => {
    const clock = aMovedClock();
    const policy = worldPolicy.replace('approvers: [finance],', 'approvers: [finance], quorum: 2,');
    const { fake, world, ana, ben, card, until } = await start(['2002', '2003'], { clock, policy });
    const cho = fake.user('2003', 'Cho');
    const thread = ana.mention(finance, 'pay acme 120').id;
    const approval = await card(thread);
    await ben.press(approval, 'Approve');
    await until(thread, '1 of 2');

    fake.state.roles.set('2002', []);
    clock.advance(61_000);
    const second = said(await cho.press(approval, 'Approve'));

    expect(second).toContain('Still needs 1 more of finance');
    expect(world.sent).toEqual([]);
  });

  it('when Discord does not say who holds it, then nobody holds it and nothing runs', async () => {
    const clock = aMovedClock();
    const { fake, world, ana, ben, card, log } = await start(['2002'], { clock });
    const approval = await card(ana.mention(finance, 'pay acme 120').id);

    clock.advance(61_000);
    fake.rest.failNext(403, 10, /members/u);

    expect(said(await ben.press(approval, 'Approve'))).toContain('Only finance can decide this');
    expect(log.join('\n')).not.toContain('local.discord.token');
    expect(world.sent).toEqual([]);
  });

  it('when somebody has left the server, then his role there is gone', async () => {
    const clock = aMovedClock();
    const { fake, world, ana, ben, card } = await start(['2002'], { clock });
    const approval = await card(ana.mention(finance, 'pay acme 120').id);
    fake.state.roles.delete('2002');
    fake.state.gone.add('2002');
    clock.advance(61_000);

    expect(said(await ben.press(approval, 'Approve'))).toContain('Only finance can decide this');
    expect(world.sent).toEqual([]);
  });

  it('when a bot holds it, or somebody who has not agreed to the server’s rules yet, then it gives nothing', async () => {
    const clock = aMovedClock();
    const { fake, world, ana, ben, card, until } = await start(['2002'], { clock });
    const thread = ana.mention(finance, 'pay acme 120').id;
    const approval = await card(thread);
    fake.state.pending.add('2002');
    clock.advance(61_000);
    expect(said(await ben.press(approval, 'Approve'))).toContain('Only finance can decide this');

    fake.state.pending.delete('2002');
    fake.state.users.set('2002', { ...ben.user, bot: true });
    clock.advance(61_000);
    expect(said(await ben.press(approval, 'Approve'))).toContain('Only finance can decide this');
    expect(world.sent).toEqual([]);

    fake.state.users.set('2002', ben.user);
    clock.advance(61_000);
    expect(said(await ben.press(approval, 'Approve'))).toContain('Approved by Ben');
    await until(thread, 'Result\\: Paid, receipt R\\-1');
  });

  it('when somebody gets it after the question was asked, then he decides', async () => {
    const clock = aMovedClock();
    const { fake, ana, ben, card, until } = await start([], { clock });
    const thread = ana.mention(finance, 'pay acme 120').id;
    const approval = await card(thread);

    fake.state.roles.set('2002', ['3001']);
    clock.advance(61_000);

    expect(said(await ben.press(approval, 'Approve'))).toContain('Approved by Ben');
    await until(thread, 'Result\\: Paid, receipt R\\-1');
  });
});
