/** auth.*, apps.*, conversations.*, users.*, usergroups.*, reactions.*: who and where. */
import { z } from 'zod';
import {
  channelId,
  count,
  defineMethod,
  flag,
  historyScope,
  requireScopes,
  SlackRefusal,
  timestamp,
  visibleChannel,
} from './web-api-method.ts';
import type { ApiContext, Method } from './web-api-method.ts';
import { messageJson } from './message-json.ts';
import { directChannel, findMessage } from './workspace.ts';
import type { FakeChannel, FakeUser, StoredMessage, Workspace } from './workspace.ts';

const paging = {
  cursor: z.string().optional(),
  limit: count.optional(),
  oldest: z.string().optional(),
  latest: z.string().optional(),
  inclusive: flag.optional(),
  include_all_metadata: flag.optional(),
};
type Paging = z.infer<z.ZodObject<typeof paging>>;

function page(workspace: Workspace, found: readonly StoredMessage[], args: Paging): Record<string, unknown> {
  const isIn = (ts: string): boolean => {
    const { oldest = '0', latest, inclusive = false } = args;
    const edge = (bound: string): boolean => inclusive && Number(ts) === Number(bound);
    const isAfter = Number(ts) > Number(oldest) || edge(oldest);
    return isAfter && (latest === undefined || Number(ts) < Number(latest) || edge(latest));
  };
  const inside = found.filter((message) => isIn(message.ts));
  const start = args.cursor === undefined || args.cursor === '' ? 0 : Number(args.cursor);
  if (!Number.isInteger(start)) throw new SlackRefusal('invalid_cursor');
  const end = start + Math.min(args.limit ?? 100, 999);
  // Without the flag and the scope nobody's metadata is shown.
  const shows = args.include_all_metadata === true && workspace.scopes.has('metadata.message:read');
  return {
    messages: inside.slice(start, end).map((message) => ({
      ...messageJson(workspace, message),
      ...(shows && message.metadata !== undefined && { metadata: message.metadata }),
    })),
    has_more: end < inside.length,
    ...(end < inside.length && { response_metadata: { next_cursor: String(end) } }),
  };
}

function readable(context: ApiContext, id: string): StoredMessage[] {
  const { workspace } = context;
  const channel = visibleChannel(workspace, id);
  requireScopes(workspace, [historyScope(channel, 'history')]);
  if (!channel.members.has(workspace.app.botUserId)) throw new SlackRefusal('not_in_channel');
  // What opened a thread leaves a sign there while its replies stand.
  const isShown = ({ isDeleted, ts }: StoredMessage): boolean =>
    !isDeleted || workspace.messages.some((reply) => reply.threadTs === ts && !reply.isDeleted);
  return workspace.messages.filter(
    (message) => message.channel === channel.id && isShown(message) && message.ephemeralTo === undefined,
  );
}

/** A part of a list, and the cursor of the next; empty at the end. */
function pageOf<T>(
  all: readonly T[],
  args: { readonly cursor?: string | undefined; readonly limit?: number | undefined },
): { readonly part: readonly T[]; readonly next: string } {
  const start = args.cursor === undefined || args.cursor === '' ? 0 : Number(args.cursor);
  if (!Number.isInteger(start)) throw new SlackRefusal('invalid_cursor');
  const limit = args.limit ?? 100;
  if (limit < 1 || limit > 1_000) throw new SlackRefusal('invalid_limit');
  const end = start + limit;
  return { part: all.slice(start, end), next: end < all.length ? String(end) : '' };
}

function channelJson(workspace: Workspace, channel: FakeChannel): Record<string, unknown> {
  const isIm = channel.kind === 'im';
  const other = [...channel.members].find((id) => id !== workspace.app.botUserId);
  return {
    id: channel.id,
    is_channel: channel.kind === 'public',
    is_group: channel.kind === 'private',
    is_im: isIm,
    is_private: channel.kind !== 'public',
    is_archived: channel.isArchived,
    is_ext_shared: channel.isShared,
    is_shared: channel.isShared,
    ...(isIm
      ? { user: other }
      : { name: channel.name, is_member: channel.members.has(workspace.app.botUserId) }),
  };
}

function userJson(workspace: Workspace, user: FakeUser): Record<string, unknown> {
  const isForeign = user.teamId !== workspace.team.id;
  return {
    id: user.id,
    team_id: user.teamId,
    name: user.name,
    real_name: user.realName,
    deleted: user.isDeactivated,
    is_bot: user.kind === 'bot',
    is_app_user: false,
    ...(isForeign && { is_stranger: true }),
    ...(!user.isDeactivated && {
      tz: user.tz,
      is_restricted: user.kind === 'guest',
      is_ultra_restricted: false,
      is_admin: false,
      is_owner: false,
    }),
    profile: {
      real_name: user.realName,
      display_name: user.name,
      team: user.teamId,
      ...(workspace.scopes.has('users:read.email') && { email: user.email }),
    },
  };
}

export const conversationMethods: Readonly<Record<string, Method>> = {
  'auth.test': defineMethod({
    scopes: [],
    arguments: {},
    run: (_args, { workspace: { app, team } }) => ({
      url: `https://${team.domain}.slack.com/`,
      team: team.domain,
      user: 'countersign',
      team_id: team.id,
      user_id: app.botUserId,
      bot_id: app.botId,
      is_enterprise_install: false,
    }),
  }),

  'apps.connections.open': defineMethod({
    token: 'app',
    scopes: ['connections:write'],
    arguments: {},
    run: (_args, { base, sockets }) => ({
      url: `${base.replace('http', 'ws')}/link/?ticket=${sockets.openTicket()}&app_id=A01`,
    }),
  }),

  'conversations.open': defineMethod({
    scopes: ['im:write'],
    arguments: {
      users: z.string().optional(),
      channel: z.string().optional(),
      return_im: flag.optional(),
      prevent_creation: flag.optional(),
    },
    run({ users, channel }, { workspace }) {
      if (users === undefined) {
        const known = workspace.channels.get(channel ?? '');
        if (known?.kind !== 'im') throw new SlackRefusal('channel_not_found');
        return { channel: { id: known.id } };
      }
      // One person: a conversation of several needs mpim:write, which nobody asks for.
      if (users.includes(',')) requireScopes(workspace, ['mpim:write']);
      const user = workspace.users.get(users);
      if (user === undefined) throw new SlackRefusal('user_not_found');
      if (user.isDeactivated) throw new SlackRefusal('user_disabled');
      if (user.kind === 'bot') throw new SlackRefusal('cannot_dm_bot');
      return { channel: { id: directChannel(workspace, user.id).id } };
    },
  }),

  'conversations.info': defineMethod({
    scopes: [],
    arguments: { channel: channelId, include_locale: flag.optional(), include_num_members: flag.optional() },
    run(args, { workspace }) {
      const channel = visibleChannel(workspace, args.channel);
      requireScopes(workspace, [historyScope(channel, 'read')]);
      return {
        channel: {
          ...channelJson(workspace, channel),
          ...(args.include_num_members === true && { num_members: channel.members.size }),
        },
      };
    },
  }),

  'conversations.list': defineMethod({
    scopes: [],
    arguments: {
      types: z.string().optional(),
      exclude_archived: flag.optional(),
      cursor: z.string().optional(),
      limit: count.optional(),
    },
    run(args, { workspace }) {
      const kinds = { public_channel: 'public', private_channel: 'private', im: 'im' } as const;
      const wanted = (args.types ?? 'public_channel').split(',').map((type) => {
        const kind = Object.entries(kinds).find(([name]) => name === type)?.[1];
        if (kind === undefined) throw new SlackRefusal('invalid_types');
        return kind;
      });
      const found = [...workspace.channels.values()].filter(
        (channel) =>
          wanted.includes(channel.kind) &&
          (channel.kind === 'public' || channel.members.has(workspace.app.botUserId)) &&
          !(args.exclude_archived === true && channel.isArchived),
      );
      const scopes = { public: 'channels:read', private: 'groups:read', im: 'im:read' } as const;
      requireScopes(
        workspace,
        wanted.map((kind) => scopes[kind]),
      );
      const { part, next } = pageOf(found, args);
      return {
        channels: part.map((channel) => channelJson(workspace, channel)),
        response_metadata: { next_cursor: next },
      };
    },
  }),

  'conversations.members': defineMethod({
    scopes: [],
    arguments: { channel: channelId, cursor: z.string().optional(), limit: count.optional() },
    run(args, { workspace }) {
      const channel = visibleChannel(workspace, args.channel);
      requireScopes(workspace, [historyScope(channel, 'read')]);
      const { part, next } = pageOf([...channel.members], args);
      return { members: part, response_metadata: { next_cursor: next } };
    },
  }),

  'conversations.replies': defineMethod({
    scopes: [],
    arguments: { channel: channelId, ts: timestamp, ...paging },
    run(args, context) {
      const all = readable(context, args.channel);
      const given = all.find((message) => message.ts === args.ts);
      if (given === undefined) throw new SlackRefusal('thread_not_found');
      const root = given.threadTs ?? given.ts;
      const thread = all.filter((message) => message.ts === root || message.threadTs === root);
      return page(context.workspace, thread, args);
    },
  }),

  'conversations.history': defineMethod({
    scopes: [],
    arguments: { channel: channelId, ...paging },
    run(args, context) {
      const top = readable(context, args.channel).filter(
        (message) => message.threadTs === undefined || message.isBroadcast,
      );
      return page(context.workspace, top.reverse(), args);
    },
  }),

  'users.info': defineMethod({
    scopes: ['users:read'],
    arguments: { user: z.string().min(1), include_locale: flag.optional() },
    run(args, { workspace }) {
      const user = workspace.users.get(args.user);
      if (user === undefined) throw new SlackRefusal('user_not_found');
      return { user: userJson(workspace, user) };
    },
  }),

  'users.list': defineMethod({
    scopes: ['users:read'],
    arguments: { cursor: z.string().optional(), limit: count.optional(), include_locale: flag.optional() },
    run(args, { workspace }) {
      const { part, next } = pageOf([...workspace.users.values()], args);
      return {
        members: part.map((user) => userJson(workspace, user)),
        response_metadata: { next_cursor: next },
      };
    },
  }),

  'usergroups.users.list': defineMethod({
    scopes: ['usergroups:read'],
    arguments: { usergroup: z.string().min(1), include_disabled: flag.optional() },
    run(args, { workspace }) {
      const members = workspace.userGroups.get(args.usergroup);
      if (members === undefined) throw new SlackRefusal('no_such_subteam');
      const isShown = (id: string): boolean =>
        args.include_disabled === true || workspace.users.get(id)?.isDeactivated !== true;
      return { users: members.filter(isShown) };
    },
  }),

  'reactions.add': defineMethod({
    scopes: ['reactions:write'],
    arguments: { channel: channelId, timestamp, name: z.string().regex(/^[a-z0-9_+'-]+$/u) },
    run(args, { workspace }) {
      const channel = visibleChannel(workspace, args.channel);
      const message = findMessage(workspace, channel.id, args.timestamp);
      if (message === undefined || message.ephemeralTo !== undefined)
        throw new SlackRefusal('message_not_found');
      const user = workspace.app.botUserId;
      if (message.reactions.some((one) => one.name === args.name && one.user === user))
        throw new SlackRefusal('already_reacted');
      message.reactions.push({ name: args.name, user });
      return {};
    },
  }),
};
