/**
 * Who is in a user group of the workspace. A group gives rights to members alone: guests, people of other workspaces,
 * bots and deactivated accounts in it hold nothing by it, whoever put them there.
 */
import { z } from 'zod';
import type { ChatAdapter } from '../../src/chat/adapter.ts';
import type { Clock } from '../../src/core/clock.ts';
import { AppError } from '../../src/core/errors.ts';
import type { SlackApi } from './api.ts';
import { userOf } from './places.ts';
import { isRefusal } from './refusals.ts';

const answerSchema = z.object({ users: z.array(z.string()) });
const flag = z.boolean().default(false);
const userSchema = z.object({
  user: z.object({
    team_id: z.string().optional(),
    deleted: flag,
    is_bot: flag,
    is_restricted: flag,
    is_ultra_restricted: flag,
    is_stranger: flag,
  }),
});

/** A list that counts no longer than anything that is said of a person. */
const listCountsForMs = 60_000;

interface GroupList {
  readonly at: number;
  readonly members: Promise<ReadonlySet<string>>;
}

export function createGroups(
  deskOf: (team: string) => Promise<{ readonly api: SlackApi; readonly team: string } | undefined>,
  clock: Clock,
): NonNullable<ChatAdapter['groups']> {
  /** Slack lists 20 groups a minute; one list serves everybody who acts while it counts. */
  const lists = new Map<string, GroupList>();

  function listOf(api: SlackApi, group: string, usergroup: string): GroupList {
    const at = clock.now().getTime();
    const known = lists.get(group);
    if (known !== undefined && known.at <= at && at - known.at <= listCountsForMs) return known;
    const members = api
      .call('usergroups.users.list', { usergroup })
      .then((answer) => new Set(answerSchema.parse(answer).users));
    const list = { at, members };
    lists.set(group, list);
    members.catch(() => {
      // What Slack did not say is asked again.
      if (lists.get(group) === list) lists.delete(group);
    });
    return list;
  }

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
      const { at: asOf, members } = listOf(api, group, usergroup);
      const inGroup = await members;
      const checked = await Promise.all(
        accounts.map(async (account) => {
          const user = userOf(account, team) ?? '';
          return inGroup.has(user) && (await isMember(api, team, user)) ? [account] : [];
        }),
      );
      return { accounts: checked.flat(), asOf };
    },
  };
}

async function isMember(api: SlackApi, team: string, user: string): Promise<boolean> {
  try {
    const found = userSchema.parse(await api.call('users.info', { user })).user;
    const isGuest = found.is_restricted || found.is_ultra_restricted || found.is_stranger;
    return !found.deleted && !found.is_bot && !isGuest && (found.team_id ?? team) === team;
  } catch (error) {
    if (isRefusal(error, 'user_not_found', 'user_not_visible')) return false;
    throw error;
  }
}
