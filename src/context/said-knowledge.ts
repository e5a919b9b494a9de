/**
 * Knowledge made of messages and of the files that came with them.
 *
 * A message is a document of its own, for the readers of its channel. It follows what becomes of the message there: an
 * edit takes it in anew, and when the message is gone it goes, with its files and everything made from them. For that reason
 * no row holds words of the messages beside it.
 */
import type { Clock } from '../core/clock.ts';
import { hashOfBytes, sha256OfParts } from '../core/hash.ts';
import { asPassageId } from '../core/ids.ts';
import type { SaidMessage } from '../core/said-message.ts';
import type { Sight } from '../memory/sight.ts';
import { withoutSecrets } from './document-text.ts';
import type { ReadDocument } from './document-text.ts';
import type { KnownDocument, Passage } from './passage-row.ts';
import { readDocument } from './read-document.ts';
import { splitPassages } from './split-passages.ts';
import type { PassageStore } from './store.ts';

export interface SaidSource {
  /** What was asked for: the message, its thread, or its channel. */
  readonly root: string;
  readonly isTrusted: boolean;
  /** Messages with fewer characters mean nothing alone. */
  readonly fewestCharacters: number;
}

export interface SaidKnowledge {
  /** Answers how many passages were made; `unchanged` when it stands so already. */
  keep(sight: Sight, message: SaidMessage, source: SaidSource): Promise<number | 'unchanged'>;
  /** Throws `document.unreadable`. */
  keepFile(
    sight: Sight,
    message: SaidMessage,
    source: SaidSource,
    file: { readonly reference: string; readonly name: string; readonly bytes: Buffer },
  ): Promise<number>;
  /** The message and its files; answers how many documents went. */
  remove(sight: Sight, source: string): Promise<number>;
}

export function createSaidKnowledge(options: {
  readonly store: PassageStore;
  readonly clock: Clock;
  /** Takes secrets out of what people wrote, before anything is kept. */
  redact(text: string): string;
}): SaidKnowledge {
  const { store, clock, redact } = options;

  async function save(
    sight: Sight,
    message: SaidMessage,
    { root, isTrusted }: SaidSource,
    taken: {
      readonly source: string;
      readonly hash: string;
      readonly read: ReadDocument;
    },
  ): Promise<number> {
    const { channel, by, link, thread, account, replies } = message;
    const place = { workspace: sight.workspace, channel, scope: 'workspace' as const };
    const createdAt = clock.now().getTime();
    const { title } = taken.read;
    const passages = splitPassages(taken.read).map((piece, position): Passage => ({
      ...place,
      id: asPassageId(
        `pas_${sha256OfParts([sight.workspace, taken.source, String(position), piece.text]).slice(0, 26)}`,
      ),
      source: taken.source,
      title,
      heading: piece.heading,
      position,
      text: piece.text,
      around: piece.around,
      link,
      createdAt,
      ...(!isTrusted && { taintedBy: title === titleOf(message) ? title : `${title}, attached by ${by}` }),
    }));
    const document: KnownDocument = {
      ...place,
      source: taken.source,
      root,
      title,
      hash: taken.hash,
      syncedAt: createdAt,
      isTrusted,
      said: { thread, account, link, replies },
    };
    await store.saveDocument(sight, document, passages);
    return passages.length;
  }

  return {
    async keep(sight, message, source) {
      const text = redact(message.text);
      const hash = sha256OfParts([message.by, text, String(source.isTrusted)]);
      const [known] = await store.listDocuments(sight, message.source);
      const isSame = known?.source === message.source && known.hash === hash && known.root === source.root;
      if (isSame && known.said?.replies === message.replies) return 'unchanged';
      const blocks = text
        .split(/\n\s*\n/u)
        .map((block) => block.trim())
        .filter((block) => block !== '');
      const isMeant = text.trim().length >= source.fewestCharacters && blocks.length > 0;
      const read = {
        title: titleOf(message),
        sections: isMeant ? [{ headings: [dayOf(message)], blocks }] : [],
      };
      return save(sight, message, source, { source: message.source, hash, read });
    },
    async keepFile(sight, message, source, { reference, name, bytes }) {
      const read = withoutSecrets(await readDocument(name, bytes), redact);
      return save(sight, message, source, {
        source: `${message.source}#${reference}`,
        hash: hashOfBytes(bytes),
        read,
      });
    },
    async remove(sight, source) {
      const known = await store.listDocuments(sight, source);
      const sources = known.filter(({ said }) => said !== undefined).map((document) => document.source);
      if (sources.length > 0) await store.removeDocuments(sight, sources);
      return sources.length;
    },
  };
}

function titleOf({ by }: SaidMessage): string {
  return `message by ${by}`;
}

function dayOf({ at }: SaidMessage): string {
  return new Date(at).toISOString().slice(0, 10);
}
