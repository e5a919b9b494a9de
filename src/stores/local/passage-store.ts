/** Documents and their passages on SQLite. */
import type { KnownDocument, Passage } from '../../context/passage-row.ts';
import type { PassageStore, ReadingPlace } from '../../context/store.ts';
import { mayUse } from '../../memory/sight.ts';
import type { Sight } from '../../memory/sight.ts';
import type { Ranked } from '../../memory/store.ts';
import { passageRow } from '../sighted-row.ts';
import { isRow } from './database.ts';
import type { LocalDatabase } from './database.ts';
import { createSightedRows } from './sighted-rows.ts';

/** More than any document has. */
const allOfThem = 1_000_000;

export function createLocalPassageStore(database: LocalDatabase): PassageStore {
  const rows = createSightedRows(database, 'passage');
  const saveRow = database.prepare(
    `INSERT INTO documents (workspace, source, content) VALUES (?,?,?)
     ON CONFLICT (workspace, source) DO UPDATE SET content = excluded.content`,
  );
  const removeRow = database.prepare('DELETE FROM documents WHERE workspace = ? AND source = ?');
  const listRows = database.prepare('SELECT content FROM documents WHERE workspace = ? ORDER BY source');
  // «$» follows «#»: everything that begins with the source and «#».
  const listParts = database.prepare(
    `SELECT content FROM documents WHERE workspace = ?1 AND (source = ?2 OR (source > ?2 || '#' AND source < ?2 || '$'))
     ORDER BY source`,
  );

  const savePlace = database.prepare(
    `INSERT INTO readings (workspace, channel, row) VALUES (?,?,?)
     ON CONFLICT (workspace, channel) DO UPDATE SET row = excluded.row`,
  );
  const removePlace = database.prepare('DELETE FROM readings WHERE workspace = ? AND channel = ?');
  const findPlace = database.prepare('SELECT row FROM readings WHERE workspace = ? AND channel = ?');

  /** Answers how many. */
  function removePassages(sight: Sight, source: string): number {
    // Every row of this sort was inserted by `saveDocument` below.
    const found = rows.find(
      sight,
      { sql: 'r.family = ?', values: [source] },
      'r.number',
      allOfThem,
    ) as readonly Passage[];
    rows.removeIds(
      sight,
      found.map((passage) => passage.id),
    );
    return found.length;
  }

  return {
    async saveDocument(sight, document, passages) {
      const before = await database.write(() => {
        const removed = removePassages(sight, document.source);
        saveRow.run(sight.workspace, document.source, JSON.stringify(document));
        for (const passage of passages) rows.insert(passageRow(passage));
        return removed;
      });
      if (before > 0) database.emptyLogSoon();
    },
    async removeDocuments(sight, sources) {
      await database.write(() => {
        for (const source of sources) {
          removePassages(sight, source);
          removeRow.run(sight.workspace, source);
        }
      });
      if (sources.length > 0) database.emptyLogSoon();
    },
    listDocuments: (sight, ofMessage) =>
      Promise.resolve(
        (ofMessage === undefined ? listRows.all(sight.workspace) : listParts.all(sight.workspace, ofMessage))
          // The column holds what `saveDocument` wrote.
          .map((row) => JSON.parse(isRow(row) ? String(row['content']) : '') as KnownDocument)
          .filter(
            (document) =>
              sight.kind === 'operator' ||
              document.channel === sight.channel ||
              sight.open.includes(document.channel),
          ),
      ),
    search(sight, query) {
      const now = Number.MAX_SAFE_INTEGER - 1;
      // Likewise a row of this sort.
      return rows.search(sight, query, now) as Promise<Ranked<Passage>>;
    },
    read(sight, ids) {
      // Likewise.
      const found = rows.findIds(sight, ids) as readonly Passage[];
      const byId = new Map(found.map((passage) => [passage.id, passage]));
      return Promise.resolve(ids.flatMap((id) => byId.get(id) ?? []));
    },
    saveVectors: (sight, model, vectors) =>
      database.write(() => {
        for (const { id, values } of vectors) rows.saveVector(sight, id, model, values);
      }),
    saveReadingPlace: (sight, channel, place) =>
      database.write(() => {
        if (place === undefined) removePlace.run(sight.workspace, channel);
        else savePlace.run(sight.workspace, channel, JSON.stringify(place));
      }),
    findReadingPlace(sight, channel) {
      const row = findPlace.get(sight.workspace, channel);
      const isSeen = mayUse(sight, { workspace: sight.workspace, channel, scope: 'workspace' });
      // The column holds what `saveReadingPlace` wrote.
      return Promise.resolve(
        isRow(row) && isSeen ? (JSON.parse(String(row['row'])) as ReadingPlace) : undefined,
      );
    },
    listWithoutVector: (sight, kind, limit, without = []) =>
      // Likewise.
      Promise.resolve(rows.listWithoutVector(sight, kind, limit, without) as Passage[]),
  };
}
