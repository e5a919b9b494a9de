/** The inbox and the threads on SQLite: a message, its thread and its run's first commit are one transaction. */
import { asRunId, asThreadId } from '../../core/ids.ts';
import { keepCommandsMs } from '../../chat/store.ts';
import type { ChatStore, InboxMessage, Start, TakeResult, ThreadRow } from '../../chat/store.ts';
import type { Commit } from '../../ledger/commit.ts';
import { AppError } from '../../core/errors.ts';
import { erased } from '../erased.ts';
import { isRow } from './database.ts';
import type { LocalDatabase } from './database.ts';
import type { LocalLedgerStore } from './ledger-store.ts';
import { newestFirst } from './newest-first.ts';

export function createLocalChatStore(database: LocalDatabase, ledger: LocalLedgerStore): ChatStore {
  const insertMessage = database.prepare(
    // Behind whatever waits in its thread, also when both come in one millisecond.
    `INSERT INTO inbox (key, thread, state, taken_at, row) VALUES (?1, ?2, ?3,
       max(?4, (SELECT coalesce(max(taken_at), 0) + 1 FROM inbox WHERE thread = ?2 AND state = 'waiting')), ?5)`,
  );
  const findMessage = database.prepare('SELECT thread, state, row FROM inbox WHERE key = ?');
  const markMessage = database.prepare("UPDATE inbox SET state = ? WHERE key = ? AND state = 'waiting'");
  const freeMessage = database.prepare("UPDATE inbox SET state = 'waiting' WHERE key = ? AND state = ?");
  const waiting = database.prepare(
    "SELECT row FROM inbox WHERE thread = ? AND state = 'waiting' ORDER BY taken_at, key",
  );
  const setAside = database.prepare("UPDATE inbox SET state = 'set-aside' WHERE state = 'waiting'");
  const insertThread = database.prepare(
    'INSERT INTO threads (id, channel, active_run, started_at, row) VALUES (?,?,?,?,?) ON CONFLICT DO NOTHING',
  );
  const activate = database.prepare('UPDATE threads SET active_run = ? WHERE id = ? AND active_run IS NULL');
  const free = database.prepare('UPDATE threads SET active_run = NULL WHERE id = ? AND active_run = ?');
  const findThread = database.prepare('SELECT row, active_run FROM threads WHERE id = ?');
  const idleWithWaiting = database.prepare(
    `SELECT DISTINCT i.thread FROM inbox i JOIN threads t ON t.id = i.thread
     WHERE i.state = 'waiting' AND t.active_run IS NULL LIMIT ?`,
  );

  const said = `FROM inbox WHERE json_extract(row, '$.by') = ? AND state <> 'waiting' AND json_extract(row, '$.text') <> '${erased}'
    AND state NOT IN (SELECT value FROM json_each(?))`;
  const titled = `FROM threads WHERE json_extract(row, '$.startedBy') = ? AND json_extract(row, '$.title') <> '${erased}'
    AND coalesce(active_run, '') NOT IN (SELECT value FROM json_each(?))`;
  const countSaid = database.prepare(`SELECT count(*) AS n ${said}`);
  const countTitled = database.prepare(`SELECT count(*) AS n ${titled}`);
  const eraseSaid = database.prepare(
    `UPDATE inbox SET row = json_remove(json_set(row, '$.text', '${erased}'), '$.files', '$.answer') WHERE key IN (SELECT key ${said})`,
  );
  const eraseTitled = database.prepare(
    `UPDATE threads SET row = json_set(row, '$.title', '${erased}') WHERE id IN (SELECT id ${titled})`,
  );

  // The condition is that of the index, word for word: SQLite finds it by that.
  const forgetCommands = database.prepare(
    "DELETE FROM inbox WHERE state IN ('command', 'answered') AND taken_at < ?",
  );
  const insertCommand = database.prepare(
    "INSERT INTO inbox (key, thread, state, taken_at, row) VALUES (?, '', 'command', ?, ?) ON CONFLICT DO NOTHING",
  );
  const settleCommand = database.prepare(
    "UPDATE inbox SET state = 'answered', row = json_patch(row, ?2) WHERE key = ?1 AND state = 'command'",
  );

  /** Begins a run in an idle thread; false when the thread is busy. */
  function begin(message: InboxMessage, start: Start, now: number): Commit | undefined {
    if (activate.run(start.run, message.thread).changes === 0) return undefined;
    if (!ledger.insert(start.draft, start.rows, now)) {
      throw new AppError('store.corrupt', `The new run ${start.run} already has commits.`);
    }
    return { ...start.draft, landedAt: new Date(now) };
  }

  return {
    take: (message, start): Promise<TakeResult> =>
      database.write((now) => {
        const seen = findMessage.get(message.key);
        if (isRow(seen)) {
          const state = String(seen['state']);
          const thread = asThreadId(String(seen['thread']));
          return { kind: 'seen', thread, ...(state.startsWith('run_') && { run: asRunId(state) }) };
        }
        insertThread.run(message.thread, message.channel, null, now, JSON.stringify(threadOf(message, now)));
        const commit = begin(message, start, now);
        const state = commit === undefined ? 'waiting' : start.run;
        insertMessage.run(message.key, message.thread, state, now, JSON.stringify(message));
        if (commit !== undefined) return { kind: 'started', commit, run: start.run };
        const busy = toThread(findThread.get(message.thread));
        if (busy?.activeRun === undefined) {
          throw new AppError('store.corrupt', `Thread ${message.thread} is lost.`);
        }
        return { kind: 'waiting', activeRun: busy.activeRun };
      }),
    markTaken: (key, run) =>
      database.write(() => {
        markMessage.run(run, key);
      }),
    putBack: (key, run) =>
      database.write(() => {
        freeMessage.run(key, run);
      }),
    setWaitingAside: () => database.write(() => setAside.run().changes),
    listWaiting: (thread) => Promise.resolve(waiting.all(thread).flatMap((row) => toMessage(row) ?? [])),
    handOver: (thread, finished, next) =>
      database.write((now) => {
        free.run(thread, finished);
        if (next === undefined) return undefined;
        const row = findMessage.get(next.key);
        const message = isRow(row) && row['state'] === 'waiting' ? toMessage(row) : undefined;
        if (message === undefined) return undefined;
        const commit = begin(message, next.start, now);
        if (commit !== undefined) markMessage.run(next.start.run, next.key);
        return commit;
      }),
    listIdleWithWaiting: (limit) =>
      Promise.resolve(
        idleWithWaiting.all(limit).map((row) => asThreadId(isRow(row) ? String(row['thread']) : '')),
      ),
    countTextsOf(person, except) {
      const counts = [countSaid, countTitled].map((count) => count.get(person, JSON.stringify(except)));
      return Promise.resolve(
        counts.reduce<number>((sum, row) => sum + (isRow(row) ? Number(row['n']) : 0), 0),
      );
    },
    eraseTextsOf: (person, except) =>
      database.write(() => {
        eraseSaid.run(person, JSON.stringify(except));
        eraseTitled.run(person, JSON.stringify(except));
      }),
    claimCommand: (key, by) =>
      database.write((now) => {
        forgetCommands.run(now - keepCommandsMs);
        const row = JSON.stringify({ key, by, text: '' });
        if (insertCommand.run(key, now, row).changes > 0) return { kind: 'claimed' };
        const seen = findMessage.get(key);
        if (!isRow(seen) || seen['state'] !== 'answered') return { kind: 'begun' };
        // The column holds what the lines here wrote.
        const { answer: text } = JSON.parse(String(seen['row'])) as { readonly answer?: string };
        return { kind: 'answered', ...(text !== undefined && { text }) };
      }),
    answerCommand: (key, text) =>
      database.write(() => {
        settleCommand.run(key, JSON.stringify({ text: '', ...(text !== undefined && { answer: text }) }));
      }),
    findThread: (thread) => Promise.resolve(toThread(findThread.get(thread))),
    listThreads(channel, { cursor, limit }) {
      const query = newestFirst('threads', 'started_at');
      query.where('channel = ?', channel);
      return Promise.resolve(query.page(database, cursor, limit).flatMap((row) => toThread(row) ?? []));
    },
  };
}

function threadOf(message: InboxMessage, now: number): ThreadRow {
  return {
    id: message.thread,
    channel: message.channel,
    startedBy: message.by,
    startedAt: now,
    title: message.text.slice(0, 120),
  };
}

function toMessage(row: unknown): InboxMessage | undefined {
  // The column holds what `take` wrote.
  return isRow(row) ? (JSON.parse(String(row['row'])) as InboxMessage) : undefined;
}

function toThread(row: unknown): ThreadRow | undefined {
  if (!isRow(row)) return undefined;
  // The column holds what `take` wrote; `active_run` is a column of its own because it changes.
  const thread = JSON.parse(String(row['row'])) as ThreadRow;
  const active = row['active_run'];
  return typeof active === 'string' ? { ...thread, activeRun: asRunId(active) } : thread;
}
