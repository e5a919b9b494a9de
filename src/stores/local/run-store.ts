/** Runs and approvals on SQLite: lists, and leases by conditional updates. */
import type { ApprovalRow, RunRow, RunStore } from '../../runs/store.ts';
import { fairShare, findCrowds, lookedAt, mostLooks } from '../../core/fair-share.ts';
import type { Crowd, Origin } from '../../core/fair-share.ts';
import { asRunId } from '../../core/ids.ts';
import { isRow } from './database.ts';
import type { LocalDatabase } from './database.ts';
import { newestFirst } from './newest-first.ts';

export function createLocalRunStore(database: LocalDatabase): RunStore {
  const findRun = database.prepare('SELECT row FROM runs WHERE id = ?');
  const claim = database.prepare('UPDATE runs SET lease_worker = ?, due_at = ? WHERE id = ?');
  const renew = database.prepare('UPDATE runs SET due_at = ? WHERE id = ? AND lease_worker = ?');
  const release = database.prepare(
    'UPDATE runs SET lease_worker = NULL, due_at = ? WHERE id = ? AND lease_worker = ? AND seq <= ?',
  );
  const findApproval = database.prepare('SELECT row FROM approvals WHERE id = ?');
  const oldest = database.prepare(
    'SELECT row FROM runs WHERE (started_at, id) > (?, ?) ORDER BY started_at, id LIMIT ?',
  );
  const oldestOf = database.prepare(
    'SELECT row FROM runs WHERE thread = ? AND (started_at, id) > (?, ?) ORDER BY started_at, id LIMIT ?',
  );
  const countApprovals = database.prepare('SELECT count(*) AS n FROM approvals WHERE state = ?');

  return {
    find: (run) => Promise.resolve(readRow<RunRow>(findRun.get(run))),
    list({ status, workflow, thread, startedBy, cursor, limit }) {
      const query = newestFirst('runs', 'started_at');
      if (status !== undefined) query.where('status = ?', status);
      if (workflow !== undefined) query.where('workflow = ?', workflow);
      if (thread !== undefined) query.where('thread = ?', thread);
      if (startedBy !== undefined) query.where('started_by = ?', startedBy);
      return Promise.resolve(
        query.page(database, cursor, limit).flatMap((row) => readRow<RunRow>(row) ?? []),
      );
    },
    listOldest({ thread, after = '-1/', limit }) {
      const slash = after.indexOf('/');
      const since = [Number(after.slice(0, slash)), after.slice(slash + 1), limit] as const;
      const rows = thread === undefined ? oldest.all(...since) : oldestOf.all(thread, ...since);
      return Promise.resolve(rows.flatMap((row) => readRow<RunRow>(row) ?? []));
    },
    claimDue: (worker, leaseMs, limit, atWork) =>
      database.write((now) =>
        fairShare(findDue(database, now, limit), limit, atWork).map(({ id }) => {
          claim.run(worker, now + leaseMs, id);
          return asRunId(id);
        }),
      ),
    renew: (worker, runs, leaseMs) =>
      database.write((now) => runs.filter((run) => renew.run(now + leaseMs, run, worker).changes === 0)),
    release: (worker, run, seq, wakeAt) =>
      database.write(() => {
        release.run(wakeAt ?? null, run, worker, seq);
      }),
    findApproval: (approval) => Promise.resolve(readRow<ApprovalRow>(findApproval.get(approval))),
    listApprovals({ state, tool, cursor, limit }) {
      const query = newestFirst('approvals', 'requested_at');
      if (state !== undefined) query.where('state = ?', state);
      if (tool !== undefined) query.where('tool = ?', tool);
      return Promise.resolve(
        query.page(database, cursor, limit).flatMap((row) => readRow<ApprovalRow>(row) ?? []),
      );
    },
    countApprovals(state) {
      const row = countApprovals.get(state);
      return Promise.resolve(isRow(row) ? Number(row['n']) : 0);
    },
  };
}

interface Due extends Origin {
  readonly id: string;
}

/** The oldest that are due, and behind crowds those of others. */
function findDue(database: LocalDatabase, now: number, limit: number): readonly Due[] {
  const found = new Map<string, Due>();
  const crowds: Crowd[] = [];
  for (let look = 0; look < mostLooks; look += 1) {
    const page = readDue(database, now, lookedAt(limit), crowds);
    for (const entry of page) found.set(entry.id, entry);
    const more = page.length < lookedAt(limit) ? [] : findCrowds(page);
    if (more.length === 0) break;
    crowds.push(...more);
  }
  return [...found.values()];
}

function readDue(
  database: LocalDatabase,
  now: number,
  limit: number,
  without: readonly Crowd[],
): readonly Due[] {
  const startedBy = "json_extract(row, '$.startedBy')";
  const passed = without.map(
    ({ by }) => `AND NOT (thread >= ? AND thread < ? ${by === undefined ? '' : `AND ${startedBy} = ?`})`,
  );
  const found = database
    .prepare(
      `SELECT id, thread, ${startedBy} AS by FROM runs WHERE due_at <= ? ${passed.join(' ')} ORDER BY due_at LIMIT ?`,
    )
    .all(
      now,
      ...without.flatMap(({ prefix, by }) => [
        prefix,
        `${prefix}${behindAll}`,
        ...(by === undefined ? [] : [by]),
      ]),
      limit,
    );
  return found.flatMap((row) =>
    isRow(row) ? [{ id: String(row['id']), thread: String(row['thread']), by: String(row['by']) }] : [],
  );
}

/** Behind every name that begins the same. */
const behindAll = '\u{10ffff}';

function readRow<T>(row: unknown): T | undefined {
  // The column `row` holds what the projection of this very type wrote.
  return isRow(row) ? (JSON.parse(String(row['row'])) as T) : undefined;
}
