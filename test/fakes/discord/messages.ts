/** Creating, changing and reading messages under the platform's rules. */
import { ApiFault } from './api-fault.ts';
import { wordsOf } from './state.ts';
import type { FakeMessage, FakeState, FakeUser } from './state.ts';
import { findMessageFault, pingsOf, v2Flag } from './validate-message.ts';
import type { MessageBody } from './validate-message.ts';

export interface SentBody {
  readonly json: MessageBody;
  readonly files: readonly { readonly filename: string; readonly text: string }[];
}

export interface CreateOptions {
  readonly channel: string;
  readonly author: FakeUser;
  readonly sent: SentBody;
  /** Set for answers to interactions: who alone sees it. */
  readonly onlyFor?: string;
  readonly isInteraction?: boolean;
}

export function createMessages(state: FakeState, base: () => string) {
  const nonces = new Map<string, { readonly at: number; readonly message: FakeMessage }>();

  function create({ channel, author, sent, onlyFor, isInteraction = false }: CreateOptions): FakeMessage {
    const { json, files } = sent;
    if (state.closed.has(channel) && author.id === state.bot.id && !isInteraction)
      throw new ApiFault(403, 50007, 'Cannot send messages to this user');
    const names = files.map((file) => file.filename);
    const fault = findMessageFault(json, { files: names, mayBePrivate: isInteraction });
    if (fault !== undefined) throw new ApiFault(400, 50035, `Invalid Form Body: ${fault}`);
    const isClassicOnly = [channel, state.channels.get(channel)?.parent_id ?? ''].some((id) =>
      state.classicOnly.has(id),
    );
    if (isClassicOnly && ((json.flags ?? 0) & v2Flag) !== 0)
      throw new ApiFault(400, 50035, 'Invalid Form Body', {
        components: {
          0: { type: { _errors: [{ code: 'BASE_TYPE_CHOICES', message: 'Value must be one of {1}.' }] } },
        },
      });
    const key = `${author.id}/${channel}/${String(json.nonce)}`;
    const known = nonces.get(key);
    if (json.enforce_nonce === true && known !== undefined && Date.now() - known.at < state.nonceMs)
      return known.message;
    const place = state.channels.get(channel);
    if (place?.isArchived === true) place.isArchived = false;
    const message: FakeMessage = {
      id: state.newId(),
      channel_id: channel,
      author,
      type: 0,
      mentions: [],
      content: json.content ?? '',
      flags: json.flags ?? 0,
      components: json.components ?? [],
      embeds: json.embeds ?? [],
      attachments: files,
      edits: 0,
      reactions: new Map(),
      ...(onlyFor !== undefined && { onlyFor }),
      ...(typeof json.nonce === 'string' && { nonce: json.nonce }),
    };
    state.messages.set(message.id, message);
    state.written.push(wordsOf(message));
    state.pings.push(
      ...pingsOf(
        isInteraction && json.allowed_mentions === undefined
          ? { ...json, allowed_mentions: { parse: ['users'] } }
          : json,
      ),
    );
    if (json.nonce !== undefined) nonces.set(key, { at: Date.now(), message });
    return message;
  }

  function change(message: FakeMessage, { json, files }: SentBody, isInteraction = false): FakeMessage {
    if (message.author.id !== state.bot.id)
      throw new ApiFault(403, 50005, 'Cannot edit a message of another user');
    if (state.channels.get(message.channel_id)?.isArchived === true)
      throw new ApiFault(400, 50083, 'Thread is archived');
    const kept = json.attachments === undefined ? message.attachments.map((file) => file.filename) : [];
    const names = [...kept, ...files.map((file) => file.filename)];
    const merged: MessageBody = {
      content: json.content ?? message.content,
      flags: json.flags ?? message.flags,
      components: json.components ?? message.components,
      embeds: json.embeds ?? [],
      ...(json.allowed_mentions !== undefined && { allowed_mentions: json.allowed_mentions }),
    };
    const wasV2 = (message.flags & v2Flag) !== 0;
    const fault = findMessageFault(merged, {
      files: names,
      mayBePrivate: isInteraction || message.onlyFor !== undefined,
      wasV2,
    });
    if (fault !== undefined) throw new ApiFault(400, 50035, `Invalid Form Body: ${fault}`);
    message.content = merged.content ?? '';
    message.flags = (merged.flags ?? 0) | (wasV2 ? v2Flag : 0);
    message.components = merged.components ?? [];
    message.attachments = json.attachments === undefined ? [...message.attachments, ...files] : files;
    message.edits += 1;
    state.written.push(wordsOf(message));
    message.editedAt = new Date().toISOString();
    state.pings.push(...pingsOf(merged));
    return message;
  }

  /** As the platform gives it back: without the nonce, which only the creator's answer carries. */
  function shape(message: FakeMessage, isCreated = false): object {
    const { edits: _edits, editedAt, attachments, onlyFor: _onlyFor, nonce, reactions, ...rest } = message;
    const thread = message.id === message.channel_id ? undefined : state.channels.get(message.id);
    const inThread = thread === undefined ? [] : state.messagesIn(thread.id);
    return {
      ...rest,
      ...(reactions.size > 0 && {
        reactions: [...reactions].map(([name, by]) => ({
          ...{ count: by.length, me: false, emoji: { id: null, name } },
        })),
      }),
      ...(thread !== undefined && {
        thread: { ...thread, message_count: inThread.length, last_message_id: inThread.at(-1)?.id ?? null },
      }),
      timestamp: new Date().toISOString(),
      edited_timestamp: editedAt ?? null,
      tts: false,
      mention_everyone: false,
      mention_roles: [],
      pinned: false,
      attachments: attachments.map(({ filename, text, content }, index) => ({
        id: String(index + 1),
        filename,
        size: (content ?? Buffer.from(text)).length,
        url: `${base()}/attachments/${message.channel_id}/${message.id}/${String(index + 1)}/${encodeURIComponent(filename)}`,
      })),
      ...(isCreated && nonce !== undefined && { nonce }),
    };
  }

  return { create, change, shape };
}

export type FakeMessages = ReturnType<typeof createMessages>;
