/**
 * Documents and their passages on MongoDB.
 *
 * A document names the version of its passages that stands. A new one is kept beside the old one and then put in its
 * place by one write; passages of other versions are never shown, and swept.
 */
import { newNonce } from '../../core/ids.ts';
import type { KnownDocument, Passage } from '../../context/passage-row.ts';
import type { PassageStore, ReadingPlace } from '../../context/store.ts';
import { mayUse } from '../../memory/sight.ts';
import type { Ranked } from '../../memory/store.ts';
import { passageRow } from '../sighted-row.ts';
import { ask, upsert } from './database.ts';
import type { MongoDatabase } from './database.ts';
import type { DocumentDocument } from './documents.ts';
import type { SearchIndexes } from './search-indexes.ts';
import { createSightedRows } from './sighted-rows.ts';
import type { Versioned } from './sighted-rows.ts';

export interface MongoPassageStore extends PassageStore {
  /** Removes passages whose process died before it had put them in place, or after it had replaced them. */
  sweepPassages(): Promise<void>;
}

/** Longer than anybody takes to save one document. */
const leftAloneMs = 10 * 60_000;

export function createMongoPassageStore(database: MongoDatabase, search: SearchIndexes): MongoPassageStore {
  const { documents, readings, sighted } = database;
  const rows = createSightedRows({ database, search, sort: 'passage', findStanding });
  const keyOf = (workspace: string, source: string): string => JSON.stringify([workspace, source]);

  async function findStanding(found: readonly Versioned[]): Promise<(row: Versioned) => boolean> {
    const standing = new Set<string>();
    const families = [...new Set(found.map(({ family }) => family))];
    for (let from = 0; from < families.length; from += 1_000) {
      const some = await documents
        .find({ source: { $in: families.slice(from, from + 1_000) } })
        .project<Pick<DocumentDocument, 'version'>>({ _id: 0, version: 1 })
        .toArray();
      for (const { version } of some) standing.add(version);
    }
    return ({ version }) => version !== undefined && standing.has(version);
  }

  async function removePassages(workspace: string, source: string, filter: object): Promise<void> {
    await sighted.deleteMany({ workspace, sort: 'passage', family: source, ...filter });
  }

  return {
    saveDocument: (sight, document, passages) =>
      ask(async () => {
        const { workspace } = sight;
        const { source, channel } = document;
        const _id = keyOf(workspace, source);
        const version = newNonce();
        const unclean = { uncleanSince: database.now() };
        await upsert(() =>
          documents.updateOne(
            { _id },
            { $set: unclean, $setOnInsert: { workspace, source, channel, version: '', content: null } },
            { upsert: true },
          ),
        );
        await rows.insert(passages.map((passage) => ({ ...passageRow(passage), version })));
        const before = await upsert(() =>
          documents.findOneAndUpdate(
            { _id },
            {
              $set: { ...unclean, channel, version, content: JSON.stringify(document) },
              $setOnInsert: { workspace, source },
            },
            { upsert: true, returnDocument: 'before' },
          ),
        );
        if (before !== null) await removePassages(workspace, source, { version: before.version });
        await documents.updateOne({ _id, version }, { $unset: { uncleanSince: 1 } });
      }),
    removeDocuments: (sight, sources) =>
      ask(async () => {
        const { workspace } = sight;
        for (const source of sources) {
          const _id = keyOf(workspace, source);
          await documents.updateOne(
            { _id },
            { $set: { version: '', content: null, uncleanSince: database.now() } },
          );
          await removePassages(workspace, source, {});
          await documents.deleteOne({ _id, version: '' });
        }
      }),
    listDocuments: (sight, ofMessage) =>
      ask(async () => {
        const found = await documents
          .find({
            workspace: sight.workspace,
            // «$» follows «#»: everything that begins with the source and «#».
            ...(ofMessage !== undefined && {
              $or: [{ source: ofMessage }, { source: { $gt: `${ofMessage}#`, $lt: `${ofMessage}$` } }],
            }),
            ...(sight.kind === 'audience' && { channel: { $in: [sight.channel, ...sight.open] } }),
          })
          .sort({ workspace: 1, source: 1 })
          .toArray();
        // The field holds what `saveDocument` wrote.
        return found.flatMap(({ content }) =>
          content === null ? [] : (JSON.parse(content) as KnownDocument),
        );
      }),
    search: (sight, query) =>
      ask(async () => {
        const now = Number.MAX_SAFE_INTEGER - 1;
        // Every row of this sort was kept by `saveDocument` above.
        return (await rows.search(sight, query, now)) as Ranked<Passage>;
      }),
    read: (sight, ids) =>
      ask(async () => {
        // Likewise. While a document is replaced a passage may be there twice.
        const found = (await rows.find(sight, { id: { $in: [...ids] } }, 1, 2 * ids.length)) as Passage[];
        const byId = new Map(found.map((passage) => [passage.id, passage]));
        return ids.flatMap((id) => byId.get(id) ?? []);
      }),
    saveVectors: (sight, model, vectors) =>
      ask(async () => {
        for (const { id, values } of vectors) await rows.saveVector(sight, id, model, values);
      }),
    saveReadingPlace: (sight, channel, place) =>
      ask(async () => {
        const _id = keyOf(sight.workspace, channel);
        if (place === undefined) await readings.deleteOne({ _id });
        else
          await upsert(() =>
            readings.updateOne({ _id }, { $set: { row: JSON.stringify(place) } }, { upsert: true }),
          );
      }),
    findReadingPlace: (sight, channel) =>
      ask(async () => {
        const { workspace } = sight;
        if (!mayUse(sight, { workspace, channel, scope: 'workspace' })) return undefined;
        const found = await readings.findOne({ _id: keyOf(workspace, channel) });
        // The field holds what `saveReadingPlace` wrote.
        return found === null ? undefined : (JSON.parse(found.row) as ReadingPlace);
      }),
    listWithoutVector: (sight, kind, limit, without = []) =>
      // Likewise.
      ask(async () => (await rows.listWithoutVector(sight, kind, limit, without)) as readonly Passage[]),
    sweepPassages: () =>
      ask(async () => {
        const unclean = await documents
          .find({ uncleanSince: { $lt: database.now() - leftAloneMs } })
          .sort({ uncleanSince: 1 })
          .limit(100)
          .toArray();
        for (const { _id, workspace, source, version, uncleanSince } of unclean) {
          if (uncleanSince === undefined) continue;
          await removePassages(workspace, source, { version: { $ne: version } });
          if (version === '') await documents.deleteOne({ _id, version: '', uncleanSince });
          else await documents.updateOne({ _id, version, uncleanSince }, { $unset: { uncleanSince: 1 } });
        }
      }),
  };
}
