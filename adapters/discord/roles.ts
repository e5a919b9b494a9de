/** Who holds a role of a server, asked one member at a time: listing them all would need a privileged intent. */
import { z } from 'zod';
import type { ChatAdapter } from '../../src/chat/adapter.ts';
import { AppError } from '../../src/core/errors.ts';
import { isSnowflake } from './places.ts';
import { isRefusal, refusals } from './rest.ts';
import type { DiscordRest } from './rest.ts';

const memberSchema = z.object({ roles: z.array(z.string()) });

export function createRoles(rest: () => DiscordRest): NonNullable<ChatAdapter['groups']> {
  /** Empty for somebody who is not, or no longer, on the server. */
  async function rolesOf(guild: string, account: string): Promise<readonly string[]> {
    try {
      const member = await rest().send('GET', `/guilds/${guild}/members/${account}`);
      return memberSchema.parse(member).roles;
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
      return found;
    },
  };
}
