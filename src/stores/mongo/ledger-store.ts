/**
 * The ledger on MongoDB: one document a commit, `_id` is stream and seq, so that one of two writers wins.
 *
 * Rows are saved after the commit that carries them; until then it carries them itself, and the sweep of any process
 * saves what a process left behind. To shard, use `{ stream: 'hashed' }`: every write here names its stream.
 */
import type { Commit, CommitDraft, LedgerEvent } from '../../ledger/commit.ts';
import type { AppendResult, ChangedHead, LedgerStore, RowWrite } from '../../ledger/store.ts';
import { AppError } from '../../core/errors.ts';
import { ask } from './database.ts';
import { codeOf, duplicateKey } from './refusals.ts';
import type { MongoDatabase } from './database.ts';
import type { CommitDocument } from './documents.ts';
import { packTexts, readTexts } from './long-texts.ts';
import { saveRow, saveRowAnew } from './rows.ts';

export interface MongoLedgerStore extends LedgerStore {
  /** Saves rows whose process died between a commit and them. */
  saveLeftRows(): Promise<void>;
  /** Resolves when nothing is under way any more. */
  settle(): Promise<void>;
}

/** Of a cursor; a commit's document stays under 1 MiB. */
const commitsAtOnce = 200;
/** Behind every name of a stream. */
const lastName = '\u{10ffff}';
const leftAloneMs = 4_000;
/** Inserts that began earlier may still become visible for this long. */
const settlesWithinMs = 10_000;
const markPrefix = 'landed:';

const idOf = (stream: string, seq: number): string => `${stream}/${String(seq)}`;

export function createMongoLedgerStore(database: MongoDatabase): MongoLedgerStore {
  const { commits } = database;
  const underWay = new Set<Promise<unknown>>();

  /** Inserts the commit unless one stands there; undefined then. */
  async function insert(draft: CommitDraft, rows: readonly RowWrite[]): Promise<Date | undefined> {
    const { stream, seq, by, writer, prev, hash, pending } = draft;
    const { parts, ...texts } = packTexts(draft);
    // One by one: a message to the server stays small as well.
    for (const part of parts) {
      const { _id, place, ...fields } = part;
      await database.parts.updateOne({ _id, place }, { $setOnInsert: fields }, { upsert: true });
    }
    try {
      const landed = await commits.findOneAndUpdate(
        { _id: idOf(stream, seq), stream, seq, hash: { $exists: false } },
        {
          $setOnInsert: {
            by,
            writer,
            prev,
            hash,
            ...texts,
            ...(rows.length > 0 && { rows: JSON.stringify(rows) }),
          },
          $currentDate: {
            landedAt: true,
            ...(pending && { pendingSince: true }),
            ...(rows.length > 0 && { unsavedSince: true }),
          },
        },
        // The whole document comes back: not every server leaves fields out here.
        { upsert: true, returnDocument: 'after' },
      );
      return landed?.landedAt;
    } catch (error) {
      if (codeOf(error) !== duplicateKey && !isSilence(error)) throw error;
    }
    return undefined;
  }

  async function appendNow(draft: CommitDraft, rows: readonly RowWrite[]): Promise<AppendResult> {
    const id = idOf(draft.stream, draft.seq);
    let landedAt = await insert(draft, rows);
    if (landedAt === undefined) {
      // Somebody stands there, or the answer was lost: only whose nonce stands has landed.
      const standing = await commits.findOne({ _id: id, stream: draft.stream });
      if (standing === null)
        throw new AppError('store.unavailable', `MongoDB did not say whether ${id} landed.`);
      if (standing.writer !== draft.writer) {
        follow(dropParts(draft));
        return { kind: 'moved' };
      }
      landedAt = standing.landedAt;
    }
    if (rows.length > 0) {
      await saveAll(rows, landedAt.getTime());
      follow(commits.updateOne({ _id: id, stream: draft.stream }, { $unset: { rows: 1, unsavedSince: 1 } }));
    }
    return { kind: 'landed', commit: { ...draft, landedAt } };
  }

  async function saveAll(rows: readonly RowWrite[], since: number): Promise<void> {
    for (const row of rows) await saveRow(database, row, since);
  }

  async function dropParts(draft: CommitDraft): Promise<void> {
    for (const { _id, place } of packTexts(draft).parts) await database.parts.deleteOne({ _id, place });
  }

  /** Nobody waits for it, and the sweep does it again when it fails. */
  function follow(work: Promise<unknown>): void {
    const watched: Promise<unknown> = work
      .catch(() => undefined)
      .finally(() => {
        underWay.delete(watched);
      });
    underWay.add(watched);
  }

  async function toCommit(document: CommitDocument): Promise<Commit> {
    const { stream, seq, by, writer, prev, hash, landedAt } = document;
    const { events, bodies } = await readTexts(database, document);
    // Written by `insert` from a draft's events; a tampered document fails the hash check, not this cast.
    const parsed = JSON.parse(events) as readonly LedgerEvent[];
    const pending = document.pendingSince !== undefined;
    return { stream, seq, by, writer, events: parsed, prev, hash, landedAt, bodies, pending };
  }

  return {
    append: (draft, rows) => ask(() => appendNow(draft, rows)),
    read: (stream, fromSeq = 0) =>
      ask(async () => {
        const found = await commits
          .find({ stream, seq: { $gte: fromSeq } })
          .sort({ stream: 1, seq: 1 })
          .toArray();
        return Promise.all(found.map(toCommit));
      }),
    async *readAll({ from = '', before = lastName } = {}) {
      const cursor = commits
        .find({ stream: { $gte: from, $lt: before } }, { batchSize: commitsAtOnce })
        .sort({ stream: 1, seq: 1 });
      try {
        for (;;) {
          const found = await ask(async () =>
            (await cursor.hasNext()) ? cursor.readBufferedDocuments() : undefined,
          );
          if (found === undefined) return;
          yield await ask(() => Promise.all(found.map(toCommit)));
        }
      } finally {
        await cursor.close();
      }
    },
    readLast: (stream) =>
      ask(async () => {
        const [last] = await commits.find({ stream }).sort({ stream: -1, seq: -1 }).limit(1).toArray();
        return last === undefined ? undefined : toCommit(last);
      }),
    findHeadsSince: (mark, limit, without) =>
      ask(async () => {
        const from = placeOf(mark);
        const found = await commits
          .find({
            landedAt: { $gte: from.landedAt, $lt: new Date(database.now() - settlesWithinMs) },
            $or: [{ landedAt: { $gt: from.landedAt } }, { _id: { $gt: from.id } }],
            stream: { $ne: without },
          })
          .project<Pick<CommitDocument, '_id' | keyof ChangedHead>>({
            stream: 1,
            seq: 1,
            hash: 1,
            landedAt: 1,
          })
          .sort({ landedAt: 1, _id: 1 })
          .limit(limit)
          .toArray();
        const heads = new Map<string, ChangedHead>();
        for (const { stream, seq, hash, landedAt } of found)
          if ((heads.get(stream)?.seq ?? -1) < seq) heads.set(stream, { stream, seq, hash, landedAt });
        const last = found.at(-1);
        const place = last === undefined ? from : { landedAt: last.landedAt, id: last._id };
        return {
          heads: [...heads.values()],
          commits: found.length,
          mark: `${markPrefix}${place.landedAt.toISOString()} ${place.id}`,
        };
      }),
    listStreams: ({ after = '', limit, prefix = '' }) =>
      ask(async () => {
        const names = new Set<string>();
        const lower = after >= prefix ? { $gt: after } : { $gte: prefix };
        const keys = commits
          .find({ stream: { ...lower, $lt: `${prefix}\u{10ffff}` } })
          .project<Pick<CommitDocument, 'stream'>>({ _id: 0, stream: 1 })
          .sort({ stream: 1, seq: 1 });
        for await (const { stream } of keys) {
          if (!names.has(stream) && names.size === limit) break;
          names.add(stream);
        }
        await keys.close();
        return [...names];
      }),
    findPending: (before, limit) =>
      ask(async () => {
        const found = await commits
          .find({ pendingSince: { $lt: before } })
          .sort({ pendingSince: 1 })
          .limit(limit)
          .toArray();
        return Promise.all(found.map(toCommit));
      }),
    clearPending(cleared) {
      for (const { stream, seq } of cleared)
        follow(commits.updateOne({ _id: idOf(stream, seq), stream }, { $unset: { pendingSince: 1 } }));
    },
    saveRows: (rows) =>
      ask(async () => {
        const now = database.now();
        for (const row of rows) await saveRowAnew(database, row, now);
      }),
    eraseBodies: (stream, seq, names) =>
      ask(async () => {
        const filter = { _id: idOf(stream, seq), stream };
        const standing = await commits.findOne(filter);
        // The parts first: what no document names any more could not be found again.
        for (const { name, in: place } of standing?.bodies ?? [])
          if (place !== undefined && names.includes(name)) await database.parts.deleteMany({ place });
        // Each as it stands there: not every server understands conditions on what is pulled.
        for (const body of standing?.bodies ?? [])
          if (names.includes(body.name)) await commits.updateOne(filter, { $pull: { bodies: body } });
      }),
    // What a server's own files and backups still hold is in its operator's hands.
    purge: () => Promise.resolve(true),
    saveLeftRows: () =>
      ask(async () => {
        const left = await commits
          .find({ unsavedSince: { $lt: new Date(database.now() - leftAloneMs) } })
          .sort({ unsavedSince: 1 })
          .limit(200)
          .toArray();
        for (const { _id, stream, landedAt, rows = '[]' } of left) {
          // Written by `insert` from rows.
          await saveAll(JSON.parse(rows) as readonly RowWrite[], landedAt.getTime());
          await commits.updateOne({ _id, stream }, { $unset: { rows: 1, unsavedSince: 1 } });
        }
      }),
    async settle() {
      await Promise.allSettled([...underWay]);
    },
  };
}

/** The connection broke, or the server gave up its part, after it may have written. */
function isSilence(error: unknown): boolean {
  return (
    error instanceof Error &&
    ([
      'MongoNetworkError',
      'MongoNetworkTimeoutError',
      'MongoWriteConcernError',
      'MongoPoolClearedError',
    ].includes(error.name) ||
      [11_600, 11_602, 10_107, 13_435, 189, 91, 64].includes(codeOf(error) ?? 0))
  );
}

/** The beginning for a mark of another store. */
function placeOf(mark: string | undefined): { readonly landedAt: Date; readonly id: string } {
  const found =
    mark?.startsWith(markPrefix) === true ? /^(\S+) (.+)$/su.exec(mark.slice(markPrefix.length)) : null;
  const landedAt = new Date(found?.[1] ?? 0);
  const isTime = !Number.isNaN(landedAt.getTime());
  return { landedAt: isTime ? landedAt : new Date(0), id: isTime ? (found?.[2] ?? '') : '' };
}
