/**
 * Files that people attach: named in the message, fetched later with the bot's own right, from Slack's hosts alone.
 */
import { z } from 'zod';
import { tooLarge } from '../../src/core/attached-file.ts';
import type { AttachedFile } from '../../src/core/attached-file.ts';
import { AppError } from '../../src/core/errors.ts';
import type { SlackApi } from './api.ts';
import { isRefusal } from './refusals.ts';
import type { SlackMessage } from './payloads.ts';

export interface Files {
  /** Throws like `ChatAdapter.readFile`. */
  read(reference: string, mostBytes: number): Promise<Buffer>;
}

const info = z.object({
  file: z.object({
    url_private_download: z.url().optional(),
    url_private: z.url().optional(),
    is_external: z.boolean().optional(),
  }),
});
const missingScope =
  'the app may not read files here; an operator adds the scope files:read and installs it again';

/** The workspace that a file is of; undefined for a reference of a bot that knew one workspace only. */
export function teamOfFile(reference: string): string | undefined {
  return reference.includes('/') ? reference.split('/')[0] : undefined;
}

export function createFiles(api: SlackApi, team: string): Files {
  return {
    async read(reference, mostBytes) {
      const { file } = await findFile(
        reference.startsWith(`${team}/`) ? reference.slice(team.length + 1) : reference,
      );
      const address = file.url_private_download ?? file.url_private;
      if (file.is_external === true || address === undefined)
        throw new AppError('document.unreadable', 'it is kept outside of Slack; attach it as a file');
      const bytes = await api.download(address, mostBytes);
      if (bytes === 'refused') throw new AppError('document.unreadable', missingScope);
      if (bytes === 'foreign') throw new AppError('document.unreadable', 'it is not kept by Slack');
      if (bytes === 'too-large') throw new AppError('document.unreadable', tooLarge);
      return bytes;
    },
  };

  async function findFile(reference: string): Promise<z.infer<typeof info>> {
    try {
      return info.parse(await api.call('files.info', { file: reference }));
    } catch (error) {
      if (isRefusal(error, 'missing_scope')) throw new AppError('document.unreadable', missingScope);
      if (isRefusal(error, 'file_not_found', 'file_deleted', 'not_visible'))
        throw new AppError('document.unreadable', 'it is not there any more');
      throw error;
    }
  }
}

/** What a message names as its files; those that Slack hides or has removed are none. */
export function filesOf({ files }: Pick<SlackMessage, 'files'>, team: string): readonly AttachedFile[] {
  return files
    .filter(({ mode }) => mode !== 'tombstone' && mode !== 'hidden_by_limit')
    .map(({ id, name, title, mimetype, size }) => ({
      reference: `${team}/${id}`,
      name: name ?? title ?? 'a file',
      ...(typeof mimetype === 'string' && mimetype !== '' && { mediaType: mimetype }),
      size: size ?? 0,
    }));
}
