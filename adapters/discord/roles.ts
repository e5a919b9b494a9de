/** Who holds a role of a server, asked one member at a time: listing them all would need a privileged intent. */
import { z } from 'zod';
import type { ChatAdapter } from '../../src/chat/adapter.ts';
import { AppError } from '../../src/core/errors.ts';
import { isSnowflake } from './places.ts';
import { isRefusal, refusals } from './rest.ts';
import type { DiscordRest } from './rest.ts';

/** `pending`: he has not yet agreed to the server's rules, so Discord lets him do nothing there. */
const memberSchema = z.object({
  roles: z.array(z.string()),
  user: z.object({ bot: z.boolean().exactOptional() }).exactOptional(),
  pending: z.boolean().exactOptional(),
});

export function createRoles(rest: () => DiscordRest): NonNullable<ChatAdapter['groups']> {
  /** Empty for a bot, and for somebody who is not, not yet or no longer a member of the server. */
  async function rolesOf(guild: string, account: string): Promise<readonly string[]> {
    try {
      const member = await rest().send('GET', `/guilds/${guild}/members/${account}`);
      const { roles, user, pending } = memberSchema.parse(member);
      return user?.bot === true || pending === true ? [] : roles;
    } catch (error) {
      if (isRefusal(error, refusals.unknownMember, refusals.unknownUser)) return [];
      throw error;
    }
  }

  return {
    async holdersOf(group, accounts) {
      const [guild = '', role = ''] = group.split('/');
      if (!isSnowflake(guild) || !isSnowflake(role))
        throw new AppError('config.invalid', `${group} is no role of a server; it is written guild/role.`);
      const found: string[] = [];
      for (const account of accounts.filter(isSnowflake))
        if ((await rolesOf(guild, account)).includes(role)) found.push(account);
      return { accounts: found };
    },
  };
}
