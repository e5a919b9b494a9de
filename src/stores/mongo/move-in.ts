/**
 * A local store taken into an empty database.
 *
 * Every row keeps its key, so that taking it in twice is harmless; how far it got stands in `meta`, and until it is
 * finished no bot starts on the database.
 */
import { AppError } from '../../core/errors.ts';
import type { Clock } from '../../core/clock.ts';
import { sha256OfParts } from '../../core/hash.ts';
import type { Logger } from '../../core/logger.ts';
import type { KnownDocument, Passage } from '../../context/passage-row.ts';
import type { CommitDraft } from '../../ledger/commit.ts';
import type { Memory } from '../../memory/memory-row.ts';
import type { Lease } from '../../runs/store.ts';
import type { MovedRow, MovedTable, MovingIn, TargetSeen } from '../moving.ts';
import { memoryRow, passageRow } from '../sighted-row.ts';
import { erased } from '../erased.ts';
import { ask, connectToDatabase } from './database.ts';
import { codeOf, describePlace, duplicateKey } from './refusals.ts';
import type { MongoDatabase } from './database.ts';
import type { SightedDocument } from './documents.ts';
import { packTexts } from './long-texts.ts';
import { saveRow } from './rows.ts';
import { toDocument } from './sighted-rows.ts';
import { floatsOf, packVector } from './vector-bytes.ts';
import { lookAtTarget, progressKey, readProgress } from './target.ts';
import type { MoveProgress } from './target.ts';
import type { SightedRow } from './sighted-rows.ts';

const takenAtOnce = 32;

interface Target {
  readonly uri: string;
  /** Whose store is to be moved there. */
  readonly organisation: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Looks and changes nothing. Throws `config.invalid` or `store.unavailable`, with what to do, where nothing can be moved. */
export async function lookIntoTarget(target: Target): Promise<TargetSeen & { readonly place: string }> {
  const database = await connectToDatabase({ ...target, setting: '--to' });
  const place = describePlace(target.uri);
  return lookAtTarget(database, target)
    .then((seen) => ({ ...seen, place }))
    .finally(() => database.close());
}

export async function openMovingIn(options: Target): Promise<MovingIn> {
  const database = await connectToDatabase({ ...options, setting: '--to' });
  const { meta } = database;
  let progress: MoveProgress;
  try {
    // Somebody else's database gets no indexes of ours.
    const seen = await lookAtTarget(database, options);
    await database.buildIndexes();
    progress = await ask(() => begin(database, options.organisation, seen));
  } catch (error) {
    await database.close();
    throw error;
  }

  async function save(next: MoveProgress): Promise<void> {
    await meta.updateOne({ _id: progressKey }, { $set: { value: JSON.stringify(next) } });
    progress = next;
  }

  return {
    place: describePlace(options.uri),
    done: (table) => Promise.resolve(progress.done[table] ?? 0),
    take: (table, rows, done) =>
      ask(async () => {
        for (let from = 0; from < rows.length; from += takenAtOnce)
          await Promise.all(rows.slice(from, from + takenAtOnce).map((row) => takers[table](database, row)));
        await save({ ...progress, done: { ...progress.done, [table]: done } });
      }),
    findHead: (stream) =>
      ask(async () => {
        const [last] = await database.commits
          .find({ stream })
          .sort({ stream: -1, seq: -1 })
          .limit(1)
          .toArray();
        if (last === undefined) return undefined;
        const commits = await database.commits.countDocuments({ stream });
        return { stream, seq: last.seq, hash: last.hash, landedAt: last.landedAt.getTime(), commits };
      }),
    finish: () => ask(() => save({ ...progress, isFinished: true })),
    close: () => database.close(),
  };
}

/** Where it goes on. */
async function begin(
  { meta }: MongoDatabase,
  organisation: string,
  { done }: TargetSeen,
): Promise<MoveProgress> {
  const first: MoveProgress = { isFinished: false, done };
  // The mark first: nobody starts on what is only begun.
  await meta.updateOne({ _id: progressKey }, { $set: { value: JSON.stringify(first) } }, { upsert: true });
  await meta.updateOne({ _id: 'organisation' }, { $set: { value: organisation } }, { upsert: true });
  return first;
}

/** Throws `config.invalid` while a migration into this database is not finished. */
export async function refuseHalfMoved(database: MongoDatabase): Promise<void> {
  const progress = await readProgress(database);
  if (progress === undefined || progress.isFinished) return;
  throw new AppError(
    'config.invalid',
    'MONGODB_URI: the migration into this database is not finished. Fix: run `countersign migrate --to …` again; it goes on where it was.',
  );
}

type Taker = (database: MongoDatabase, row: MovedRow) => Promise<void>;

/** Rows are saved as the projections wrote them. */
const takeRows =
  (table: 'runs' | 'approvals'): Taker =>
  async (database, row) => {
    const write = {
      table,
      key: text(row, 'id'),
      seq: number(row, 'seq'),
      row: unheld(parse<{ readonly lease?: Lease }>(row)),
    };
    await saveRow(database, write, database.now());
  };

/** Nobody works on anything while it is moved: what somebody had is due at once. */
function unheld<T extends { readonly lease?: Lease }>(row: T): T {
  return row.lease === undefined ? row : { ...row, lease: { ...row.lease, lastsMs: 0 } };
}

const takers: Readonly<Record<MovedTable, Taker>> = {
  async commits(database, row) {
    const draft = draftOf(row);
    const { parts, ...texts } = packTexts(draft);
    for (const part of parts) await insert(database.parts.insertOne(part));
    const { stream, seq, by, writer, prev, hash } = draft;
    const landedAt = new Date(number(row, 'landed_at'));
    const _id = `${stream}/${String(seq)}`;
    const pending = draft.pending ? { pendingSince: landedAt } : {};
    await insert(
      database.commits.insertOne({
        _id,
        stream,
        seq,
        by,
        writer,
        prev,
        hash,
        landedAt,
        ...texts,
        ...pending,
      }),
    );
  },
  runs: takeRows('runs'),
  approvals: takeRows('approvals'),
  async waits(database, row) {
    const wait = { run: text(row, 'run'), name: text(row, 'name'), isOpen: row['is_open'] === 1 };
    const write = { table: 'waits', key: text(row, 'key'), seq: number(row, 'seq'), row: wait };
    await saveRow(database, write, database.now());
  },
  async threads(database, row) {
    const { title, startedBy } = parse<{ readonly title: string; readonly startedBy: string }>(row);
    await insert(
      database.threads.insertOne({
        _id: text(row, 'id'),
        channel: text(row, 'channel'),
        activeRun: row['active_run'] === null ? null : text(row, 'active_run'),
        startedAt: number(row, 'started_at'),
        startedBy,
        isErased: title === erased,
        row: text(row, 'row'),
      }),
    );
  },
  async inbox(database, row) {
    const message = parse<{ readonly by: string; readonly text: string }>(row);
    await insert(
      database.inbox.insertOne({
        _id: text(row, 'key'),
        thread: text(row, 'thread'),
        state: text(row, 'state'),
        by: message.by,
        takenAt: new Date(number(row, 'taken_at')),
        writer: 'migration',
        isErased: message.text === erased,
        row: text(row, 'row'),
      }),
    );
  },
  async deliveries(database, row) {
    await insert(
      database.deliveries.insertOne({
        _id: text(row, 'item'),
        thread: text(row, 'thread'),
        state: row['state'] === 'shown' ? 'shown' : 'posting',
        worker: text(row, 'worker'),
        claimedAt: number(row, 'claimed_at'),
        ...(row['reference'] !== null && { reference: text(row, 'reference') }),
        ...(row['shown_hash'] !== null && { shownHash: text(row, 'shown_hash') }),
      }),
    );
  },
  async installations(database, row) {
    await insert(
      database.installations.insertOne({
        _id: text(row, 'name'),
        version: number(row, 'version'),
        sealed: text(row, 'sealed'),
        writer: 'migration',
      }),
    );
  },
  async signals(database, row) {
    const [name, id] = [text(row, 'name'), text(row, 'id')];
    const receivedAt = new Date(number(row, 'received_at'));
    await insert(
      database.signals.insertOne({
        _id: JSON.stringify([name, id]),
        name,
        id,
        writer: 'migration',
        receivedAt,
        ...(row['pending'] === 1 && { pendingSince: receivedAt }),
        row: text(row, 'row'),
      }),
    );
  },
  async documents(database, row) {
    const { channel } = parse<KnownDocument>(row, 'content');
    const [workspace, source] = [text(row, 'workspace'), text(row, 'source')];
    const version = versionOf(workspace, source);
    const _id = JSON.stringify([workspace, source]);
    await insert(
      database.documents.insertOne({
        _id,
        workspace,
        source,
        channel,
        version,
        content: text(row, 'content'),
      }),
    );
  },
  async sources(database, row) {
    const [workspace, channel] = [text(row, 'workspace'), text(row, 'channel')];
    await insert(
      database.sources.insertOne({ _id: JSON.stringify([workspace, channel]), workspace, channel }),
    );
  },
  async sighted(database, row) {
    await insert(database.sighted.insertOne(sightedOf(database, row)));
  },
  async readings(database, row) {
    const _id = JSON.stringify([text(row, 'workspace'), text(row, 'channel')]);
    await insert(database.readings.insertOne({ _id, row: text(row, 'row') }));
  },
  async schedules(database, row) {
    await insert(
      database.schedules.insertOne({
        _id: text(row, 'name'),
        dueAt: row['due_at'] === null ? null : number(row, 'due_at'),
        row: text(row, 'row'),
      }),
    );
  },
};

function sightedOf(database: MongoDatabase, row: MovedRow): SightedDocument {
  const keptAt = number(row, 'created_at');
  const document =
    row['sort'] === 'memory'
      ? toDocument('memory', memoryRow(parse<Memory>(row, 'content')), keptAt)
      : toDocument('passage', movedPassage(parse<Passage>(row, 'content')), keptAt);
  return {
    ...document,
    supersededBy: row['superseded_by'] === null ? null : text(row, 'superseded_by'),
    ...(row['model'] !== null && {
      vectorModel: text(row, 'model'),
      dims: number(row, 'dims'),
      vector: packVector(database, floatsOf(Buffer.from(text(row, 'vector'), 'hex'))),
      vectoredAt: database.now(),
    }),
  };
}

function movedPassage(passage: Passage): SightedRow {
  return { ...passageRow(passage), version: versionOf(passage.workspace, passage.source) };
}

/** The same for a document and its passages, and for no other document. */
function versionOf(workspace: string, source: string): string {
  return sha256OfParts([workspace, source]).slice(0, 26);
}

function draftOf(row: MovedRow): CommitDraft {
  return {
    stream: text(row, 'stream'),
    seq: number(row, 'seq'),
    by: text(row, 'actor'),
    writer: text(row, 'writer'),
    events: parse(row, 'events'),
    prev: text(row, 'prev'),
    hash: text(row, 'hash'),
    bodies: parse(row, 'bodies'),
    pending: row['pending'] === 1,
  };
}

async function insert(inserted: Promise<unknown>): Promise<void> {
  try {
    await inserted;
  } catch (error) {
    if (codeOf(error) !== duplicateKey) throw error;
  }
}

const text = (row: MovedRow, column: string): string => String(row[column]);
const number = (row: MovedRow, column: string): number => Number(row[column]);
// The columns hold what the local store wrote from these very types.
const parse = <T>(row: MovedRow, column = 'row'): T => JSON.parse(text(row, column)) as T;
