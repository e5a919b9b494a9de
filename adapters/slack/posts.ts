/**
 * Messages in threads: posted once, edited in place, found again by the marker in their metadata.
 *
 * Slack keeps no idempotency key for a message, so nothing is sent a second time before the thread was read. A long
 * answer is several messages; each carries its number and how many there are.
 */
import { z } from 'zod';
import type { MessageReference, ShownFile, ShownItem } from '../../src/chat/adapter.ts';
import { AppError } from '../../src/core/errors.ts';
import type { ChannelId, ThreadId } from '../../src/core/ids.ts';
import { asThreadId } from '../../src/core/ids.ts';
import type { SlackApi, SlackObject } from './api.ts';
import { parseTarget, threadId, topOf } from './places.ts';
import type { Target } from './places.ts';
import { isRefusal } from './refusals.ts';
import { privateMessage } from './replies.ts';
import { longArguments } from './render-card.ts';
import { isCut, mostMessages, renderItem, renderText } from './render.ts';
import type { RenderedMessage } from './render.ts';
import type { Uploads } from './uploads.ts';

export interface Posts {
  post(thread: ThreadId, item: ShownItem, marker: string): Promise<MessageReference>;
  edit(thread: ThreadId, reference: MessageReference, item: ShownItem): Promise<void>;
  findPosted(thread: ThreadId, marker: string): Promise<MessageReference | undefined>;
  takeBack(thread: ThreadId, reference: MessageReference, kept: MessageReference): Promise<void>;
  /** A plain sentence of the bot, for what is not part of any run; once per marker. */
  say(thread: ThreadId, markdown: string, marker: string): Promise<void>;
  /** Opens a thread for what no person asked; the same marker is the same thread, as far back as one page reads. */
  open(channel: ChannelId, title: string, marker: string): Promise<ThreadId>;
  /**
   * Opens a thread by a message in a channel; answers its ts. With a marker the same one is the same message, as far
   * back as one page reads.
   */
  announce(channel: string, message: RenderedMessage, marker?: string): Promise<string>;
  /** With the marker it was announced under, that may be announced again. */
  remove(channel: string, ts: string, marker?: string): Promise<void>;
  /** Where the bot talks with one person alone. */
  openDirect(user: string): Promise<ThreadId>;
  /** Says something to one person alone. */
  sayDirectly(user: string, text: string): Promise<void>;
  /** A message in a thread that is no item yet; answers its ts. */
  write(thread: ThreadId, markdown: string): Promise<string>;
  /** Shows other words in a message that is no item yet. */
  show(channel: string, ts: string, markdown: string): Promise<void>;
  /** The bot's messages in a thread that are no items: drafts that nobody finished. */
  findUnmarked(thread: ThreadId): Promise<readonly string[]>;
  /** Makes an item of a message that is there, posting what does not fit into it. */
  adopt(thread: ThreadId, ts: string, item: ShownItem, marker: string): Promise<MessageReference>;
}

const eventType = 'countersign_item';
const pageSize = 200;
const pagesRead = 25;
const mostAnnounced = 500;

const posted = z.object({ ts: z.string() });
const opened = z.object({ channel: z.object({ id: z.string() }) });
const thread_ = z.object({
  messages: z.array(
    z.object({
      ts: z.string(),
      user: z.string().optional(),
      files: z.array(z.unknown()).optional(),
      metadata: z
        .object({ event_type: z.string(), event_payload: z.record(z.string(), z.unknown()) })
        .optional(),
    }),
  ),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
});

/** Nothing in a message is parsed into names or unfolded. */
const inert = { parse: 'none', link_names: false } as const;
const folded = { unfurl_links: false, unfurl_media: false } as const;

export function createPosts(api: SlackApi, uploads: Uploads, team: string, me: string): Posts {
  const announced = new Map<string, Promise<string>>();

  /** Shows an item's messages by `work`, and beside them a file with the whole of what they do not hold. */
  async function whole<T>(
    place: Target,
    item: ShownItem,
    marker: string,
    isEdit: boolean,
    work: (messages: readonly RenderedMessage[]) => Promise<T>,
  ): Promise<T> {
    const source = item.file ?? wholeOf(item);
    if (source === undefined) return work(renderItem(item, team));
    // The mark tells it from another file of this name in the thread.
    const name = `${marker.slice(0, 8)}-${source.name}`;
    if (isEdit && (await uploads.isShown(place, name))) return work(renderItem(item, team, 'file'));
    const file = await uploads.begin(name, await source.bytes(), source.alt);
    const done = await work(renderItem(item, team, file === undefined ? 'console' : 'file'));
    await file?.show(place);
    return done;
  }

  async function send(place: Target, message: RenderedMessage, metadata: SlackObject): Promise<string> {
    const answer = await api.call('chat.postMessage', {
      channel: place.channel,
      ...(place.ts !== undefined && { thread_ts: place.ts }),
      ...message,
      ...inert,
      ...folded,
      metadata: { event_type: eventType, event_payload: metadata },
    });
    return posted.parse(answer).ts;
  }

  /** The bot's own messages of a thread, or at the top of a channel. */
  async function* ownIn(
    place: Target,
    pages = pagesRead,
  ): AsyncGenerator<z.infer<typeof thread_>['messages'][number]> {
    let cursor: string | undefined;
    for (let page = 0; page < pages; page += 1) {
      const answer = thread_.parse(
        await api.call(place.ts === undefined ? 'conversations.history' : 'conversations.replies', {
          channel: place.channel,
          ...(place.ts !== undefined && { ts: place.ts }),
          limit: pageSize,
          include_all_metadata: true,
          ...(cursor !== undefined && { cursor }),
        }),
      );
      for (const message of answer.messages) if (message.user === me) yield message;
      cursor = answer.response_metadata?.next_cursor;
      if (cursor === undefined || cursor === '') break;
    }
  }

  /** The messages of a marker by their number, as far as they stand in the thread. */
  async function find(
    place: Target,
    marker: string,
    pages = pagesRead,
  ): Promise<ReadonlyMap<number, { ts: string; of: number }>> {
    const found = new Map<number, { ts: string; of: number }>();
    for await (const { ts, metadata } of ownIn(place, pages)) {
      if (metadata?.event_type !== eventType || metadata.event_payload['marker'] !== marker) continue;
      const { part, of } = metadata.event_payload;
      found.set(typeof part === 'number' ? part : 0, { ts, of: typeof of === 'number' ? of : 1 });
    }
    return found;
  }

  async function postAll(
    place: Target,
    messages: readonly RenderedMessage[],
    marker: string,
  ): Promise<MessageReference> {
    // What an earlier attempt left there is not sent again.
    const there = messages.length > 1 ? await find(place, marker) : new Map<number, { ts: string }>();
    const stamps: string[] = [];
    for (const [part, message] of messages.entries()) {
      const known = there.get(part)?.ts;
      stamps.push(known ?? (await send(place, message, { marker, part, of: messages.length })));
    }
    return referenceOf(stamps, marker);
  }

  async function update(
    { channel }: Pick<Target, 'channel'>,
    ts: string,
    message: RenderedMessage,
    metadata?: SlackObject,
  ): Promise<void> {
    await api.call('chat.update', {
      channel,
      ts,
      ...message,
      ...inert,
      ...(metadata !== undefined && { metadata: { event_type: eventType, event_payload: metadata } }),
    });
  }

  async function editAll(
    place: Target,
    stamps: readonly string[],
    messages: readonly RenderedMessage[],
    marker: string,
  ): Promise<void> {
    for (const [part, ts] of stamps.entries()) {
      const message = messages[part];
      if (message !== undefined) await update(place, ts, message);
      else await remove(api, place.channel, ts);
    }
    if (messages.length <= stamps.length) return;
    const there = await find(place, marker);
    for (let part = stamps.length; part < messages.length; part += 1) {
      const message = messages[part];
      const known = there.get(part)?.ts;
      if (message === undefined) continue;
      if (known !== undefined) await update(place, known, message);
      else await send(place, message, { marker, part, of: messages.length });
    }
  }

  async function directChannel(user: string): Promise<string> {
    return opened.parse(await api.call('conversations.open', { users: user })).channel.id;
  }

  async function announceOnce(place: Target, message: RenderedMessage, marker: string): Promise<string> {
    const known = (await find(place, marker, 1)).get(0)?.ts;
    return known ?? send(place, message, { marker, part: 0, of: 1 });
  }

  return {
    post(thread, item, marker) {
      const place = placeOf(thread, team);
      return whole(place, item, marker, false, (messages) => postAll(place, messages, marker));
    },
    async edit(thread, reference, item) {
      const place = placeOf(thread, team);
      const { stamps, marker } = parseReference(reference);
      // Persons were told when it was posted; an edit names nobody.
      const { tell: _told, ...rest } = item;
      await whole(place, rest, marker, true, (messages) => editAll(place, stamps, messages, marker));
    },
    async findPosted(thread, marker) {
      const found = await find(placeOf(thread, team), marker);
      const of = Math.min(found.get(0)?.of ?? 1, mostMessages);
      const stamps = Array.from({ length: of }, (_, part) => found.get(part)?.ts);
      const whole = stamps.filter((ts) => ts !== undefined);
      return whole.length === of ? referenceOf(whole, marker) : undefined;
    },
    async takeBack(thread, reference, kept) {
      const { channel } = placeOf(thread, team);
      const { stamps } = parseReference(kept);
      for (const ts of parseReference(reference).stamps)
        if (!stamps.includes(ts)) await remove(api, channel, ts);
    },
    async say(thread, markdown, marker) {
      const place = placeOf(thread, team);
      const [message] = renderText(markdown);
      if (message === undefined || (await find(place, marker)).size > 0) return;
      await send(place, message, { marker, part: 0, of: 1 });
    },
    async open(channel, title, marker) {
      const place = placeOf(asThreadId(channel), team);
      const [message] = renderText(`**${literalMarkdown(title)}**`);
      if (message === undefined) throw new AppError('chat.refused', `${channel}: a thread needs a title.`);
      const known = (await find(place, marker, 1)).get(0)?.ts;
      const ts = known ?? (await send(place, message, { marker, part: 0, of: 1 }));
      return threadId(team, place.channel, ts);
    },
    announce(channel, message, marker) {
      const place = { team, channel };
      if (marker === undefined) return send(place, message, {});
      // The first one may still be on its way.
      const under = announced.get(marker);
      if (under !== undefined) return under;
      const work = announceOnce(place, message, marker);
      announced.set(marker, work);
      const oldest = announced.keys().next().value;
      if (announced.size > mostAnnounced && oldest !== undefined) announced.delete(oldest);
      work.catch(() => announced.delete(marker));
      return work;
    },
    remove(channel, ts, marker) {
      if (marker !== undefined) announced.delete(marker);
      return remove(api, channel, ts);
    },
    openDirect: async (user) => topOf(team, await directChannel(user)),
    async sayDirectly(user, text) {
      await api.call('chat.postMessage', {
        channel: await directChannel(user),
        ...privateMessage(text),
        ...inert,
        ...folded,
      });
    },
    async write(thread, markdown) {
      const place = placeOf(thread, team);
      return send(place, firstOf(markdown), {});
    },
    show: (channel, ts, markdown) => update({ channel }, ts, firstOf(markdown)),
    async findUnmarked(thread) {
      const place = placeOf(thread, team);
      const found: string[] = [];
      for await (const { ts, metadata, files = [] } of ownIn(place)) {
        const isItem = typeof metadata?.event_payload['marker'] === 'string';
        // The message that opens a thread, and files that go with an item, carry no mark.
        if (!isItem && ts !== place.ts && files.length === 0) found.push(ts);
      }
      return found;
    },
    async adopt(thread, ts, item, marker) {
      const place = placeOf(thread, team);
      return whole(place, item, marker, false, async (messages) => {
        const [first] = messages;
        if (first !== undefined) await update(place, ts, first, { marker, part: 0, of: messages.length });
        return messages.length === 1 ? referenceOf([ts], marker) : postAll(place, messages, marker);
      });
    },
  };
}

/** The file with what is too long for messages; undefined when nothing is. */
function wholeOf(item: ShownItem): Pick<ShownFile, 'name' | 'alt' | 'bytes'> | undefined {
  const [name, text] =
    item.card === undefined
      ? ['answer.md', isCut(item) ? item.text : undefined]
      : ['arguments.txt', longArguments(item.card)];
  return text === undefined ? undefined : { name, bytes: () => Promise.resolve(Buffer.from(text, 'utf8')) };
}

/** Words that are not to be read as formatting. */
function literalMarkdown(text: string): string {
  return text.replaceAll(/[\\`*_~[\]<>|#]/gu, String.raw`\$&`);
}

/** The beginning of words that may still grow. */
function firstOf(markdown: string): RenderedMessage {
  const [message = { text: '…', blocks: [] }] = renderText(markdown);
  return message;
}

async function remove(api: SlackApi, channel: string, ts: string): Promise<void> {
  try {
    await api.call('chat.delete', { channel, ts });
  } catch (error) {
    if (!isRefusal(error, 'message_not_found')) throw error;
  }
}

function placeOf(thread: ThreadId, team: string): Target {
  const place = parseTarget(thread);
  if (place?.team !== team)
    throw new AppError('chat.refused', `${thread} is not a place in this Slack workspace.`);
  return place;
}

/** The messages and the marker, so that what is added later is marked alike. */
function referenceOf(stamps: readonly string[], marker: string): MessageReference {
  return `${stamps.join('+')}/${marker}`;
}

function parseReference(reference: MessageReference): {
  readonly stamps: readonly string[];
  readonly marker: string;
} {
  const [stamps = '', marker = ''] = reference.split('/');
  return { stamps: stamps.split('+'), marker };
}
