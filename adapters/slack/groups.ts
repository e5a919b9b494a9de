/** Who is in a user group of the workspace. */
import { z } from 'zod';
import type { ChatAdapter } from '../../src/chat/adapter.ts';
import { AppError } from '../../src/core/errors.ts';
import type { SlackApi } from './api.ts';
import { userOf } from './places.ts';

const answerSchema = z.object({ users: z.array(z.string()) });

export function createGroups(
  deskOf: (team: string) => Promise<{ readonly api: SlackApi; readonly team: string } | undefined>,
): NonNullable<ChatAdapter['groups']> {
  return {
    async holdersOf(group, accounts) {
      const desk = await deskOf(group.split('/')[0] ?? '');
      const usergroup = desk === undefined ? undefined : userOf(group, desk.team);
      if (desk === undefined || usergroup === undefined)
        throw new AppError(
          'config.invalid',
          `${group} is no user group of a workspace that is served here; it is written workspace/group.`,
        );
      const { api, team } = desk;
      const members = new Set(
        answerSchema.parse(await api.call('usergroups.users.list', { usergroup })).users,
      );
      return accounts.filter((account) => members.has(userOf(account, team) ?? ''));
    },
  };
}
