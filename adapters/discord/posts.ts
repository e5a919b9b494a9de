/**
 * Messages in threads: posted once, edited in place, found again by their marker.
 *
 * The thread of a request hangs on the message that asked, and has that message's id. It is opened when there is
 * something to show; where it hangs is known from the message, and looked up after a restart.
 */
import { z } from 'zod';
import type { MessageReference, ShownItem } from '../../src/chat/adapter.ts';
import { AppError } from '../../src/core/errors.ts';
import { sha256 } from '../../src/core/hash.ts';
import type { ChannelId, ThreadId } from '../../src/core/ids.ts';
import { directMessages, parsePlace, threadId } from './places.ts';
import type { Place } from './places.ts';
import { flags, pingNobody } from './components.ts';
import { literal, onOneLine } from './literal.ts';
import type { MessageForm, MessageForms } from './message-form.ts';
import { contentMark, markerNumber, renderItem, renderPlain } from './render.ts';
import type { RenderedMessage } from './render.ts';
import { isRefusal, refusals } from './rest.ts';
import type { DiscordRest, RestRequest, UploadedFile } from './rest.ts';

export interface ThreadOrigin {
  /** The channel of the message that asked. */
  readonly channel: string;
  /** Its first words, for the thread's name. */
  readonly title: string;
}

export interface Posts {
  post(thread: ThreadId, item: ShownItem, marker: string): Promise<MessageReference>;
  edit(thread: ThreadId, reference: MessageReference, item: ShownItem): Promise<void>;
  findPosted(thread: ThreadId, marker: string): Promise<MessageReference | undefined>;
  takeBack(thread: ThreadId, reference: MessageReference, kept: MessageReference): Promise<void>;
  /** Says where a thread that does not exist yet will hang. */
  expectThread(thread: ThreadId, origin: ThreadOrigin): void;
  /** A plain sentence of the bot in a thread, for what is not part of any run. Once per nonce. */
  say(thread: ThreadId, text: string, nonce: string): Promise<void>;
  /** Opens a thread on a message of the bot's own; once per marker. Throws `chat.refused` for what is no channel. */
  open(channel: ChannelId, title: string, marker: string): Promise<ThreadId>;
  /** Posts ready-made Discord Markdown in a channel, once per nonce; answers the message's id. */
  announce(channel: string, markdown: string, nonce: string): Promise<string>;
  /** Where the bot talks with one person alone. */
  openDirect(account: string): Promise<ThreadId>;
  /** Says something to one person alone, once per nonce. */
  sayDirectly(account: string, text: string, nonce: string): Promise<void>;
  /** What one person alone was to see in a channel, in his direct messages, once per nonce. */
  sendDirectly(account: string, request: (form: MessageForm) => RestRequest, nonce: string): Promise<void>;
  /** A message in a thread that is no item yet. */
  writeDraft(thread: ThreadId, markdown: string, nonce: string): Promise<MessageReference>;
  /** Shows other words in a message that is no item yet; false when they are too many for one that grows. */
  rewriteDraft(thread: ThreadId, draft: MessageReference, markdown: string): Promise<boolean>;
  /** A message in a thread that never became an item. */
  findDraft(thread: ThreadId): Promise<MessageReference | undefined>;
  remove(thread: ThreadId, draft: MessageReference): Promise<void>;
  /** Makes an item of a message that is there. */
  adopt(
    thread: ThreadId,
    draft: MessageReference,
    item: ShownItem,
    marker: string,
  ): Promise<MessageReference>;
}

const keptOrigins = 1_000;
/** Threads close by themselves after this many minutes of silence and open again with the next message. */
const archiveAfterMinutes = 1_440;
const pageSize = 100;
const pagesSearched = 3;
/** Of words that are still written: what is longer comes whole in the end. */
const longestDraft: Readonly<Record<MessageForm, number>> = { components: 3_000, classic: 1_500 };
/** Text channels and announcement channels: where a message can carry a thread. */
const channelTypesWithThreads = new Set([0, 5]);

const created = z.object({ id: z.string() });
const message = z.object({ id: z.string(), content: z.string().optional() });
const part = z.object({ id: z.number().optional(), components: z.unknown().optional() });
const found = z.array(
  z.object({
    id: z.string(),
    author: z.object({ id: z.string() }),
    nonce: z.union([z.string(), z.number()]).optional(),
    content: z.string().optional(),
    components: z.array(part).optional(),
  }),
);
const guildChannels = z.array(
  z.object({ id: z.string(), type: z.number(), last_message_id: z.string().nullish() }),
);

export interface PostsOptions {
  readonly rest: DiscordRest;
  readonly me: () => string;
  readonly forms: MessageForms;
  /** A thread is named after the words that open it, and keeps that name when they are taken back. */
  readonly redact: (text: string) => string;
}

export function createPosts({ rest, me, forms, redact }: PostsOptions): Posts {
  const origins = new Map<string, ThreadOrigin>();
  const opening = new Map<string, Promise<void>>();

  function expectThread(thread: ThreadId, origin: ThreadOrigin): void {
    origins.set(placeOf(thread).channel, origin);
    const oldest = origins.keys().next().value;
    if (origins.size > keptOrigins && oldest !== undefined) origins.delete(oldest);
  }

  async function announce(channel: string, markdown: string, nonce: string): Promise<string> {
    return forms.write(channel, async (form) => {
      const request = withNonce(renderPlain(markdown, form), nonce);
      return created.parse(await rest.send('POST', `/channels/${channel}/messages`, request)).id;
    });
  }

  async function openDirect(account: string): Promise<string> {
    const body = { recipient_id: account };
    return created.parse(await rest.send('POST', '/users/@me/channels', { body })).id;
  }

  async function openThread(place: Place): Promise<void> {
    const origin = origins.get(place.channel) ?? (await findOrigin(place));
    if (origin === undefined)
      throw new AppError('chat.refused', `The message of thread ${place.channel} is gone from Discord.`);
    try {
      await rest.send('POST', `/channels/${origin.channel}/messages/${place.channel}/threads`, {
        body: { name: threadName(redact(origin.title)), auto_archive_duration: archiveAfterMinutes },
      });
    } catch (error) {
      if (!isRefusal(error, refusals.threadExists)) throw error;
    }
  }

  /** The message whose id a thread has, wherever in the guild it stands: needed once, after a restart. */
  async function findOrigin(place: Place): Promise<ThreadOrigin | undefined> {
    if (place.guild === directMessages) return undefined;
    const channels = guildChannels.parse(await rest.send('GET', `/guilds/${place.guild}/channels`));
    for (const { id, type, last_message_id: last } of channels) {
      const isPossible =
        channelTypesWithThreads.has(type) &&
        typeof last === 'string' &&
        BigInt(last) >= BigInt(place.channel);
      if (!isPossible) continue;
      try {
        const { content } = message.parse(
          await rest.send('GET', `/channels/${id}/messages/${place.channel}`),
        );
        return { channel: id, title: content ?? '' };
      } catch (error) {
        if (!(error instanceof AppError) || error.isRetryable) throw error;
      }
    }
    return undefined;
  }

  function ensureThread(place: Place): Promise<void> {
    const known = opening.get(place.channel);
    if (known !== undefined) return known;
    const begun = openThread(place).finally(() => opening.delete(place.channel));
    opening.set(place.channel, begun);
    return begun;
  }

  /** Sends into a thread; opens the thread, or wakes an archived one, when that is what is missing. */
  async function inThread(
    place: Place,
    method: 'POST' | 'PATCH',
    path: `/${string}`,
    request: RestRequest,
  ): Promise<unknown> {
    if (method === 'POST' && origins.has(place.channel)) {
      await ensureThread(place);
      origins.delete(place.channel);
    }
    try {
      return await rest.send(method, path, request);
    } catch (error) {
      if (isRefusal(error, refusals.unknownChannel) && method === 'POST' && place.guild !== directMessages)
        await ensureThread(place);
      else if (isRefusal(error, refusals.threadArchived))
        await rest.send('PATCH', `/channels/${place.channel}`, { body: { archived: false } });
      else throw error;
      return rest.send(method, path, request);
    }
  }

  async function edit(
    thread: ThreadId,
    id: string,
    { body, files }: RenderedMessage,
    isOptional = false,
  ): Promise<void> {
    const place = placeOf(thread);
    await inThread(place, 'PATCH', `/channels/${place.channel}/messages/${id}`, {
      body: {
        ...body,
        // Persons were told when it was posted; an edit pings nobody.
        allowed_mentions: pingNobody,
        attachments: attachmentsOf(files),
      },
      files,
      isOptional,
    });
  }

  function write(
    thread: ThreadId,
    item: ShownItem,
    nonce: string,
    { marker = nonce, isOptional = false }: { readonly marker?: string; readonly isOptional?: boolean } = {},
  ): Promise<MessageReference> {
    const place = placeOf(thread);
    return forms.write(place.channel, async (form) => {
      const request = { ...withNonce(await render(item, marker, form), nonce), isOptional };
      const answer = await inThread(place, 'POST', `/channels/${place.channel}/messages`, request);
      return referenceOf(created.parse(answer).id, marker, form);
    });
  }

  async function findPosted(thread: ThreadId, marker: string): Promise<MessageReference | undefined> {
    const place = placeOf(thread);
    const number = markerNumber(marker);
    let before: string | undefined;
    for (let page = 0; page < pagesSearched; page += 1) {
      const messages = await recent(rest, place, before);
      const mine = messages.find(
        (entry) =>
          entry.author.id === me() &&
          (entry.nonce === marker ||
            isMarked(entry, marker) ||
            entry.components?.some((component) => component.id === number)),
      );
      if (mine !== undefined)
        return referenceOf(mine.id, marker, isMarked(mine, marker) ? 'classic' : 'components');
      before = messages.at(-1)?.id;
      if (before === undefined || messages.length < pageSize) return undefined;
    }
    return undefined;
  }

  async function remove(thread: ThreadId, id: string): Promise<void> {
    try {
      await rest.send('DELETE', `/channels/${placeOf(thread).channel}/messages/${id}`);
    } catch (error) {
      if (!isRefusal(error, refusals.unknownMessage)) throw error;
    }
  }

  return {
    post: (thread, item, marker) => write(thread, item, marker),
    async edit(thread, reference, item) {
      const { id, marker, form } = parseReference(reference);
      await edit(thread, id, await render(item, marker, form));
    },
    findPosted,
    expectThread,
    async say(thread, text, nonce) {
      await write(thread, asItem(text), nonce);
    },
    writeDraft: (thread, markdown, nonce) =>
      write(thread, asItem(markdown), nonce, { marker: draftMark(thread), isOptional: true }),
    openDirect: async (account) => threadId(undefined, await openDirect(account)),
    async sayDirectly(account, text, nonce) {
      await announce(await openDirect(account), literal(text), nonce);
    },
    async sendDirectly(account, request, nonce) {
      const channel = await openDirect(account);
      await forms.write(channel, (form) =>
        rest.send('POST', `/channels/${channel}/messages`, once(withoutPrivacy(request(form)), nonce)),
      );
    },
    async rewriteDraft(thread, draft, markdown) {
      const { id, marker, form } = parseReference(draft);
      if (markdown.length > longestDraft[form]) return false;
      await edit(thread, id, renderItem(asItem(markdown), marker, form), true);
      return true;
    },
    findDraft: (thread) => findPosted(thread, draftMark(thread)),
    remove: (thread, draft) => remove(thread, parseReference(draft).id),
    async takeBack(thread, reference, kept) {
      const { id } = parseReference(reference);
      if (id !== parseReference(kept).id) await remove(thread, id);
    },
    async adopt(thread, draft, item, marker) {
      const { id, form } = parseReference(draft);
      await edit(thread, id, await render(item, marker, form));
      return referenceOf(id, marker, form);
    },
    async open(channel, title, marker) {
      const place = placeOf(channel);
      const heading = `**${literal(onOneLine(title))}**`;
      if (place.guild === directMessages) {
        // Direct messages have no threads: what is said follows the title.
        await announce(place.channel, heading, marker);
        return threadId(undefined, place.channel);
      }
      const thread = threadId(place.guild, await announce(place.channel, heading, marker));
      expectThread(thread, { channel: place.channel, title });
      return thread;
    },
    announce,
  };
}

async function render(item: ShownItem, marker: string, form: MessageForm): Promise<RenderedMessage> {
  return renderItem(item, marker, form, await item.file?.bytes());
}

/** All drafts of a thread carry one mark, which an item takes off. */
function draftMark(thread: ThreadId): string {
  return sha256(`draft ${thread}`).slice(0, 24);
}

/** Words that are no item of a run. */
function asItem(text: string): ShownItem {
  return { id: 'words', kind: 'message', by: 'bot', at: new Date(0), text };
}

async function recent(
  rest: DiscordRest,
  place: Place,
  before: string | undefined,
): Promise<z.infer<typeof found>> {
  const query = { limit: String(pageSize), ...(before !== undefined && { before }) };
  try {
    return found.parse(await rest.send('GET', `/channels/${place.channel}/messages`, { query }));
  } catch (error) {
    // A thread that was never opened holds nothing.
    if (isRefusal(error, refusals.unknownChannel)) return [];
    throw error;
  }
}

/** Discord answers a second create under one nonce with the first message. */
/** A nonce makes it one message, however often it is sent. */
function once({ body, ...rest }: RestRequest, nonce: string): RestRequest {
  return { ...rest, body: { ...body, nonce: nonce.slice(0, 25), enforce_nonce: true } };
}

/** The flag by which only one person sees a message is for answers to what he did. */
function withoutPrivacy({ body = {}, auth: _auth, ...rest }: RestRequest): RestRequest {
  const marked = 'flags' in body && typeof body.flags === 'number' ? body.flags : 0;
  return { ...rest, body: { ...body, flags: (marked & ~flags.ephemeral) | flags.suppressEmbeds } };
}

function withNonce({ body, files }: RenderedMessage, nonce: string): RestRequest {
  const isDescribed = files.some(({ description }) => description !== undefined);
  return {
    body: {
      ...body,
      nonce: nonce.slice(0, 25),
      enforce_nonce: true,
      ...(isDescribed && { attachments: attachmentsOf(files) }),
    },
    files,
  };
}

function attachmentsOf(files: readonly UploadedFile[]): readonly object[] {
  return files.map(({ name, description }, index) => ({
    id: index,
    filename: name,
    ...(description !== undefined && { description }),
  }));
}

function placeOf(thread: ThreadId | ChannelId): Place {
  const place = parsePlace(thread);
  if (place === undefined) throw new AppError('chat.refused', `${thread} is not a place on Discord.`);
  return place;
}

function threadName(title: string): string {
  const words = title
    .replaceAll(/<[^>]*>/gu, '')
    .replaceAll(/\s+/gu, ' ')
    .trim();
  const name = Array.from(words).slice(0, 80).join('');
  return name === '' ? 'Request' : name;
}

/** The message, the marker and the form, so that an edited message keeps both. */
function referenceOf(id: string, marker: string, form: MessageForm): MessageReference {
  return form === 'classic' ? `${id}/${marker}/classic` : `${id}/${marker}`;
}

function parseReference(reference: MessageReference): {
  readonly id: string;
  readonly marker: string;
  readonly form: MessageForm;
} {
  const [id = '', marker = '', form] = reference.split('/');
  return { id, marker, form: form === 'classic' ? 'classic' : 'components' };
}

/** True for a message in the classic form that carries this marker. */
function isMarked({ content = '' }: z.infer<typeof found>[number], marker: string): boolean {
  return content.split('\n').at(-1) === contentMark(marker);
}
