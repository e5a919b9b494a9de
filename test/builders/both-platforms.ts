/** A local Slack with four users and a local Discord with Dora on it, for what goes from one platform to the other. */
import { aFakeDiscord } from '../fakes/discord/fake-discord.ts';
import type { FakeDiscord } from '../fakes/discord/fake-discord.ts';
import { createFakeSlack } from '../fakes/slack/index.ts';
import type { FakeSlack } from '../fakes/slack/index.ts';

type SlackSetup = NonNullable<Parameters<typeof createFakeSlack>[0]>;

export interface BothPlatforms {
  readonly slack: FakeSlack;
  readonly discord: FakeDiscord;
  close(): Promise<void>;
}

export async function aSlackAndDiscord({
  users = [],
  channels,
}: Pick<SlackSetup, 'users' | 'channels'>): Promise<BothPlatforms> {
  const slack = await createFakeSlack({
    mode: 'socket',
    users: [...['U1', 'U2', 'U3', 'U4'].map((id) => ({ id })), ...users],
    ...(channels !== undefined && { channels }),
  });
  const discord = await aFakeDiscord();
  discord.user('2004', 'Dora');
  return {
    slack,
    discord,
    async close() {
      await slack.close();
      await discord.close();
    },
  };
}
