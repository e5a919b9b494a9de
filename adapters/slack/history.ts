/** What was said in Slack's channels: by link, by thread, and page by page. Apps' words are left out. */
import { z } from 'zod';
import type { ChannelId } from '../../src/core/ids.ts';
import type { SaidHistory, SaidMessage } from '../../src/core/said-message.ts';
import type { SlackApi, SlackObject } from './api.ts';
import { filesOf } from './files.ts';
import { heldMessage } from './payloads.ts';
import type { HeldMessage } from './payloads.ts';
import { accountOf, channelId, parseChannel, parsePlace, threadId } from './places.ts';
import { isRefusal } from './refusals.ts';
import type { Users } from './users.ts';
import { namedIn, wordsOf } from './words.ts';

export interface HistoryOptions {
  readonly api: SlackApi;
  readonly users: Users;
  readonly team: string;
  /** The bot's own account. */
  readonly me: string;
  /** `https://acme.slack.com/`. */
  readonly home: string;
}

export interface SlackHistory extends SaidHistory {
  /** A message of an event as it is learnt from; undefined for an app's, and for the platform's own talk. */
  read(message: HeldMessage, channel: string): Promise<SaidMessage | undefined>;
}

const pageSize = 200;
const mostThreadPages = 50;
/** Ordinary messages; everything else is the platform's own talk. */
const spoken = new Set([undefined, 'file_share', 'thread_broadcast']);

const page = z.object({
  messages: z.array(heldMessage),
  has_more: z.boolean().default(false),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
});
type Page = z.infer<typeof page>;

const permalink =
  /^<?https:\/\/[a-z0-9-]+(?:\.enterprise)?\.slack\.com\/archives\/([A-Z0-9]+)\/p(\d{10})(\d{6})(?:\?([^\s<>|]*))?>?$/u;
const sourceForm = /^slack:([A-Z0-9]+)\/([A-Z0-9]+)\/(\d{10}\.\d{6})(?:\/(\d{10}\.\d{6}))?$/u;

interface Where {
  readonly channel: string;
  readonly ts: string;
  /** Of the message that opened the thread, for a reply. */
  readonly root?: string;
}

export function createHistory({ api, users, team, me, home }: HistoryOptions): SlackHistory {
  function parse(written: string): Where | undefined {
    const link = permalink.exec(written);
    if (link !== null) {
      const [, channel = '', seconds = '', rest = '', query = ''] = link;
      const root = new URLSearchParams(query.replaceAll('&amp;', '&')).get('thread_ts');
      const ts = `${seconds}.${rest}`;
      const isReply = root !== null && root !== ts && /^\d{10}\.\d{6}$/u.test(root);
      return { channel, ts, ...(isReply && { root }) };
    }
    const [, home = '', channel = '', first = '', second] = sourceForm.exec(written) ?? [];
    if (home !== team) return undefined;
    return second === undefined ? { channel, ts: first } : { channel, ts: second, root: first };
  }

  function linkOf({ channel, ts, root }: Where): string {
    const thread = root === undefined ? '' : `?thread_ts=${root}&cid=${channel}`;
    return `${home}archives/${channel}/p${ts.replace('.', '')}${thread}`;
  }

  async function read(message: HeldMessage, channel: string): Promise<SaidMessage | undefined> {
    const { user, ts, thread_ts: root } = message;
    if (user === undefined || user === me || (message.bot_id ?? undefined) !== undefined) return undefined;
    if (!spoken.has(message.subtype)) return undefined;
    const where = { channel, ts, ...(root !== undefined && root !== ts && { root }) };
    const names = new Map<string, string>();
    for (const named of namedIn(message.text)) names.set(named, await users.nameOf(named));
    return {
      source: sourceOf(team, channel, where).source,
      channel: channelId(team, channel),
      thread: threadId(team, channel, root ?? ts),
      by: await users.nameOf(user),
      account: `slack:${accountOf(message.user_team ?? message.team ?? team, user)}`,
      at: Math.round(Number(ts) * 1_000),
      text: wordsOf(message.text, me, names, ' ').trim(),
      link: linkOf(where),
      files: filesOf(message, team),
      replies: message.reply_count > 0 ? `${String(message.reply_count)} ${message.latest_reply ?? ''}` : '',
    };
  }

  /** An app's message, or a deleted one, is nothing to learn; people's replies to it are. */
  function openerOf(message: HeldMessage, channel: string): SaidMessage | undefined {
    const { ts, reply_count: count, latest_reply: latest = '' } = message;
    if (count === 0) return undefined;
    return {
      source: sourceOf(team, channel, { ts }).source,
      channel: channelId(team, channel),
      thread: threadId(team, channel, ts),
      ...{ by: 'an app', account: '', text: '', files: [] },
      at: Math.round(Number(ts) * 1_000),
      link: linkOf({ channel, ts }),
      replies: `${String(count)} ${latest}`,
    };
  }

  async function readAll(messages: Page['messages'], channel: string): Promise<readonly SaidMessage[]> {
    const said: SaidMessage[] = [];
    for (const message of messages) {
      const one = (await read(message, channel)) ?? openerOf(message, channel);
      if (one !== undefined) said.push(one);
    }
    return said;
  }

  /** Undefined when Slack knows nothing by that name. */
  async function ask(method: string, args: SlackObject): Promise<Page | undefined> {
    try {
      return page.parse(await api.call(method, args));
    } catch (error) {
      if (isRefusal(error, 'thread_not_found', 'message_not_found')) return undefined;
      throw error;
    }
  }

  return {
    read,
    find(written) {
      const where = parse(written);
      if (where === undefined) return Promise.resolve(undefined);
      const { channel, ts, root } = where;
      return Promise.resolve({
        kind: 'message' as const,
        channel: channelId(team, channel),
        source: sourceOf(team, channel, where).source,
        thread: threadId(team, channel, root ?? ts),
      });
    },
    async readMessage(source) {
      const where = parse(source);
      if (where === undefined) return undefined;
      const { channel, ts, root } = where;
      const edges = { oldest: ts, latest: ts, inclusive: true, limit: 10 };
      const found = await ask('conversations.replies', { channel, ts: root ?? ts, ...edges });
      const message = found?.messages.find((one) => one.ts === ts);
      return message === undefined ? undefined : read(message, channel);
    },
    async readThread(thread) {
      const place = parsePlace(thread);
      if (place?.team !== team) return [];
      const said: SaidMessage[] = [];
      let cursor: string | undefined;
      for (let at = 0; at < mostThreadPages; at += 1) {
        const found = await ask('conversations.replies', {
          ...{ channel: place.channel, ts: place.ts, limit: pageSize },
          ...(cursor !== undefined && { cursor }),
        });
        said.push(...(await readAll(found?.messages ?? [], place.channel)));
        cursor = nextOf(found);
        if (cursor === undefined) break;
      }
      return said;
    },
    async readPage(id, from) {
      const place = parseChannel(id);
      if (place?.team !== team) return { said: [] };
      const found = await ask('conversations.history', {
        ...{ channel: place.channel, limit: pageSize },
        // A moment leads to the same messages for ever; a cursor of Slack's is only good for as long as it says.
        ...(from !== undefined && { latest: from }),
      });
      const next = found?.has_more === true ? found.messages.at(-1)?.ts : undefined;
      return {
        said: await readAll(found?.messages ?? [], place.channel),
        ...(next !== undefined && { next }),
      };
    },
  };
}

/** The workspace of a `SaidMessage.source`; undefined for a link. */
export function teamOfSource(source: string): string | undefined {
  return sourceForm.exec(source)?.[1];
}

function nextOf(found: Page | undefined): string | undefined {
  const cursor = found?.response_metadata?.next_cursor ?? '';
  return found?.has_more === true && cursor !== '' ? cursor : undefined;
}

/** How `SaidMessage.source` names a message. */
export function sourceOf(
  team: string,
  channel: string,
  { ts, root }: { readonly ts: string; readonly root?: string | null | undefined },
): { readonly channel: ChannelId; readonly source: string } {
  const opener = threadId(team, channel, root ?? ts);
  const isReply = typeof root === 'string' && root !== ts;
  return { channel: channelId(team, channel), source: isReply ? `${opener}/${ts}` : opener };
}
