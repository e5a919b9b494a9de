/** Which request means what. */
import { ApiFault } from './api-fault.ts';
import type { FakeInteractions } from './interactions.ts';
import type { FakeMessages } from './messages.ts';
import type { Handle, RestRequest } from './rest.ts';
import type { FakeChannel, FakeMessage, FakeState } from './state.ts';
import { findCommandsFault } from './validate-commands.ts';
import type { KeptCommand } from './validate-commands.ts';

type Route = readonly [
  method: string,
  path: RegExp,
  handle: (request: RestRequest, ...parts: readonly string[]) => unknown,
];

export interface RoutesOptions {
  readonly state: FakeState;
  readonly messages: FakeMessages;
  readonly interactions: FakeInteractions;
  /** The application's key, 64 hex characters. */
  readonly publicKey: string;
  gatewayUrl(): string;
  /** Whether the bot holds the privileged intent for words that are not for it. */
  readsWords(): boolean;
  /** A thread was opened. */
  onThread(thread: FakeChannel): void;
}

export function createRoutes(options: RoutesOptions): Handle {
  const { state, messages, interactions } = options;

  function channelOf(id: string): FakeChannel {
    const channel = state.channels.get(id);
    if (channel === undefined) throw new ApiFault(404, 10003, 'Unknown Channel');
    const parent = state.channels.get(channel.parent_id ?? '');
    if (channel.isClosedToBot === true || parent?.isClosedToBot === true)
      throw new ApiFault(403, 50001, 'Missing Access');
    return channel;
  }

  function messageOf(channel: string, id: string): FakeMessage {
    channelOf(channel);
    const message = state.messages.get(id);
    if (message?.channel_id !== channel || message.onlyFor !== undefined)
      throw new ApiFault(404, 10008, 'Unknown Message');
    return message;
  }

  /** Words and files that are not for the bot are left out, here as in events. */
  function shapeFor(message: FakeMessage): object {
    const isForBot =
      options.readsWords() ||
      message.author.id === state.bot.id ||
      message.mentions.some(({ id }) => id === state.bot.id) ||
      state.channels.get(message.channel_id)?.guild_id === undefined;
    const shape = messages.shape(message);
    return isForBot ? shape : { ...shape, content: '', attachments: [], components: [] };
  }

  function openThread(sent: RestRequest['sent'], channel: string, id: string): FakeChannel {
    const origin = messageOf(channel, id);
    const parent = state.channels.get(channel);
    // Sent by the client under test; name and duration are checked below.
    const { name, auto_archive_duration: archive } = sent.json as {
      readonly name?: string;
      readonly auto_archive_duration?: number;
    };
    if (name === undefined || name.length < 1 || name.length > 100)
      throw new ApiFault(400, 50035, 'thread name');
    if (archive !== undefined && ![60, 1440, 4320, 10080].includes(archive))
      throw new ApiFault(400, 50035, 'archive');
    if (state.channels.has(origin.id)) throw new ApiFault(400, 160004, 'A thread has already been created');
    const thread: FakeChannel = {
      id: origin.id,
      type: 11,
      ...(parent?.guild_id !== undefined && { guild_id: parent.guild_id }),
      name,
      parent_id: channel,
      isArchived: false,
    };
    state.channels.set(thread.id, thread);
    options.onThread(thread);
    return thread;
  }

  const routes: readonly Route[] = [
    [
      'GET',
      /^\/gateway\/bot$/u,
      () => ({
        url: options.gatewayUrl(),
        shards: state.shards,
        session_start_limit: {
          total: 1000,
          remaining: 1000,
          reset_after: 0,
          max_concurrency: state.identifiesAtOnce,
        },
      }),
    ],
    ['GET', /^\/users\/@me$/u, () => state.bot],
    [
      'GET',
      /^\/applications\/@me$/u,
      () => ({
        id: state.application,
        name: 'Countersign',
        verify_key: options.publicKey,
        interactions_endpoint_url: state.endpoint,
        flags: state.mayReadWords ? 1 << 19 : 0,
      }),
    ],
    [
      'GET',
      /^\/users\/@me\/guilds$/u,
      () => state.guilds.map((id) => ({ id, name: 'Acme', owner: false, permissions: state.permissions })),
    ],
    [
      'POST',
      /^\/users\/@me\/channels$/u,
      ({ sent }) => {
        // Sent by the client under test, whose body for this route holds nothing else.
        const { recipient_id: user = '' } = sent.json as { readonly recipient_id?: string };
        const id = `77${user}`;
        state.channels.set(id, state.channels.get(id) ?? { id, type: 1, name: user, isArchived: false });
        return state.channels.get(id);
      },
    ],
    ['GET', /^\/channels\/(\d+)$/u, (_, id = '') => channelOf(id)],
    [
      'PATCH',
      /^\/channels\/(\d+)$/u,
      ({ sent }, id = '') => {
        const channel = channelOf(id);
        // Sent by the client under test; no other field of a channel is ever changed.
        channel.isArchived = (sent.json as { readonly archived?: boolean }).archived ?? channel.isArchived;
        return channel;
      },
    ],
    [
      'GET',
      /^\/guilds\/(\d+)\/channels$/u,
      (_, guild = '') =>
        [...state.channels.values()]
          .filter((channel) => channel.guild_id === guild && (channel.type === 0 || channel.type === 5))
          .map((channel) => ({
            ...channel,
            permission_overwrites: overwritesOf(channel, state),
            last_message_id: state.messagesIn(channel.id).at(-1)?.id ?? null,
          })),
    ],
    [
      'GET',
      /^\/guilds\/(\d+)$/u,
      (_, guild = '') => {
        if (!state.guilds.includes(guild)) throw new ApiFault(404, 10004, 'Unknown Guild');
        const everybody = { id: guild, name: '@everyone', permissions: '1024' };
        return { id: guild, name: 'Acme', owner_id: '2001', roles: [everybody], features: [] };
      },
    ],
    [
      'GET',
      /^\/guilds\/(\d+)\/members\/(\d+)$/u,
      (_, guild = '', id = '') => {
        const user = state.users.get(id);
        if (!state.guilds.includes(guild)) throw new ApiFault(404, 10004, 'Unknown Guild');
        if (user === undefined) throw new ApiFault(404, 10013, 'Unknown User');
        const roles = state.roles.get(id);
        if (roles === undefined && state.gone.has(id)) throw new ApiFault(404, 10007, 'Unknown Member');
        return {
          user,
          roles: roles ?? [],
          pending: state.pending.has(id),
          joined_at: new Date().toISOString(),
          deaf: false,
          mute: false,
          flags: 0,
        };
      },
    ],
    [
      'GET',
      /^\/channels\/(\d+)\/messages$/u,
      ({ query }, id = '') => {
        channelOf(id);
        const before = query.get('before');
        const limit = Number(query.get('limit') ?? 50);
        if (!Number.isInteger(limit) || limit < 1 || limit > 100)
          throw new ApiFault(400, 50035, 'Invalid Form Body: limit');
        return state
          .messagesIn(id)
          .filter(
            (entry) => entry.onlyFor === undefined && (before === null || BigInt(entry.id) < BigInt(before)),
          )
          .reverse()
          .slice(0, limit)
          .map(shapeFor);
      },
    ],
    [
      'POST',
      /^\/channels\/(\d+)\/messages$/u,
      ({ sent }, id = '') => {
        channelOf(id);
        return messages.shape(messages.create({ channel: id, author: state.bot, sent }), true);
      },
    ],
    [
      'GET',
      /^\/channels\/(\d+)\/messages\/(\d+)$/u,
      (_, channel = '', id = '') => shapeFor(messageOf(channel, id)),
    ],
    [
      'GET',
      /^\/channels\/(\d+)\/messages\/(\d+)\/reactions\/([^/]+)$/u,
      ({ query }, channel = '', id = '', emoji = '') => {
        const limit = Number(query.get('limit') ?? 25);
        if (!Number.isInteger(limit) || limit < 1 || limit > 100)
          throw new ApiFault(400, 50035, 'Invalid Form Body: limit');
        const users = messageOf(channel, id).reactions.get(decodeURIComponent(emoji)) ?? [];
        return users.slice(0, limit);
      },
    ],
    [
      'PATCH',
      /^\/channels\/(\d+)\/messages\/(\d+)$/u,
      ({ sent }, channel = '', id = '') => messages.shape(messages.change(messageOf(channel, id), sent)),
    ],
    [
      'DELETE',
      /^\/channels\/(\d+)\/messages\/(\d+)$/u,
      (_, channel = '', id = '') => {
        state.messages.delete(messageOf(channel, id).id);
        return undefined;
      },
    ],
    [
      'POST',
      /^\/channels\/(\d+)\/messages\/(\d+)\/threads$/u,
      ({ sent }, channel = '', id = '') => openThread(sent, channel, id),
    ],
    [
      'POST',
      /^\/interactions\/\d+\/([^/]+)\/callback$/u,
      ({ sent }, token = '') => {
        // Both fields are unknown here, and checked by `callback`.
        interactions.callback(token, sent.json as { readonly type?: unknown; readonly data?: unknown });
        return undefined;
      },
    ],
    [
      'POST',
      /^\/webhooks\/\d+\/([^/]+)$/u,
      ({ sent }, token = '') => messages.shape(interactions.followUp(token, sent)),
    ],
    [
      'PATCH',
      /^\/webhooks\/\d+\/([^/]+)\/messages\/@original$/u,
      ({ sent }, token = '') => messages.shape(interactions.editOriginal(token, sent)),
    ],
    [
      'PUT',
      /^\/applications\/\d+((?:\/guilds\/\d+)?)\/commands$/u,
      ({ sent }, scope = '') => {
        const fault = findCommandsFault(sent.json);
        if (fault !== undefined) throw new ApiFault(400, 50035, `Invalid Form Body: ${fault}`);
        // `findCommandsFault` has found a list of commands.
        state.commands.set(scope, sent.json as unknown as readonly KeptCommand[]);
        return state.commands.get(scope);
      },
    ],
    [
      'GET',
      /^\/applications\/\d+((?:\/guilds\/\d+)?)\/commands$/u,
      (_, scope = '') => state.commands.get(scope) ?? [],
    ],
  ];

  return (request) => {
    for (const [method, path, handle] of routes) {
      const found = request.method === method ? path.exec(request.path) : null;
      if (found !== null) return handle(request, ...found.slice(1));
    }
    throw new ApiFault(404, 0, `404: Not Found (${request.method} ${request.path})`);
  };
}

/** A private channel denies everybody the view, and gives it to the bot. */
function overwritesOf(channel: FakeChannel, state: FakeState): readonly object[] {
  if (channel.isPrivate !== true) return [];
  return [
    { id: state.guild, type: 0, allow: '0', deny: '1024' },
    { id: state.bot.id, type: 1, allow: '1024', deny: '0' },
  ];
}
