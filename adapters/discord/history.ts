/** What was said in Discord's channels: by link, by thread, and page by page. Apps' words are left out. */
import { z } from 'zod';
import type { ChannelId } from '../../src/core/ids.ts';
import type { SaidHistory, SaidMessage } from '../../src/core/said-message.ts';
import type { Chosen } from './chosen.ts';
import { filesOf } from './files.ts';
import type { Homes } from './homes.ts';
import { messageSchema } from './payloads.ts';
import type { DiscordMessage } from './payloads.ts';
import { channelId, directMessages, parsePlace, threadId } from './places.ts';
import { isRefusal, refusals } from './rest.ts';
import type { DiscordRest } from './rest.ts';
import { wordsOf } from './words.ts';

export interface HistoryOptions {
  readonly rest: DiscordRest;
  readonly chosen: Chosen;
  readonly homeOf: Homes;
  me(): string;
}

export interface DiscordHistory extends SaidHistory {
  /** A delivered message as it is learnt from; undefined for an app's, and for the platform's own talk. */
  read(message: DiscordMessage): Promise<SaidMessage | undefined>;
}

const pageSize = 100;
const mostThreadPages = 100;
/** Plain messages and replies. */
const spoken = new Set([0, 19]);
/** Discord counts its time from the first second of 2015; an id carries it above 22 bits. */
const discordEpochMs = 1_420_070_400_000;

const link = /^<?https:\/\/(?:\w+\.)?discord\.com\/channels\/(@me|\d+)\/(\d+)(?:\/(\d+))?>?$/u;
const sourceForm = /^discord:(dm|\d+)\/(\d+)\/(\d+)$/u;
const list = z.array(messageSchema);

export function createHistory({ rest, chosen, homeOf, me }: HistoryOptions): DiscordHistory {
  async function read(message: DiscordMessage): Promise<SaidMessage | undefined> {
    const { author, guild_id: guild, channel_id: room, id, thread } = message;
    const isPerson = author.bot !== true && author.system !== true && message.webhook_id === undefined;
    if (!isPerson || author.id === me() || !spoken.has(message.type)) return undefined;
    const home = guild === undefined ? undefined : await homeOf(room);
    return {
      source: sourceOf(guild, room, id),
      channel: channelId(guild, home ?? room),
      // A message in the channel itself opens the thread that has its number.
      thread: threadId(guild, guild !== undefined && home === undefined ? id : room),
      by: author.global_name ?? author.username ?? author.id,
      account: `discord:${author.id}`,
      at: momentOf(id),
      text: message.content.trim() === '' ? '' : wordsOf(message, me()),
      link: `https://discord.com/channels/${guild ?? '@me'}/${room}/${id}`,
      files: filesOf(message),
      ...(guild !== undefined && isHidden(message) && { hidden: { editedAt: momentOfEdit(message) } }),
      replies: thread === undefined ? '' : repliesOf(thread),
    };
  }

  /** Undefined for what is not there, or not for the bot. */
  async function ask(path: `/${string}`, query?: Readonly<Record<string, string>>): Promise<unknown> {
    try {
      return await rest.send('GET', path, { isOptional: true, ...(query !== undefined && { query }) });
    } catch (error) {
      if (isRefusal(error, refusals.unknownChannel, refusals.unknownMessage)) return undefined;
      throw error;
    }
  }

  /** What the platform answers does not name the server. */
  const of = (guild: string): object => (guild === directMessages ? {} : { guild_id: guild });

  async function readOne(guild: string, room: string, id: string): Promise<SaidMessage | undefined> {
    const found = messageSchema.safeParse(await ask(`/channels/${room}/messages/${id}`));
    if (!found.success) return undefined;
    const shown = isHidden(found.data) ? chosen.find(id) : undefined;
    return read({ ...found.data, ...shown, ...of(guild) });
  }

  /** An app's message is nothing to learn; people's replies to it are. */
  function openerOf(
    guild: string,
    { id, channel_id: room, thread }: DiscordMessage,
  ): SaidMessage | undefined {
    if (thread === undefined) return undefined;
    return {
      source: sourceOf(guild, room, id),
      channel: channelId(guild, room),
      thread: threadId(guild, id),
      ...{ by: 'an app', account: '', text: '', files: [] },
      at: momentOf(id),
      link: `https://discord.com/channels/${guild}/${room}/${id}`,
      replies: repliesOf(thread),
    };
  }

  /** Newest first. */
  async function readSome(guild: string, room: string, before?: string) {
    const query = { limit: String(pageSize), ...(before !== undefined && { before }) };
    const found = list.parse((await ask(`/channels/${room}/messages`, query)) ?? []);
    const said: SaidMessage[] = [];
    for (const message of found) {
      const one = (await read({ ...message, ...of(guild) })) ?? openerOf(guild, message);
      if (one !== undefined) said.push(one);
    }
    const last = found.length < pageSize ? undefined : found.at(-1)?.id;
    return { said, ...(last !== undefined && { next: last }) };
  }

  return {
    read,
    async find(written) {
      const [, server, linked, pointed] = link.exec(written) ?? sourceForm.exec(written) ?? [];
      if (server === undefined || linked === undefined) return undefined;
      const guild = server === '@me' || server === directMessages ? undefined : server;
      let home: string | undefined;
      try {
        home = guild === undefined ? undefined : await homeOf(linked);
      } catch (error) {
        if (isRefusal(error, refusals.unknownChannel, refusals.missingAccess)) return undefined;
        throw error;
      }
      const channel = channelId(guild, home ?? linked);
      if (pointed === undefined)
        return home === undefined ? undefined : { kind: 'thread', channel, thread: threadId(guild, linked) };
      const thread = threadId(guild, guild !== undefined && home === undefined ? pointed : linked);
      return { kind: 'message', channel, source: sourceOf(guild, linked, pointed), thread };
    },
    async readMessage(source) {
      const [, guild, room, id] = sourceForm.exec(source) ?? [];
      if (guild === undefined || room === undefined || id === undefined) return undefined;
      return readOne(guild, room, id);
    },
    async readThread(thread) {
      const place = parsePlace(thread);
      if (place === undefined) return [];
      const { guild, channel: room } = place;
      const replies: SaidMessage[] = [];
      let before: string | undefined;
      for (let at = 0; at < mostThreadPages; at += 1) {
        const page = await readSome(guild, room, before);
        replies.unshift(...page.said.toReversed());
        before = page.next;
        if (before === undefined) break;
      }
      // The message that a thread hangs on stands in its channel, and has its number.
      const home = guild === directMessages ? undefined : await findHome(room);
      const opener = home === undefined ? undefined : await readOne(guild, home, room);
      return opener === undefined ? replies : [opener, ...replies];
    },
    async readPage(channel, from) {
      const place = parsePlace(channel);
      return place === undefined ? { said: [] } : readSome(place.guild, place.channel, from);
    },
  };

  async function findHome(room: string): Promise<string | undefined> {
    try {
      return (await homeOf(room)) ?? undefined;
    } catch (error) {
      if (isRefusal(error, refusals.unknownChannel)) return undefined;
      throw error;
    }
  }
}

/** Discord shows the bot no words and no files of messages that are not for it; with the intent for words it does. */
function isHidden({ content, attachments, mentions }: DiscordMessage): boolean {
  return content === '' && attachments.length === 0 && mentions.length === 0;
}

function momentOfEdit({ edited_timestamp: at }: DiscordMessage): number | undefined {
  return typeof at === 'string' ? Date.parse(at) : undefined;
}

function momentOf(id: string): number {
  return Number(BigInt(id) >> 22n) + discordEpochMs;
}

function repliesOf(thread: NonNullable<DiscordMessage['thread']>): string {
  return `${String(thread.message_count ?? 0)} ${thread.last_message_id ?? ''}`;
}

/** How `SaidMessage.source` names a message. */
export function sourceOf(guild: string | undefined, room: string, id: string): string {
  return `${channelId(guild, room)}/${id}`;
}

/** Whose readers a message's room has, for one that is gone. */
export async function homeChannel(
  homeOf: Homes,
  guild: string | undefined,
  room: string,
): Promise<ChannelId> {
  const home = guild === undefined ? undefined : await homeOf(room);
  return channelId(guild, home ?? room);
}
