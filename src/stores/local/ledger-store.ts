/** The ledger on SQLite: one row a commit, unique by (stream, seq). */

import type { Body, Commit, CommitDraft, LedgerEvent } from '../../ledger/commit.ts';
import type { AppendResult, ChangedHead, LedgerStore, RowWrite } from '../../ledger/store.ts';
import { isRow } from './database.ts';
import type { LocalDatabase } from './database.ts';
import { createRowWriter } from './rows.ts';

/** As many as the library fetches in one go. A commit may weigh some MB. */
const commitsAtOnce = 100;
/** Behind every name of a stream. */
const lastName = '\u{10ffff}';

export interface LocalLedgerStore extends LedgerStore {
  /** Inserts inside a transaction that is already open. False when somebody else's commit stands there. */
  insert(draft: CommitDraft, rows: readonly RowWrite[], now: number): boolean;
}

export function createLocalLedgerStore(database: LocalDatabase): LocalLedgerStore {
  const writeRow = createRowWriter(database);
  const insertCommit = database.prepare(
    'INSERT INTO commits (stream, seq, actor, writer, events, prev, hash, landed_at, bodies, pending) VALUES (?,?,?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING',
  );
  const readStream = database.prepare('SELECT * FROM commits WHERE stream = ? AND seq >= ? ORDER BY seq');
  const readOn = database.prepare(
    'SELECT stream, seq, actor, writer, events, prev, hash, landed_at, bodies, pending FROM commits WHERE (stream, seq) > (?, ?) AND stream < ? ORDER BY stream, seq LIMIT ?',
  );
  const readLast = database.prepare('SELECT * FROM commits WHERE stream = ? ORDER BY seq DESC LIMIT 1');
  const lastRow = database.prepare('SELECT coalesce(max(rowid), 0) AS row FROM commits');
  const landedSince = database.prepare(
    'SELECT rowid AS place, stream, seq, hash, landed_at FROM commits WHERE rowid > ? AND stream <> ? ORDER BY rowid LIMIT ?',
  );
  const streamsAfter = database.prepare(
    'SELECT DISTINCT stream FROM commits WHERE stream > ? AND stream >= ? AND stream < ? ORDER BY stream LIMIT ?',
  );
  const pendingBefore = database.prepare(
    'SELECT * FROM commits WHERE pending = 1 AND landed_at < ? ORDER BY landed_at LIMIT ?',
  );
  const clear = database.prepare('UPDATE commits SET pending = 0 WHERE stream = ? AND seq = ?');
  const readBodies = database.prepare('SELECT bodies FROM commits WHERE stream = ? AND seq = ?');
  const saveBodies = database.prepare('UPDATE commits SET bodies = ? WHERE stream = ? AND seq = ?');

  function insert(draft: CommitDraft, rows: readonly RowWrite[], now: number): boolean {
    const { changes } = insertCommit.run(
      draft.stream,
      draft.seq,
      draft.by,
      draft.writer,
      JSON.stringify(draft.events),
      draft.prev,
      draft.hash,
      now,
      JSON.stringify(draft.bodies),
      draft.pending ? 1 : 0,
    );
    if (changes === 0) return false;
    for (const row of rows) writeRow(row, now);
    return true;
  }

  return {
    insert,
    append(draft, rows): Promise<AppendResult> {
      return database.write((now) =>
        insert(draft, rows, now)
          ? { kind: 'landed', commit: { ...draft, landedAt: new Date(now) } }
          : { kind: 'moved' },
      );
    },
    read: (stream, fromSeq = 0) => Promise.resolve(readStream.all(stream, fromSeq).map(toCommit)),
    async *readAll({ from = '', before = lastName } = {}) {
      let [stream, seq] = [from, -1];
      for (;;) {
        const commits = readOn.all(stream, seq, before, commitsAtOnce).map(toCommit);
        const last = commits.at(-1);
        if (last === undefined) return;
        [stream, seq] = [last.stream, last.seq];
        yield commits;
      }
    },
    readLast(stream) {
      const row = readLast.get(stream);
      return Promise.resolve(row === undefined ? undefined : toCommit(row));
    },
    findHeadsSince(mark, limit, without) {
      const from = placeOf(mark, lastRow.get());
      const rows = landedSince.all(from, without, limit).filter(isRow);
      const heads = new Map<string, ChangedHead>();
      for (const row of rows) {
        const head = toHead(row);
        if ((heads.get(head.stream)?.seq ?? -1) < head.seq) heads.set(head.stream, head);
      }
      const place = Number(rows.at(-1)?.['place'] ?? from);
      return Promise.resolve({
        heads: [...heads.values()],
        commits: rows.length,
        mark: `${markPrefix}${String(place)}`,
      });
    },
    listStreams({ after = '', limit, prefix = '' }) {
      const rows = streamsAfter.all(after, prefix, `${prefix}\u{10ffff}`, limit);
      return Promise.resolve(rows.map((row) => (isRow(row) ? String(row['stream']) : '')));
    },
    findPending: (before, limit) => Promise.resolve(pendingBefore.all(before.getTime(), limit).map(toCommit)),
    clearPending(commits) {
      database.writeLate(() => {
        for (const { stream, seq } of commits) clear.run(stream, seq);
      });
    },
    saveRows: (rows) =>
      database.write((now) => {
        for (const row of rows) writeRow(row, now);
      }),
    // Freed space is overwritten when it is freed (secure_delete); what remains is the log of former pages.
    purge: () => Promise.resolve(database.emptyLog()),
    async eraseBodies(stream, seq, names) {
      await database.write(() => {
        const row = readBodies.get(stream, seq);
        if (!isRow(row)) return;
        const bodies = parseBodies(row['bodies']);
        const kept = Object.fromEntries(Object.entries(bodies).filter(([name]) => !names.includes(name)));
        saveBodies.run(JSON.stringify(kept), stream, seq);
      });
    },
  };
}

/** Rows are numbered in the order in which they landed, and never removed. */
const markPrefix = 'row:';

/** The row a mark stands for; the beginning for a mark of another store, or of rows that are not there any more. */
function placeOf(mark: string | undefined, last: unknown): number {
  const place = mark?.startsWith(markPrefix) === true ? Number(mark.slice(markPrefix.length)) : 0;
  const end = isRow(last) ? Number(last['row']) : 0;
  return Number.isSafeInteger(place) && place <= end ? place : 0;
}

function toHead(row: Record<string, string | number | null>): ChangedHead {
  return {
    stream: String(row['stream']),
    seq: Number(row['seq']),
    hash: String(row['hash']),
    landedAt: new Date(Number(row['landed_at'])),
  };
}

function toCommit(row: unknown): Commit {
  if (!isRow(row)) throw new TypeError('A commit row is an object.');
  return {
    stream: String(row['stream']),
    seq: Number(row['seq']),
    by: String(row['actor']),
    writer: String(row['writer']),
    // Written by `insert` from a draft's events; a tampered row fails the hash check, not this cast.
    events: JSON.parse(String(row['events'])) as readonly LedgerEvent[],
    prev: String(row['prev']),
    hash: String(row['hash']),
    landedAt: new Date(Number(row['landed_at'])),
    bodies: parseBodies(row['bodies']),
    pending: row['pending'] === 1,
  };
}

function parseBodies(text: unknown): Readonly<Record<string, Body>> {
  // Written by `insert` from a draft's bodies.
  return JSON.parse(String(text)) as Readonly<Record<string, Body>>;
}
