/** Projection rows on SQLite: the columns that lists and claims search by, and the whole row as JSON. */
import type { RunId } from '../../core/ids.ts';
import type { RowWrite } from '../../ledger/store.ts';
import type { ApprovalRow, RunRow, WaitRow } from '../../runs/store.ts';
import { erased } from '../erased.ts';
import type { LocalDatabase } from './database.ts';

/** A row that is made again from the commit it stands at takes the run from nobody who works on it. */
const unlessHeld = (column: string): string =>
  `CASE WHEN excluded.seq = runs.seq AND runs.lease_worker IS NOT NULL THEN runs.${column} ELSE excluded.${column} END`;

/** Makes the writer; an older fold of a row never replaces a younger one. Leases count from `now`, the store's time. */
export function createRowWriter(database: LocalDatabase): (write: RowWrite, now: number) => void {
  const run = database.prepare(
    `INSERT INTO runs (id, seq, status, workflow, thread, started_at, lease_worker, due_at, row, started_by, channel)
     VALUES (?,?,?,?,?,?,?,?,?,?,?)
     ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, status = excluded.status,
       lease_worker = ${unlessHeld('lease_worker')}, due_at = ${unlessHeld('due_at')}, row = excluded.row
     WHERE excluded.seq >= runs.seq`,
  );
  const approval = database.prepare(
    `INSERT INTO approvals (id, seq, run, state, tool, requested_at, row, channel, requester, decided_by)
     VALUES (?,?,?,?,?,?,?,?,?,?)
     ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, state = excluded.state, row = excluded.row,
       decided_by = excluded.decided_by
     WHERE excluded.seq >= approvals.seq`,
  );
  const wait = database.prepare(
    `INSERT INTO waits (key, seq, run, name, is_open) VALUES (?,?,?,?,?)
     ON CONFLICT (key) DO UPDATE SET seq = excluded.seq, is_open = excluded.is_open WHERE excluded.seq >= waits.seq`,
  );
  const free = database.prepare('UPDATE threads SET active_run = NULL WHERE id = ? AND active_run = ?');
  const removeRun = database.prepare('DELETE FROM runs WHERE id = ?');
  const removeApproval = database.prepare('DELETE FROM approvals WHERE id = ?');
  const removeMessage = database.prepare('DELETE FROM inbox WHERE key = ?');
  const removeThread = database.prepare(
    'DELETE FROM threads WHERE id = ? AND NOT EXISTS (SELECT 1 FROM runs WHERE thread = ?)',
  );
  const eraseMessage = database.prepare(
    `UPDATE inbox SET row = json_remove(json_set(row, '$.text', '${erased}'), '$.files') WHERE key = ? AND state <> 'waiting'`,
  );
  const eraseTitle = database.prepare(
    `UPDATE threads SET row = json_set(row, '$.title', '${erased}')
     WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM runs WHERE thread = ?1 AND id <> ?2 AND started_at < ?3)`,
  );
  return (write, now) => {
    switch (write.table) {
      case 'runs': {
        // Rows named `runs` are made by the runs projection alone, from a RunRow.
        const row = write.row as RunRow;
        run.run(
          row.id,
          write.seq,
          row.status,
          row.workflow,
          row.thread,
          row.startedAt,
          row.lease?.worker ?? null,
          dueAt(row, now),
          JSON.stringify(row),
          row.startedBy,
          row.channel,
        );
        return;
      }
      case 'approvals': {
        // Rows named `approvals` are made by the same projection, from an ApprovalRow.
        const row = write.row as ApprovalRow;
        approval.run(
          row.id,
          write.seq,
          row.run,
          row.state,
          row.tool,
          row.requestedAt,
          JSON.stringify(row),
          row.channel ?? '',
          row.requester,
          row.decidedBy ?? null,
        );
        return;
      }
      case 'waits': {
        // Rows named `waits` are made by the same projection, from a WaitRow.
        const row = write.row as WaitRow;
        wait.run(write.key, write.seq, row.run, row.name, row.isOpen ? 1 : 0);
        return;
      }
      case 'threads': {
        // Rows named `threads` are made by the runs projection alone: the run that is over.
        const row = write.row as { readonly finished: RunId };
        free.run(write.key, row.finished);
        return;
      }
      case 'erased': {
        // Rows named `erased` are made by the same projection: a run whose texts are gone by their age.
        const row = write.row as ErasedRow;
        for (const key of row.messages) eraseMessage.run(key);
        eraseTitle.run(row.thread, write.key, row.startedAt);
        return;
      }
      case 'retired': {
        // Rows named `retired` are made by the same projection: a run that leaves the lists.
        const row = write.row as RetiredRow;
        removeRun.run(row.run);
        for (const id of row.approvals) removeApproval.run(id);
        for (const key of row.messages) removeMessage.run(key);
        removeThread.run(row.thread, row.thread);
        return;
      }
      default:
        throw new TypeError(`There is no projection named ${write.table}.`);
    }
  };
}

interface ErasedRow {
  readonly thread: string;
  readonly messages: readonly string[];
  readonly startedAt: number;
}

interface RetiredRow {
  readonly run: RunId;
  readonly thread: string;
  readonly messages: readonly string[];
  readonly approvals: readonly string[];
}

/** When the run may be claimed: after its lease, at its wake-up, or at once when nobody has it and it could go on. */
function dueAt(row: RunRow, now: number): number | null {
  if (row.lease !== undefined) return now + row.lease.lastsMs;
  const couldGoOn = row.status === 'queued' || row.status === 'running';
  return couldGoOn ? row.startedAt : (row.wakeAt ?? null);
}
