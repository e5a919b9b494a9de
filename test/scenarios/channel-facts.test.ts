import { afterEach, describe, expect, it } from '@jest/globals';
import { discordPeople, aDiscordWorld, finance } from '../builders/discord-world.ts';
import { aSlackWorld } from '../builders/slack-world.ts';
import { aWaitedClock } from '../builders/waited-clock.ts';
import { call, words, worldPolicy } from '../builders/world.ts';
import type { Script } from '../builders/world.ts';
import { createFakeSlack } from '../fakes/slack/index.ts';

const policy = worldPolicy
  .replace('servers: {', 'servers: { memory: { reviewed: true, trust: trusted },')
  .replace('tools:\n', 'tools:\n  memory/save: { effect: keyed, key: idempotency_key, verdict: allow }\n');

const photo = 'Refunds over 100 need a photo of the damage.';

/** Keeps what follows «remember», else says what it was told. */
const model: Script = (turn, request) => {
  const said = request.messages.findLast((message) => message.role === 'user')?.text ?? '';
  if (said.startsWith('remember') && turn === 0)
    return call('memory__save', { text: said.slice('remember '.length) });
  return words(turn > 0 ? 'Kept.' : `Known: ${request.context ?? 'nothing'}`);
};

const closing: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of closing.splice(0).reverse()) await one.close();
});

const minute = 61_000;

describe('given Slack with an open, a shared and a private channel, and one with a guest', () => {
  it('when something was remembered in the open one, then other channels know it for as long as nobody else reads along', async () => {
    const fake = await createFakeSlack({
      mode: 'socket',
      users: [
        { id: 'U1', name: 'ana' },
        { id: 'U2', name: 'ben' },
        { id: 'U3', name: 'cho' },
        { id: 'U4', name: 'dev' },
        { id: 'U7', name: 'gus', kind: 'guest' },
      ],
      channels: [
        { id: 'C1', name: 'general', members: ['U1', 'U2'] },
        { id: 'C2', name: 'finance', members: ['U1', 'U2'] },
        { id: 'C3', name: 'partners', members: ['U1', 'U2'], isShared: true },
        { id: 'C4', name: 'helpers', members: ['U1', 'U7'] },
        { id: 'G1', name: 'board', members: ['U1', 'U2'], kind: 'private' },
      ],
    });
    closing.push(fake);
    const clock = aWaitedClock();
    const bot = await aSlackWorld({ fake, policy, model, clock });
    closing.push(bot);
    const { ana } = bot;
    const answerIn = async (channel: string): Promise<string> => {
      const asked = ana.mention(channel, 'Which refunds need a photo?');
      return (await bot.until(asked.ts, 'Known:', channel)).text;
    };

    await bot.until(ana.mention('C1', `remember ${photo}`).ts, 'Kept.');
    await bot.until(ana.mention('G1', 'remember Refunds of the board need no photo.').ts, 'Kept.', 'G1');

    expect(await answerIn('C2')).toContain(photo);
    expect(await answerIn('G1')).toContain(photo);
    expect(await answerIn('C2')).not.toContain('of the board');
    expect(await answerIn('C3')).not.toContain(photo);
    expect(await answerIn('C4')).not.toContain(photo);

    const general = fake.workspace.channels.get('C1');
    if (general !== undefined) general.kind = 'private';
    clock.advance(minute);
    expect(await answerIn('C2')).not.toContain(photo);
    expect(await answerIn('C1')).toContain(photo);

    if (general !== undefined) general.kind = 'public';
    fake.workspace.channels.get('C2')?.members.add('U7');
    clock.advance(minute);
    expect(await answerIn('C2')).not.toContain(photo);

    fake.workspace.channels.get('C2')?.members.delete('U7');
    fake.workspace.scopes.delete('channels:read');
    clock.advance(minute);
    expect(await answerIn('C2')).not.toContain(photo);
    expect(bot.log.join('\n')).not.toContain(photo);
  });
});

describe('given Discord with an open and a private channel', () => {
  it('when something was remembered in the open one, then other channels know it until it is hidden', async () => {
    const clock = aWaitedClock();
    const bot = await aDiscordWorld({ policy, model, clock, people: discordPeople });
    closing.push(bot);
    const { fake, ana } = bot;
    fake.state.channels.set('1300', {
      id: '1300',
      type: 0,
      guild_id: fake.state.guild,
      name: 'board',
      isPrivate: true,
      isArchived: false,
    });
    fake.state.channels.set('1301', {
      id: '1301',
      type: 12,
      guild_id: fake.state.guild,
      parent_id: finance,
      name: 'quiet',
      isArchived: false,
    });
    const answerIn = async (channel: string): Promise<string> => {
      const asked = ana.mention(channel, 'Which refunds need a photo?');
      const found = await bot.until(asked.id, 'Known');
      return JSON.stringify(found.components);
    };

    await bot.until(ana.mention(finance, `remember ${photo}`).id, 'Kept.');
    await bot.until(ana.mention('1300', 'remember Refunds of the board need no photo.').id, 'Kept.');
    ana.mention('1301', 'remember Refunds of the quiet need no photo.');
    await bot.until('1301', 'Kept.');

    const open = await answerIn('1200');
    expect(open).toContain(photo);
    expect(open).not.toContain('of the board');
    expect(open).not.toContain('of the quiet');
    expect(await answerIn('1300')).toContain(photo);

    const hidden = fake.state.channels.get(finance);
    if (hidden !== undefined) hidden.isPrivate = true;
    clock.advance(minute);
    expect(await answerIn('1200')).not.toContain(photo);
  });
});
