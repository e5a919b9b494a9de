/** Which of some accounts see a channel: who does not reads what is asked there only when told directly. */
import { z } from 'zod';
import type { ChannelId } from '../../src/core/ids.ts';
import { directMessages, homeOfThread, isSnowflake, parsePlace } from './places.ts';
import { isRefusal, refusals } from './rest.ts';
import type { DiscordRest } from './rest.ts';

const viewChannel = 1n << 10n;
const administrator = 1n << 3n;

const bits = z
  .string()
  .regex(/^\d{1,30}$/u)
  .transform(BigInt);
const guildSchema = z.object({
  owner_id: z.string(),
  roles: z.array(z.object({ id: z.string(), permissions: bits })),
});
const overwrite = z.object({ id: z.string(), allow: bits, deny: bits });
const channelSchema = z.object({
  id: z.string(),
  type: z.number(),
  parent_id: z.string().nullish(),
  permission_overwrites: z.array(overwrite).default([]),
});
const memberSchema = z.object({ roles: z.array(z.string()) });

type Guild = z.infer<typeof guildSchema>;
type Overwrite = z.infer<typeof overwrite>;

export async function readersAmong(
  rest: DiscordRest,
  channel: ChannelId,
  accounts: readonly string[],
): Promise<readonly string[]> {
  const place = parsePlace(channel);
  if (place === undefined || place.guild === directMessages) return [];
  const [guild, overwrites] = await Promise.all([
    rest.send('GET', `/guilds/${place.guild}`).then((found) => guildSchema.parse(found)),
    overwritesOf(rest, place.guild, place.channel),
  ]);
  // Who was invited to a private thread is not asked for: a message too many is better than one too few.
  if (overwrites === undefined) return [];
  const found: string[] = [];
  for (const account of accounts.filter(isSnowflake)) {
    const roles = await rolesOf(rest, place.guild, account);
    if (roles !== undefined && mayView(guild, place.guild, overwrites, { account, roles }))
      found.push(account);
  }
  return found;
}

/** Those of the channel whose readers a thread has; undefined when that cannot be told. */
async function overwritesOf(
  rest: DiscordRest,
  guild: string,
  id: string,
): Promise<readonly Overwrite[] | undefined> {
  const channels = z.array(channelSchema).parse(await rest.send('GET', `/guilds/${guild}/channels`));
  const known = channels.find((entry) => entry.id === id);
  if (known !== undefined) return known.permission_overwrites;
  const thread = channelSchema.parse(await rest.send('GET', `/channels/${id}`));
  const home = homeOfThread(thread);
  return channels.find((entry) => entry.id === home)?.permission_overwrites;
}

/** Undefined for somebody who is not, or no longer, on the server. */
async function rolesOf(
  rest: DiscordRest,
  guild: string,
  account: string,
): Promise<readonly string[] | undefined> {
  try {
    return memberSchema.parse(await rest.send('GET', `/guilds/${guild}/members/${account}`)).roles;
  } catch (error) {
    if (isRefusal(error, refusals.unknownMember, refusals.unknownUser)) return undefined;
    throw error;
  }
}

/** As Discord adds rights up: the roles of the server, then the channel's for everybody, for roles, for one person. */
function mayView(
  guild: Guild,
  everybody: string,
  overwrites: readonly Overwrite[],
  { account, roles }: { readonly account: string; readonly roles: readonly string[] },
): boolean {
  if (guild.owner_id === account) return true;
  const held = guild.roles.filter(({ id }) => id === everybody || roles.includes(id));
  let rights = held.reduce((sum, { permissions }) => sum | permissions, 0n);
  if ((rights & administrator) !== 0n) return true;
  const steps = [[everybody], roles, [account]];
  for (const ids of steps) {
    const own = overwrites.filter(({ id }) => ids.includes(id));
    const deny = own.reduce((sum, entry) => sum | entry.deny, 0n);
    const allow = own.reduce((sum, entry) => sum | entry.allow, 0n);
    rights = (rights & ~deny) | allow;
  }
  return (rights & viewChannel) !== 0n;
}
