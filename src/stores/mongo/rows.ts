/** Projection rows on MongoDB: the fields that lists and claims search by, and the whole row as JSON text. */
import type { RowWrite } from '../../ledger/store.ts';
import type { ApprovalRow, RunRow, WaitRow } from '../../runs/store.ts';
import { eraseMessage, eraseTitle } from './chat-store.ts';
import { codeOf, duplicateKey } from './refusals.ts';
import type { MongoDatabase } from './database.ts';

/**
 * Saves one row; an older fold never replaces a younger one, and saving twice is harmless. Its lease counts from `since`,
 * the server's time at which the row's commit landed, whoever saves it and however late.
 */
export async function saveRow(database: MongoDatabase, write: RowWrite, since: number): Promise<void> {
  const notOlder = { _id: write.key, seq: { $lte: write.seq } };
  switch (write.table) {
    case 'runs': {
      // Rows named `runs` are made by the runs projection alone, from a RunRow.
      const row = write.row as RunRow;
      await unlessOlder(
        database.runs.updateOne(
          notOlder,
          {
            $set: {
              seq: write.seq,
              status: row.status,
              worker: row.lease?.worker ?? null,
              dueAt: dueAt(row, since),
              startedBy: row.startedBy,
              channel: row.channel,
              row: JSON.stringify(row),
            },
            $setOnInsert: {
              workflow: row.workflow,
              thread: row.thread,
              startedAt: row.startedAt,
            },
          },
          { upsert: true },
        ),
      );
      return;
    }
    case 'approvals': {
      // Rows named `approvals` are made by the same projection, from an ApprovalRow.
      const row = write.row as ApprovalRow;
      await unlessOlder(
        database.approvals.updateOne(
          notOlder,
          {
            $set: {
              seq: write.seq,
              state: row.state,
              channel: row.channel ?? null,
              requester: row.requester,
              decidedBy: row.decidedBy ?? null,
              row: JSON.stringify(row),
            },
            $setOnInsert: {
              tool: row.tool,
              requestedAt: row.requestedAt,
            },
          },
          { upsert: true },
        ),
      );
      return;
    }
    case 'waits': {
      // Rows named `waits` are made by the same projection, from a WaitRow.
      const row = write.row as WaitRow;
      await unlessOlder(
        database.waits.updateOne(
          notOlder,
          {
            $set: { seq: write.seq, openName: row.isOpen ? row.name : null },
            $setOnInsert: { run: row.run },
          },
          { upsert: true },
        ),
      );
      return;
    }
    case 'threads': {
      // Rows named `threads` are made by the runs projection alone: the run that is over.
      const { finished } = write.row as { readonly finished: string };
      await database.threads.updateOne(
        { _id: write.key, activeRun: finished },
        { $set: { activeRun: null } },
      );
      return;
    }
    case 'erased': {
      // Rows named `erased` are made by the same projection: a run whose texts are gone by their age.
      await eraseKept(database, write.key, write.row as ErasedRow);
      return;
    }
    case 'retired': {
      // Rows named `retired` are made by the same projection: a run that leaves the lists.
      const row = write.row as RetiredRow;
      await database.approvals.deleteMany({ _id: { $in: [...row.approvals] } });
      await database.inbox.deleteMany({ _id: { $in: [...row.messages] } });
      await database.runs.deleteOne({ _id: row.run });
      const others = await database.runs.countDocuments({ thread: row.thread });
      if (others === 0) await database.threads.deleteOne({ _id: row.thread, activeRun: null });
      return;
    }
    default:
      throw new TypeError(`There is no projection named ${write.table} on MongoDB.`);
  }
}

/** Saves a row that is made again from its commit. It takes the run from nobody who works on it. */
export async function saveRowAnew(database: MongoDatabase, write: RowWrite, since: number): Promise<void> {
  if (write.table === 'runs') {
    // As above: made by the runs projection alone.
    const row = write.row as RunRow;
    const { matchedCount } = await database.runs.updateOne(
      { _id: write.key, seq: write.seq, worker: { $ne: null } },
      { $set: { status: row.status, row: JSON.stringify(row) } },
    );
    if (matchedCount === 1) return;
  }
  await saveRow(database, write, since);
}

/** A younger row stands when the filter finds nothing and the insert that follows meets its key. */
async function unlessOlder(update: Promise<unknown>): Promise<void> {
  try {
    await update;
  } catch (error) {
    if (codeOf(error) !== duplicateKey) throw error;
  }
}

/** When the run may be claimed: after its lease, at its wake-up, or at once when nobody has it and it could go on. */
function dueAt(row: RunRow, since: number): number | null {
  if (row.lease !== undefined) return since + row.lease.lastsMs;
  const couldGoOn = row.status === 'queued' || row.status === 'running';
  return couldGoOn ? row.startedAt : (row.wakeAt ?? null);
}

/** Its messages, and the thread's title if it opened the thread. */
async function eraseKept(
  database: MongoDatabase,
  run: string,
  { thread, messages, startedAt }: ErasedRow,
): Promise<void> {
  const { inbox, threads, runs } = database;
  for (const key of messages) {
    const kept = await inbox.findOne({ _id: key, state: { $ne: 'waiting' }, isErased: false });
    if (kept !== null) await eraseMessage(database, kept);
  }
  const earlier = { thread, _id: { $ne: run }, startedAt: { $lt: startedAt } };
  if ((await runs.countDocuments(earlier)) > 0) return;
  const opened = await threads.findOne({ _id: thread, isErased: false });
  if (opened !== null) await eraseTitle(database, opened);
}

interface ErasedRow {
  readonly thread: string;
  readonly messages: readonly string[];
  readonly startedAt: number;
}

interface RetiredRow {
  readonly run: string;
  readonly thread: string;
  readonly messages: readonly string[];
  readonly approvals: readonly string[];
}
