/** The platform's rules for messages, and whom each of them would notify. */
import { findComponentFault } from './validate-components.ts';
import type { Part } from './state.ts';
import { wordsOf } from './state.ts';

export interface MessageBody {
  readonly content?: string;
  readonly flags?: number;
  readonly components?: readonly Part[];
  readonly embeds?: readonly unknown[];
  readonly nonce?: string | number;
  readonly enforce_nonce?: boolean;
  readonly allowed_mentions?: {
    readonly parse?: readonly string[];
    readonly users?: readonly string[];
    readonly roles?: readonly string[];
  };
  readonly attachments?: readonly {
    readonly id: number | string;
    readonly filename?: string;
    readonly description?: string;
  }[];
}

export const v2Flag = 1 << 15;
export const suppressFlag = 1 << 2;
export const ephemeralFlag = 1 << 6;
const settable = v2Flag | suppressFlag | (1 << 12);

export function findMessageFault(
  body: MessageBody,
  options: { readonly files: readonly string[]; readonly mayBePrivate: boolean; readonly wasV2?: boolean },
): string | undefined {
  const { content = '', flags = 0, components = [], embeds = [], nonce } = body;
  const isV2 = (flags & v2Flag) !== 0 || options.wasV2 === true;
  const allowed = options.mayBePrivate ? settable | ephemeralFlag : settable;
  if ((flags & ~allowed) !== 0) return `flags: ${String(flags)}`;
  if (content.length > 2_000) return `content: ${String(content.length)} characters, at most 2000`;
  if (embeds.length > 10) return 'embeds: at most 10';
  // They would be taken, and nobody would ever see them.
  if (embeds.length > 0 && (flags & suppressFlag) !== 0) return 'embeds in a message that suppresses them';
  if (isV2 && (content !== '' || embeds.length > 0))
    return 'content and embeds are refused with components v2';
  if (content === '' && components.length === 0 && embeds.length === 0 && options.files.length === 0)
    return 'cannot send an empty message';
  if (nonce !== undefined && (typeof nonce !== 'string' || nonce.length > 25)) return 'nonce: at most 25';
  const fault = findMentionFault(body) ?? findFileFault(body, options.files, isV2);
  return fault ?? findComponentFault(components, isV2, options.files);
}

function findFileFault(
  { attachments = [], components = [] }: MessageBody,
  files: readonly string[],
  isV2: boolean,
): string | undefined {
  if (files.length > 10) return 'files: at most 10';
  if (attachments.some(({ id }) => Number(id) < 0 || Number(id) >= files.length))
    return 'attachments: an id without a file';
  if (attachments.some(({ description = '' }) => description.length > 1_024))
    return 'attachments: description';
  // They would be taken, and nobody would ever see them.
  const words = JSON.stringify(components);
  return isV2 && files.some((name) => !words.includes(`attachment://${name}"`))
    ? 'files that no component shows'
    : undefined;
}

function findMentionFault({ allowed_mentions: allowed }: MessageBody): string | undefined {
  if (allowed === undefined) return undefined;
  const { parse = [], users = [], roles = [] } = allowed;
  if (parse.some((sort) => !['users', 'roles', 'everyone'].includes(sort))) return 'allowed_mentions: parse';
  if (parse.includes('users') && users.length > 0) return 'allowed_mentions: users twice';
  if (users.length > 100 || roles.length > 100) return 'allowed_mentions: at most 100';
  return [...users, ...roles].every((id) => /^\d+$/u.test(id)) ? undefined : 'allowed_mentions: ids';
}

/** Whom this text would notify: without `allowed_mentions` everybody it names. */
export function pingsOf(body: MessageBody): readonly string[] {
  const text = wordsOf({ content: body.content ?? '', components: body.components ?? [] });
  const {
    parse = [],
    users = [],
    roles = [],
  } = body.allowed_mentions ?? ({ parse: ['users', 'roles', 'everyone'] } as const);
  const pings: string[] = [];
  if (parse.includes('everyone') && /@(?:everyone|here)/u.test(text)) pings.push('everyone');
  for (const [, id = ''] of text.matchAll(/<@!?(\d+)>/gu))
    if (parse.includes('users') || users.includes(id)) pings.push(id);
  for (const [, id = ''] of text.matchAll(/<@&(\d+)>/gu))
    if (parse.includes('roles') || roles.includes(id)) pings.push(`role:${id}`);
  return pings;
}

/** Links that the platform would unfold into previews. */
export function unfurlsOf(message: {
  readonly content: string;
  readonly flags: number;
  readonly embeds: readonly unknown[];
}): readonly string[] {
  if ((message.flags & suppressFlag) !== 0) return [];
  return [
    ...message.embeds.map(() => 'embed'),
    ...[...message.content.matchAll(/(?<!<)https?:\/\/\S+/gu)].map(([url]) => url),
  ];
}
