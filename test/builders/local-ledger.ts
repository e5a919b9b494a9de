/** A ledger in memory with the port's strictness: unique (stream, seq), landedAt never going back. */
import type { Body, Commit, CommitDraft } from '../../src/ledger/commit.ts';
import type { AppendResult, LedgerStore, RowWrite } from '../../src/ledger/store.ts';

export interface LocalLedger extends LedgerStore {
  /** Every row that was saved, youngest per table and key. */
  rows(table: string): ReadonlyMap<string, object>;
  /** Runs before each append takes effect: lets a test put another writer in between, or break the store. */
  beforeAppend: (draft: CommitDraft) => Promise<void> | void;
}

export function aLedgerStore(now: () => Date = () => new Date()): LocalLedger {
  const streams = new Map<string, Commit[]>();
  const tables = new Map<string, Map<string, RowWrite>>();
  const landed: Commit[] = [];
  let highWater = 0;

  const land = (draft: CommitDraft): Commit => {
    highWater = Math.max(highWater, now().getTime());
    // What a store gives back shares nothing with what the caller still holds.
    return structuredClone({ ...draft, landedAt: new Date(highWater) });
  };

  const ledger: LocalLedger = {
    beforeAppend: () => undefined,
    async append(draft, rows): Promise<AppendResult> {
      await ledger.beforeAppend(draft);
      const commits = streams.get(draft.stream) ?? [];
      if (draft.seq > commits.length)
        throw new Error(`${draft.stream}: seq ${String(draft.seq)} would leave a gap`);
      if (draft.seq < commits.length) return { kind: 'moved' };
      const commit = land(draft);
      streams.set(draft.stream, [...commits, commit]);
      landed.push(commit);
      for (const row of rows) {
        const table = tables.get(row.table) ?? new Map<string, RowWrite>();
        tables.set(row.table, table);
        if ((table.get(row.key)?.seq ?? -1) <= row.seq) table.set(row.key, structuredClone(row));
      }
      return { kind: 'landed', commit: structuredClone(commit) };
    },
    read(stream, fromSeq = 0) {
      return Promise.resolve(structuredClone((streams.get(stream) ?? []).slice(fromSeq)));
    },
    async *readAll({ from = '', before } = {}) {
      for (const name of [...streams.keys()].sort())
        if (name >= from && (before === undefined || name < before))
          yield structuredClone(streams.get(name) ?? []);
    },
    readLast: (stream) => Promise.resolve(structuredClone(streams.get(stream)?.at(-1))),
    findHeadsSince(mark, limit, without) {
      const from = Number(mark ?? 0);
      const looked = landed
        .slice(from)
        .filter((commit) => commit.stream !== without)
        .slice(0, limit);
      const heads = new Map(looked.map((commit) => [commit.stream, commit]));
      const last = looked.at(-1);
      const next = last === undefined ? from : landed.indexOf(last) + 1;
      return Promise.resolve({ heads: [...heads.values()], commits: looked.length, mark: String(next) });
    },
    listStreams({ after, limit, prefix }) {
      const names = [...streams.keys()]
        .sort()
        .filter((name) => name > (after ?? '') && name.startsWith(prefix ?? ''));
      return Promise.resolve(names.slice(0, limit));
    },
    findPending(before, limit) {
      const pending = [...streams.values()]
        .flat()
        .filter((commit) => commit.pending && commit.landedAt < before);
      return Promise.resolve(structuredClone(pending.slice(0, limit)));
    },
    clearPending(commits) {
      for (const { stream, seq } of commits) change(stream, seq, (commit) => ({ ...commit, pending: false }));
    },
    saveRows: () => Promise.resolve(),
    eraseBodies(stream, seq, bodies) {
      change(stream, seq, (commit) => {
        const kept: Record<string, Body> = Object.fromEntries(
          Object.entries(commit.bodies).filter(([name]) => !bodies.includes(name)),
        );
        return { ...commit, bodies: kept };
      });
      return Promise.resolve();
    },
    purge: () => Promise.resolve(true),
    rows: (table) => new Map([...(tables.get(table) ?? [])].map(([key, write]) => [key, write.row])),
  };

  function change(stream: string, seq: number, alter: (commit: Commit) => Commit): void {
    const commits = streams.get(stream);
    const commit = commits?.[seq];
    if (commits !== undefined && commit !== undefined) commits[seq] = alter(commit);
  }

  return ledger;
}
