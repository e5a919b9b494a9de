/** Tables of the local store. Money, times and flags are integers; times are milliseconds since 1970, UTC. */
export const schema = `
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS commits (
  stream TEXT NOT NULL, seq INTEGER NOT NULL, actor TEXT NOT NULL, writer TEXT NOT NULL, events TEXT NOT NULL,
  prev TEXT NOT NULL, hash TEXT NOT NULL, landed_at INTEGER NOT NULL, bodies TEXT NOT NULL, pending INTEGER NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS commits_key ON commits (stream, seq);
CREATE INDEX IF NOT EXISTS commits_pending ON commits (landed_at) WHERE pending = 1;
CREATE TABLE IF NOT EXISTS inbox (
  key TEXT PRIMARY KEY, thread TEXT NOT NULL, state TEXT NOT NULL, taken_at INTEGER NOT NULL, row TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS inbox_waiting ON inbox (thread, taken_at) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS inbox_commands ON inbox (taken_at) WHERE state IN ('command', 'answered');
CREATE TABLE IF NOT EXISTS threads (
  id TEXT PRIMARY KEY, channel TEXT NOT NULL, active_run TEXT, started_at INTEGER NOT NULL, row TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS threads_channel ON threads (channel, started_at);
CREATE TABLE IF NOT EXISTS runs (
  id TEXT PRIMARY KEY, seq INTEGER NOT NULL, status TEXT NOT NULL, workflow TEXT NOT NULL, thread TEXT NOT NULL,
  started_at INTEGER NOT NULL, lease_worker TEXT, due_at INTEGER, row TEXT NOT NULL, started_by TEXT,
  channel TEXT
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS runs_thread ON runs (thread, started_at);
CREATE INDEX IF NOT EXISTS runs_started ON runs (started_at, id);
CREATE INDEX IF NOT EXISTS runs_due ON runs (due_at) WHERE due_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS deliveries (
  item TEXT PRIMARY KEY, thread TEXT NOT NULL, state TEXT NOT NULL, worker TEXT NOT NULL, claimed_at INTEGER NOT NULL,
  reference TEXT, shown_hash TEXT
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS installations (
  name TEXT PRIMARY KEY, version INTEGER NOT NULL, sealed TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS approvals (
  id TEXT PRIMARY KEY, seq INTEGER NOT NULL, run TEXT NOT NULL, state TEXT NOT NULL, tool TEXT NOT NULL,
  requested_at INTEGER NOT NULL, row TEXT NOT NULL, channel TEXT, requester TEXT, decided_by TEXT
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS approvals_tool ON approvals (tool, requested_at);
CREATE TABLE IF NOT EXISTS waits (
  key TEXT PRIMARY KEY, seq INTEGER NOT NULL, run TEXT NOT NULL, name TEXT NOT NULL, is_open INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS waits_open ON waits (name, run) WHERE is_open = 1;
CREATE TABLE IF NOT EXISTS signals (
  name TEXT NOT NULL, id TEXT NOT NULL, received_at INTEGER NOT NULL, pending INTEGER NOT NULL, row TEXT NOT NULL,
  PRIMARY KEY (name, id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS signals_received ON signals (name, received_at);
CREATE INDEX IF NOT EXISTS signals_pending ON signals (received_at) WHERE pending = 1;
CREATE TABLE IF NOT EXISTS sighted (
  number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, sort TEXT NOT NULL, workspace TEXT NOT NULL, channel TEXT NOT NULL,
  scope TEXT NOT NULL, thread TEXT, person TEXT, family TEXT NOT NULL, created_at INTEGER NOT NULL,
  valid_from INTEGER NOT NULL, valid_until INTEGER, superseded_by TEXT, content TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS sighted_list ON sighted (workspace, sort, created_at);
CREATE INDEX IF NOT EXISTS sighted_family ON sighted (workspace, sort, family);
CREATE TABLE IF NOT EXISTS sighted_sources (
  workspace TEXT NOT NULL, channel TEXT NOT NULL, PRIMARY KEY (workspace, channel)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sighted_vectors (
  number INTEGER NOT NULL, model TEXT NOT NULL, dims INTEGER NOT NULL, vector BLOB NOT NULL, PRIMARY KEY (number, model)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sighted_codes (
  rev INTEGER PRIMARY KEY AUTOINCREMENT, number INTEGER NOT NULL, model TEXT NOT NULL, dims INTEGER NOT NULL, code BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS sighted_codes_number ON sighted_codes (number, model);
CREATE TABLE IF NOT EXISTS sighted_gone (rev INTEGER PRIMARY KEY AUTOINCREMENT, number INTEGER NOT NULL);
CREATE VIRTUAL TABLE IF NOT EXISTS sighted_text USING fts5(text, around, place, tokenize='porter unicode61');
INSERT INTO sighted_text (sighted_text, rank) VALUES ('secure-delete', 1);
INSERT INTO sighted_text (sighted_text, rank) VALUES ('rank', 'bm25(1.0, 0.8, 0.0)');
CREATE TABLE IF NOT EXISTS documents (
  workspace TEXT NOT NULL, source TEXT NOT NULL, content TEXT NOT NULL, PRIMARY KEY (workspace, source)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS readings (
  workspace TEXT NOT NULL, channel TEXT NOT NULL, row TEXT NOT NULL, PRIMARY KEY (workspace, channel)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS schedules (name TEXT PRIMARY KEY, due_at INTEGER, row TEXT NOT NULL) WITHOUT ROWID;
`;

/**
 * Columns that files of older versions lack, and what they hold for a row that is there. Rows that an older program adds
 * beside this one are filled in at the next start, where `isNeverNull`.
 */
export const addedColumns: readonly {
  readonly table: string;
  readonly column: string;
  readonly value: string;
  readonly isNeverNull: boolean;
}[] = [
  { table: 'runs', column: 'started_by', value: "json_extract(row, '$.startedBy')", isNeverNull: true },
  { table: 'runs', column: 'channel', value: "json_extract(row, '$.channel')", isNeverNull: true },
  // An empty one for approvals of a version that did not write it.
  {
    ...{ table: 'approvals', column: 'channel', isNeverNull: true },
    value: "coalesce(json_extract(row, '$.channel'), '')",
  },
  { table: 'approvals', column: 'requester', value: "json_extract(row, '$.requester')", isNeverNull: true },
  { table: 'approvals', column: 'decided_by', value: "json_extract(row, '$.decidedBy')", isNeverNull: false },
];

/** Runs in these states are listed oldest first. */
export const listedStates = "status IN ('waiting', 'parked', 'failed')";

/**
 * Indexes over columns that had to be added first. Each column that is never null leads one of its table, so that the
 * few without a value are found at once.
 */
export const addedIndexes = `
CREATE INDEX IF NOT EXISTS runs_starter ON runs (started_by, started_at);
CREATE INDEX IF NOT EXISTS runs_channel ON runs (channel, started_at);
CREATE INDEX IF NOT EXISTS runs_states ON runs (status, started_at, channel, started_by)
  WHERE ${listedStates};
DROP INDEX IF EXISTS runs_status;
CREATE INDEX IF NOT EXISTS approvals_channel ON approvals (channel, requested_at);
CREATE INDEX IF NOT EXISTS approvals_requester ON approvals (requester, requested_at);
CREATE INDEX IF NOT EXISTS approvals_decider ON approvals (decided_by, requested_at) WHERE decided_by IS NOT NULL;
CREATE INDEX IF NOT EXISTS approvals_states ON approvals (state, requested_at, channel);
DROP INDEX IF EXISTS approvals_state;
`;
