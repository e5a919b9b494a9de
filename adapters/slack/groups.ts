/** Who is in a user group of the workspace. */
import { z } from 'zod';
import type { ChatAdapter } from '../../src/chat/adapter.ts';
import { AppError } from '../../src/core/errors.ts';
import type { SlackApi } from './api.ts';
import { userOf } from './places.ts';

const answerSchema = z.object({ users: z.array(z.string()) });

export function createGroups(
  started: () => { readonly api: SlackApi; readonly team: string },
): NonNullable<ChatAdapter['groups']> {
  return {
    async holdersOf(group, accounts) {
      const { api, team } = started();
      const usergroup = userOf(group, team);
      if (usergroup === undefined)
        throw new AppError(
          'config.invalid',
          `${group} is no user group of this workspace; it is written workspace/group.`,
        );
      const members = new Set(
        answerSchema.parse(await api.call('usergroups.users.list', { usergroup })).users,
      );
      return accounts.filter((account) => members.has(userOf(account, team) ?? ''));
    },
  };
}
