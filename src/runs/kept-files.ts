/**
 * Files that people attach at the console: there is no platform that keeps them, so the ledger does.
 *
 * Each file is one stream of one commit, named after the day and a random nonce, its name and bytes erasable like every
 * text. It is durable before the person hears that it is attached, and only its owner can send it with a message.
 */
import type { AttachedFile } from '../core/attached-file.ts';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { newNonce } from '../core/ids.ts';
import type { ActorId } from '../core/ids.ts';
import type { Commit } from '../ledger/commit.ts';
import { noPrev } from '../ledger/commit.ts';
import { textOf } from '../ledger/fold.ts';
import { sealCommit } from '../ledger/seal-commit.ts';
import type { LedgerStore } from '../ledger/store.ts';

export interface KeptFiles {
  /** Durable when it resolves. */
  keep(
    by: ActorId,
    file: { readonly name: string; readonly mediaType: string; readonly bytes: Buffer },
  ): Promise<AttachedFile>;
  /** What a message says of it; undefined for what this person did not attach, and for what is erased. */
  find(by: ActorId, reference: string): Promise<AttachedFile | undefined>;
  /** Throws AppError `document.unreadable` once it is erased. */
  read(reference: string): Promise<Buffer>;
}

/** All such streams. */
export const keptFilesPrefix = 'files/';
const kind = 'file.kept';

export function isKept(reference: string): boolean {
  return reference.startsWith(keptFilesPrefix);
}

/** The day on which the file of a stream was attached, as `2026-11-28`. */
export function dayOfKept(stream: string): string {
  return stream.slice(keptFilesPrefix.length).split('/')[0] ?? '';
}

export function createKeptFiles(options: {
  readonly ledger: Pick<LedgerStore, 'append' | 'read'>;
  readonly clock: Clock;
  /** Takes secrets out of names. */
  readonly redact: (text: string) => string;
}): KeptFiles {
  const { ledger, clock, redact } = options;

  async function read(reference: string): Promise<Kept | undefined> {
    const [first] = isKept(reference) ? await ledger.read(reference) : [];
    return first === undefined ? undefined : keptIn(first);
  }

  return {
    async keep(by, { name, mediaType, bytes }) {
      const day = clock.now().toISOString().slice(0, 10);
      const stream = `${keptFilesPrefix}${day}/${newNonce()}`;
      const told = redact(name);
      const draft = {
        ...{ kind, v: 1, data: { by, mediaType, size: bytes.length } },
        texts: { name: told, content: bytes.toString('base64') },
      };
      const result = await ledger.append(sealCommit({ stream, seq: 0, by, prev: noPrev }, [draft]), []);
      // The nonce is new, so nobody else's commit can stand there.
      if (result.kind !== 'landed') throw new AppError('store.corrupt', `${stream} was there already.`);
      return { reference: stream, name: told, mediaType, size: bytes.length };
    },
    async find(by, reference) {
      const kept = await read(reference);
      if (kept?.by !== by || kept.content === undefined) return undefined;
      const { name = 'a file', mediaType, size } = kept;
      return { reference, name, mediaType, size };
    },
    async read(reference) {
      const content = (await read(reference))?.content;
      if (content === undefined) throw new AppError('document.unreadable', 'it is not there any more');
      return Buffer.from(content, 'base64');
    },
  };
}

interface Kept {
  readonly by: string;
  readonly mediaType: string;
  readonly size: number;
  readonly name?: string | undefined;
  readonly content?: string | undefined;
}

/** Throws `ledger.unknown-event` for what a newer version wrote. */
function keptIn({ stream, events, bodies }: Commit): Kept {
  const [event] = events;
  const { by, mediaType, size } = event?.data ?? {};
  if (
    event?.kind !== kind ||
    event.v !== 1 ||
    typeof by !== 'string' ||
    typeof mediaType !== 'string' ||
    typeof size !== 'number'
  )
    throw new AppError('ledger.unknown-event', `${stream} does not begin with ${kind} v1.`);
  const name = textOf(event.data, bodies, 'name');
  return { by, mediaType, size, name, content: textOf(event.data, bodies, 'content') };
}
