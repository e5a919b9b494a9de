/** What happened, counted by SQLite itself: a summary never reads all rows into this process. */
import { asActorId, asChannelId } from '../../core/ids.ts';
import type { RunStatus } from '../../runs/run-state.ts';
import type { ActivityStore, ApprovalRow, RunRow } from '../../runs/store.ts';
import { isRow } from './database.ts';
import type { LocalDatabase, SqlValue } from './database.ts';
import { listedStates } from './schema.ts';

export function createLocalActivityStore(database: LocalDatabase): ActivityStore {
  /** Conditions and their values, those without a value left out. */
  function where(...conditions: readonly (readonly [string, ...(SqlValue | undefined)[]])[]): {
    readonly sql: string;
    readonly values: readonly SqlValue[];
  } {
    const given = conditions.filter(([, ...values]) => !values.includes(undefined));
    return {
      sql: given.map(([sql]) => sql).join(' AND '),
      values: given.flatMap(([, ...values]) => values.filter((value) => value !== undefined)),
    };
  }

  return {
    tally({ until, stretchMs, stretches, channel, startedBy }) {
      const { sql, values } = where(
        ['started_at >= ?', until - stretchMs * stretches],
        ['started_at < ?', until],
        ['channel = ?', channel],
        ['started_by = ?', startedBy],
      );
      const rows = database
        .prepare(
          `SELECT CAST((? - 1 - started_at) / ? AS INTEGER) AS ago, channel, workflow, status, started_by, count(*) AS runs,
             sum(json_extract(row, '$.usdSpent')) AS usd, sum(json_extract(row, '$.tokens')) AS tokens
           FROM runs WHERE ${sql} GROUP BY 1, 2, 3, 4, 5`,
        )
        .all(until, stretchMs, ...values);
      return Promise.resolve(
        rows.filter(isRow).map((row) => ({
          ago: Number(row['ago']),
          channel: asChannelId(String(row['channel'])),
          workflow: String(row['workflow']),
          // The column holds what the runs projection wrote.
          status: String(row['status']) as RunStatus,
          startedBy: asActorId(String(row['started_by'])),
          runs: Number(row['runs']),
          usd: Number(row['usd']),
          tokens: Number(row['tokens']),
        })),
      );
    },
    listRuns({ status, since, channel, startedBy, limit }) {
      const { sql, values } = where(
        [`status = '${status}'`],
        // Word for word what the index over these states is made for, else it is not used.
        [listedStates],
        ['started_at >= ?', since],
        // The plus keeps to the index over these states, which holds both fields.
        ['+channel = ?', channel],
        ['+started_by = ?', startedBy],
      );
      const text = `SELECT row FROM runs WHERE ${sql} ORDER BY started_at LIMIT ?`;
      return Promise.resolve(
        database
          .prepare(text)
          .all(...values, limit)
          .flatMap((row) => readRow<RunRow>(row)),
      );
    },
    listOpenApprovals({ channel, limit }) {
      const { sql, values } = where(['state = ?', 'pending'], ['+channel = ?', channel]);
      const text = `SELECT row FROM approvals WHERE ${sql} ORDER BY requested_at LIMIT ?`;
      return Promise.resolve(
        database
          .prepare(text)
          .all(...values, limit)
          .flatMap((row) => readRow<ApprovalRow>(row)),
      );
    },
    listDecisions({ askedSince, since, channel, person, limit }) {
      const found = (column: 'decided_by' | 'requester' | undefined): readonly ApprovalRow[] => {
        const { sql, values } = where(
          // The plus leaves the index over states alone: what was decided is most of it.
          ["+state <> 'pending'"],
          ['requested_at >= ?', askedSince],
          ['channel = ?', channel],
          [`${column ?? ''} = ?`, column === undefined ? undefined : person],
          ["json_extract(row, '$.decidedAt') >= ?", since],
        );
        const text = `SELECT row FROM approvals WHERE ${sql} ORDER BY json_extract(row, '$.decidedAt') DESC, requested_at DESC LIMIT ?`;
        return database
          .prepare(text)
          .all(...values, limit)
          .flatMap((row) => readRow<ApprovalRow>(row));
      };
      const rows = person === undefined ? found(undefined) : [...found('requester'), ...found('decided_by')];
      const once = new Map(rows.map((row) => [row.id, row]));
      const youngestFirst = [...once.values()].toSorted((a, b) => (b.decidedAt ?? 0) - (a.decidedAt ?? 0));
      return Promise.resolve(youngestFirst.slice(0, limit));
    },
  };
}

function readRow<T>(row: unknown): readonly T[] {
  // The column `row` holds what the projection of this very type wrote.
  return isRow(row) ? [JSON.parse(String(row['row'])) as T] : [];
}
