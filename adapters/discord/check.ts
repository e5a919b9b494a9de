/** What `countersign doctor` finds out about Discord: the token, the application, the servers and what is allowed there. */
import { z } from 'zod';
import type { AdapterCheck } from '../../src/chat/adapter.ts';
import { AppError, describeError } from '../../src/core/errors.ts';
import type { ChannelId } from '../../src/core/ids.ts';
import type { DiscordEnv } from './env.ts';
import { openRest } from './open-rest.ts';
import type { DiscordRest } from './rest.ts';
import { readApplication, readSelf } from './self.ts';
import { loadDiscord } from './vendor.ts';

/** What the bot does on a server, with Discord's own names and bits. */
const neededPermissions = [
  ['View Channels', 10],
  ['Send Messages', 11],
  ['Attach Files', 15],
  ['Read Message History', 16],
  ['Create Public Threads', 35],
  ['Send Messages in Threads', 38],
] as const;
const administratorBit = 3;
/** All of `neededPermissions`, and embeds and reactions. */
const invitedPermissions = '309237763136';

/** «Message Content Intent» of the application, granted or switched on for a small one. */
const contentIntent = (1 << 18) | (1 << 19);

export async function checkDiscord(
  env: DiscordEnv,
  readsIn: readonly ChannelId[] = [],
): Promise<readonly AdapterCheck[]> {
  const open = openRest(await loadDiscord(), {
    token: env.DISCORD_TOKEN ?? '',
    apiUrl: env.DISCORD_API_URL,
  });
  try {
    const { username } = await readSelf(open.rest);
    return [
      { level: 'ok', detail: `the token is ${username}'s` },
      ...(await checkApplication(open.rest, env, readsIn)),
      ...(await checkServers(open.rest, env)),
    ];
  } catch (error) {
    return [{ level: 'FAIL', detail: error instanceof AppError ? error.message : describeError(error) }];
  } finally {
    open.close();
  }
}

async function checkApplication(
  rest: DiscordRest,
  env: DiscordEnv,
  readsIn: readonly ChannelId[],
): Promise<readonly AdapterCheck[]> {
  const application = await readApplication(rest);
  const { DISCORD_APPLICATION_ID: id, DISCORD_PUBLIC_KEY: key } = env;
  const endpoint = application.interactions_endpoint_url ?? '';
  const found: AdapterCheck[] = [];
  if (id !== undefined && id !== application.id)
    found.push({
      level: 'FAIL',
      detail: `DISCORD_APPLICATION_ID is not the token's application, ${application.id}. Fix: set it to that, or unset it.`,
    });
  const isOtherKey =
    key !== undefined &&
    application.verify_key !== undefined &&
    key.toLowerCase() !== application.verify_key.toLowerCase();
  if (isOtherKey)
    found.push({
      level: 'FAIL',
      detail:
        "DISCORD_PUBLIC_KEY is not the application's, so every button would be refused. Fix: copy it again.",
    });
  if (endpoint !== '' && key === undefined)
    found.push({
      level: 'FAIL',
      detail: `Buttons and commands go to ${endpoint}, and DISCORD_PUBLIC_KEY is not set. Fix: set it, or remove the interactions endpoint.`,
    });
  const reading = readsIn.filter((channel) => channel.startsWith('discord:'));
  if (reading.length > 0 && (application.flags & contentIntent) === 0)
    found.push({
      level: 'FAIL',
      detail: `Words are read without naming the bot in ${[...new Set(reading)].join(', ')}, and «Message Content Intent» is off, so Discord would end every connection. Fix: switch it on at the bot page of the application, or take these channels out of triggers.yaml and knowledge.yaml.`,
    });
  return found;
}

const guilds = z.array(z.object({ id: z.string(), name: z.string(), permissions: z.string() }));

async function checkServers(rest: DiscordRest, env: DiscordEnv): Promise<readonly AdapterCheck[]> {
  const joined = guilds.parse(await rest.send('GET', '/users/@me/guilds', { query: { limit: '200' } }));
  if (joined.length === 0) {
    const id = env.DISCORD_APPLICATION_ID ?? (await readApplication(rest)).id;
    return [
      {
        level: 'warn',
        detail: `The bot is on no server. Fix: open https://discord.com/oauth2/authorize?client_id=${id}&scope=bot+applications.commands&permissions=${invitedPermissions}`,
      },
    ];
  }
  return joined.map(({ id, name, permissions }) => {
    const missing = missingFrom(permissions);
    return missing.length === 0
      ? { level: 'ok', detail: `on server ${name} (${id})` }
      : {
          level: 'FAIL',
          detail: `On server ${name} (${id}) the bot may not: ${missing.join(', ')}. Fix: give its role these permissions.`,
        };
  });
}

function missingFrom(permissions: string): readonly string[] {
  const held = BigInt(/^\d+$/u.test(permissions) ? permissions : '0');
  const has = (bit: number): boolean => (held & (1n << BigInt(bit))) !== 0n;
  return has(administratorBit) ? [] : neededPermissions.flatMap(([name, bit]) => (has(bit) ? [] : [name]));
}
