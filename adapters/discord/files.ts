/**
 * Files that people attach: named in the message, fetched later from Discord's own hosts alone.
 *
 * Their addresses are signed and end after a day, so the message is asked for a fresh one each time. A message that was
 * chosen in its menu is hidden from the bot afterwards; there the address that came with it is what there is.
 */
import { z } from 'zod';
import { tooLarge } from '../../src/core/attached-file.ts';
import type { AttachedFile } from '../../src/core/attached-file.ts';
import { AppError, describeError } from '../../src/core/errors.ts';
import { readCapped } from '../../src/core/read-capped.ts';
import type { Chosen } from './chosen.ts';
import type { DiscordAttachment, DiscordMessage } from './payloads.ts';
import type { DiscordRest } from './rest.ts';
import { isRefusal, refusals } from './rest.ts';

export interface Files {
  /** Throws like `ChatAdapter.readFile`. */
  read(reference: string, mostBytes: number): Promise<Buffer>;
}

const holder = z.object({ attachments: z.array(z.object({ id: z.string(), url: z.url() })).default([]) });
const hosts = new Set(['cdn.discordapp.com', 'media.discordapp.net']);
const timeoutMs = 30_000;

export function createFiles(rest: DiscordRest, chosen: Chosen, apiUrl: string | undefined): Files {
  const ownOrigin = apiUrl === undefined ? undefined : new URL(apiUrl).origin;

  async function addressOf(reference: string): Promise<URL> {
    const [place = '', named] = reference.split(' ');
    const [channel = '', message = '', id = ''] = place.split('/');
    const given = named ?? chosen.find(message)?.attachments.find((entry) => entry.id === id)?.url;
    try {
      const found = holder.parse(await rest.send('GET', `/channels/${channel}/messages/${message}`));
      const url = found.attachments.find((entry) => entry.id === id)?.url;
      if (url !== undefined) return new URL(url);
      if (given !== undefined && found.attachments.length === 0) return new URL(given);
    } catch (error) {
      const isHidden = isRefusal(error, refusals.missingAccess, refusals.missingPermissions);
      if (isHidden && given !== undefined) return new URL(given);
      if (isHidden)
        throw new AppError(
          'document.unreadable',
          'the bot may not read messages there; an operator gives it «Read Message History»',
        );
      if (!isRefusal(error, refusals.unknownMessage, refusals.unknownChannel)) throw error;
    }
    throw new AppError('document.unreadable', 'it is not there any more');
  }

  return {
    async read(reference, mostBytes) {
      const url = await addressOf(reference);
      const isOwn = (url.protocol === 'https:' && hosts.has(url.hostname)) || url.origin === ownOrigin;
      if (!isOwn) throw new AppError('document.unreadable', 'it is not kept by Discord');
      let answer: Response;
      let bytes: Buffer | undefined;
      try {
        answer = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(timeoutMs) });
        bytes = answer.ok ? await readCapped(answer, mostBytes) : undefined;
      } catch (error) {
        throw new AppError('chat.unavailable', `Discord did not hand out a file: ${describeError(error)}`);
      }
      if (answer.status >= 500 || answer.status === 429)
        throw new AppError('chat.unavailable', `Discord answered a file with HTTP ${String(answer.status)}.`);
      if (!answer.ok) throw new AppError('document.unreadable', 'it is not there any more');
      if (bytes === undefined) throw new AppError('document.unreadable', tooLarge);
      return bytes;
    },
  };
}

/** What a message names as its files. */
export function filesOf({ channel_id: channel, id, attachments }: DiscordMessage): readonly AttachedFile[] {
  return attachments.map((file) => attachedFile(file, `${channel}/${id}/${file.id}`));
}

/** The files of a message that somebody chose in its menu, with the addresses that came with it. */
export function filesOfChosen(
  attachments: readonly DiscordAttachment[],
  channel: string,
  message: string,
): readonly AttachedFile[] {
  return attachments.map((file) => {
    const reference = `${channel}/${message}/${file.id}`;
    const isAddress = file.url !== undefined && URL.canParse(file.url) && !/\s/u.test(file.url);
    return attachedFile(file, isAddress ? `${reference} ${file.url ?? ''}` : reference);
  });
}

function attachedFile(file: DiscordAttachment, reference: string): AttachedFile {
  return {
    reference,
    name: file.filename,
    ...(typeof file.content_type === 'string' && { mediaType: file.content_type }),
    size: file.size,
  };
}
