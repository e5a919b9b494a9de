/**
 * Knowledge: folders and files of an installation and addresses of the web, kept in step with their source.
 *
 * A document is taken in again when its bytes changed, and removed with everything made from it when it is gone. Who may be
 * told of it follows from the channel that it was added to, as for anything else.
 */
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import type { Dirent } from 'node:fs';
import { basename, join, relative, resolve, sep } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { AppError, describeError } from '../core/errors.ts';
import { groupBy } from '../core/group-by.ts';
import { hashOfBytes, sha256OfParts } from '../core/hash.ts';
import { asPassageId } from '../core/ids.ts';
import type { ChannelId } from '../core/ids.ts';
import { workspaceOf } from '../memory/sight.ts';
import type { Sight } from '../memory/sight.ts';
import { withoutSecrets } from './document-text.ts';
import { DocumentGone, fetchPublic } from './fetch-public.ts';
import type { FetchedDocument } from './fetch-public.ts';
import type { KnownDocument, Passage } from './passage-row.ts';
import { readableEndings } from './parse-document.ts';
import { readDocument } from './read-document.ts';
import { splitPassages } from './split-passages.ts';
import type { PassageStore } from './store.ts';

export interface KnowledgeSource {
  /** A folder, a file, or an address of the web. */
  readonly root: string;
  readonly channel: ChannelId;
  /** An operator vouches for what it says. */
  readonly isTrusted: boolean;
}

export interface SyncProgress {
  readonly done: number;
  readonly of: number;
  readonly source: string;
}

export interface SyncResult {
  readonly added: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly removed: number;
  readonly passages: number;
  /** Files that could not be read, and why. */
  readonly refused: readonly string[];
}

interface TakenIn {
  readonly kind: 'unchanged' | 'added' | 'changed';
  readonly passages: number;
  readonly unread?: string;
}

export interface Knowledge {
  sync(
    sight: Sight,
    source: KnowledgeSource,
    onProgress: (progress: SyncProgress) => void,
  ): Promise<SyncResult>;
  /** What was added before, each source once. */
  listSources(sight: Sight): Promise<readonly KnowledgeSource[]>;
}

const mostBytes = 20 * 1024 * 1024;

export function createKnowledge(options: {
  readonly store: PassageStore;
  readonly clock: Clock;
  /** Takes secrets out of what documents say. */
  redact(text: string): string;
  /** How documents of the web are fetched: from public servers alone, unless a test says otherwise. */
  fetch?(address: string): Promise<FetchedDocument>;
  /** Why documents are not fetched from there, as a clause; absent: from every public server. */
  readonly whyClosed?: ((url: URL) => string | undefined) | undefined;
}): Knowledge {
  const { store, clock, whyClosed } = options;
  const fetch = options.fetch ?? ((address) => fetchPublic(address, { mostBytes, whyClosed }));

  const redact = (text: string): string => options.redact(text);

  async function bytesOf(source: string): Promise<{ readonly name: string; readonly bytes: Buffer }> {
    if (isAddress(source)) {
      const found = await fetch(source);
      return { name: nameOfDocument(found), bytes: found.bytes };
    }
    if (statSync(source).size > mostBytes)
      throw new AppError('document.unreadable', `${source} is larger than 20 MB.`);
    return { name: basename(source), bytes: readFileSync(source) };
  }

  async function takeIn(
    sight: Sight,
    source: KnowledgeSource,
    file: string,
    known: KnownDocument | undefined,
  ): Promise<TakenIn> {
    const { name, bytes } = await bytesOf(file);
    const hash = hashOfBytes(bytes);
    const isSame =
      known?.hash === hash && known.channel === source.channel && known.isTrusted === source.isTrusted;
    if (isSame) return { kind: 'unchanged', passages: 0 };
    const read = withoutSecrets(await readDocument(name, bytes), redact);
    if (read.sections.length === 0)
      throw new AppError('document.unreadable', `${name} holds no text; it may be empty, or a scan.`);
    const place = { workspace: sight.workspace, channel: source.channel, scope: 'workspace' as const };
    const createdAt = clock.now().getTime();
    const passages = splitPassages(read).map((piece, position): Passage => ({
      ...place,
      id: asPassageId(
        `pas_${sha256OfParts([sight.workspace, file, String(position), piece.text]).slice(0, 26)}`,
      ),
      source: file,
      title: read.title,
      heading: piece.heading,
      position,
      text: piece.text,
      around: piece.around,
      link: isAddress(file) ? file : `${nameOf(source.root, file)}#${String(position + 1)}`,
      createdAt,
      ...(!source.isTrusted && { taintedBy: `the document ${read.title}` }),
    }));
    const document = {
      ...place,
      source: file,
      root: source.root,
      title: read.title,
      hash,
      syncedAt: createdAt,
      isTrusted: source.isTrusted,
    };
    await store.saveDocument(sight, document, passages);
    return {
      kind: known === undefined ? 'added' : 'changed',
      passages: passages.length,
      ...(read.unread !== undefined && { unread: `${name}: ${read.unread}` }),
    };
  }

  return {
    async sync(sight, given, onProgress) {
      const source = { ...given, root: isAddress(given.root) ? given.root : resolve(given.root) };
      if (workspaceOf(source.channel) !== sight.workspace)
        throw new AppError('config.invalid', `${source.channel} is no channel of ${sight.workspace}.`);
      const { files: found, refused } = listFiles(source.root);
      const documents = await store.listDocuments(sight);
      const known = new Map(
        documents
          .filter((document) => document.root === source.root)
          .map((document) => [document.source, document]),
      );
      // Else each sync would hand a file over to the other source, and to whoever may be told of that one.
      const others = new Map(
        documents
          .filter((document) => document.root !== source.root)
          .map((document) => [document.source, document.root]),
      );
      const files = found.filter((file) => !others.has(file));
      for (const [root, brought] of groupBy(
        found.flatMap((file) => others.get(file) ?? []),
        (other) => other,
      ))
        refused.push(`what ${root} brought before, and stays as it was added: ${String(brought.length)}`);
      const counts = { added: 0, changed: 0, unchanged: 0 };
      let passages = 0;
      for (const [at, file] of files.entries()) {
        try {
          const taken = await takeIn(sight, source, file, known.get(file));
          counts[taken.kind] += 1;
          passages += taken.passages;
          if (taken.unread !== undefined) refused.push(taken.unread);
        } catch (error) {
          refused.push(describeError(error));
          // What can no longer be read is not told any more either; a server that does not answer may do so again.
          if (known.has(file) && (!isAddress(file) || error instanceof DocumentGone))
            await store.removeDocuments(sight, [file]);
        }
        onProgress({ done: at + 1, of: files.length, source: file });
      }
      const gone = [...known.keys()].filter((file) => !files.includes(file));
      await store.removeDocuments(sight, gone);
      return { ...counts, removed: gone.length, passages, refused };
    },
    async listSources(sight) {
      const sources = new Map<string, KnowledgeSource>();
      for (const { root, channel, isTrusted, said } of await store.listDocuments(sight))
        if (said === undefined) sources.set(root, { root, channel, isTrusted });
      return [...sources.values()];
    },
  };
}

/** Readable files below a folder, or the file itself; nothing hidden, and no link that leads out of the folder. */
function listFiles(root: string): { readonly files: readonly string[]; readonly refused: string[] } {
  if (isAddress(root)) return { files: [root], refused: [] };
  const stat = statSync(root, { throwIfNoEntry: false });
  if (stat === undefined) return { files: [], refused: [] };
  if (stat.isFile()) return { files: isReadable(root) ? [root] : [], refused: [] };
  const top = realpathSync(root);
  const files: string[] = [];
  const refused: string[] = [];
  const visit = (folder: string): void => {
    let entries: readonly Dirent[];
    try {
      entries = readdirSync(folder, { withFileTypes: true });
    } catch (error) {
      refused.push(`${folder} cannot be opened (${describeError(error)})`);
      return;
    }
    for (const entry of entries) {
      if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
      const path = join(folder, entry.name);
      // A linked folder is never followed: what is inside is read where it lies, and a circle would have no end.
      if (entry.isDirectory()) visit(path);
      else if (isReadable(path) && (entry.isFile() || leadsWithin(path, top))) files.push(path);
    }
  };
  visit(root);
  return { files: files.toSorted(), refused };
}

/** A link to a file of the folder; one that leads nowhere is none. */
function leadsWithin(link: string, top: string): boolean {
  try {
    return realpathSync(link).startsWith(top + sep) && statSync(link).isFile();
  } catch {
    return false;
  }
}

export function isAddress(source: string): boolean {
  return /^https?:\/\//iu.test(source);
}

const endings: Readonly<Record<string, string>> = {
  'text/html': 'html',
  'application/xhtml+xml': 'html',
  'text/markdown': 'md',
  'text/csv': 'csv',
  'text/plain': 'txt',
  'application/pdf': 'pdf',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
};

/** What a document of the web would be called as a file: its ending follows from what its server says it is. */
function nameOfDocument({ url, mediaType }: FetchedDocument): string {
  const last = url.pathname.split('/').findLast((part) => part !== '') ?? url.hostname;
  const ending = endings[mediaType];
  if (ending === undefined) return last;
  return `${last.replace(/\.[a-z0-9]{1,5}$/iu, '')}.${ending === 'txt' && isReadable(last) ? last.slice(last.lastIndexOf('.') + 1) : ending}`;
}

function isReadable(path: string): boolean {
  return readableEndings.includes(path.slice(path.lastIndexOf('.') + 1).toLowerCase());
}

function nameOf(root: string, file: string): string {
  return root === file ? basename(file) : `${basename(root)}/${relative(root, file).split(sep).join('/')}`;
}
