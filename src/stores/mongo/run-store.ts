/** Runs and approvals on MongoDB: lists, and leases by conditional updates. */
import { fairShare, findCrowds, lookedAt, mostLooks } from '../../core/fair-share.ts';
import type { Crowd, Origin } from '../../core/fair-share.ts';
import { asRunId } from '../../core/ids.ts';
import type { RunId } from '../../core/ids.ts';
import type { ApprovalRow, RunRow, RunStore } from '../../runs/store.ts';
import { ask } from './database.ts';
import type { MongoDatabase } from './database.ts';
import type { RunDocument } from './documents.ts';

export function createMongoRunStore(database: MongoDatabase): RunStore {
  const { runs, approvals } = database;

  return {
    find: (run) => ask(async () => readRow<RunRow>(await runs.findOne({ _id: run }))),
    list: ({ status, workflow, thread, startedBy, cursor, limit }) =>
      ask(async () => {
        const found = await runs
          .find({
            ...(status !== undefined && { status }),
            ...(workflow !== undefined && { workflow }),
            ...(thread !== undefined && { thread }),
            ...(startedBy !== undefined && { startedBy }),
            ...before('startedAt', cursor),
          })
          .sort({ startedAt: -1, _id: -1 })
          .limit(limit)
          .toArray();
        return found.flatMap((document) => readRow<RunRow>(document) ?? []);
      }),
    listOldest: ({ thread, after = '-1/', limit }) =>
      ask(async () => {
        const { time, id } = readCursor(after);
        const found = await runs
          .find({
            ...(thread !== undefined && { thread }),
            $or: [{ startedAt: { $gt: time } }, { startedAt: time, _id: { $gt: id } }],
          })
          .sort({ startedAt: 1, _id: 1 })
          .limit(limit)
          .toArray();
        return found.flatMap((document) => readRow<RunRow>(document) ?? []);
      }),
    claimDue: (worker, leaseMs, limit, atWork) =>
      ask(async () => {
        const claimed: RunId[] = [];
        // Others claim the same ones at the same time: whoever loses them looks for more.
        for (let round = 0; round < 4 && claimed.length < limit; round += 1) {
          const now = await database.storeTime();
          const found = await findDue(database, now, limit);
          // On a slow database a lease of an earlier round may have run out already.
          const due = found.filter(({ id }) => !claimed.includes(id));
          if (due.length === 0) break;
          const chosen = fairShare(due, limit - claimed.length, atWork);
          // All in one request: a slow server must not let the first of these leases run out before the last is given.
          const ids = { _id: { $in: chosen.map(({ id }) => id) } };
          await runs.updateMany({ ...ids, dueAt: { $lte: now } }, { $set: { worker, dueAt: now + leaseMs } });
          const mine = await runs.find({ ...ids, worker, dueAt: now + leaseMs }).toArray();
          claimed.push(...mine.map(({ _id }) => asRunId(_id)));
        }
        return claimed;
      }),
    renew: (worker, held, leaseMs) =>
      ask(async () => {
        const own = { _id: { $in: [...held] }, worker };
        await runs.updateMany(own, { $set: { dueAt: (await database.storeTime()) + leaseMs } });
        const still = await runs.find(own).project<{ readonly _id: string }>({ _id: 1 }).toArray();
        const ids = new Set(still.map(({ _id }) => _id));
        return held.filter((run) => !ids.has(run));
      }),
    release: (worker, run, seq, wakeAt) =>
      ask(async () => {
        await runs.updateOne(
          { _id: run, worker, seq: { $lte: seq } },
          { $set: { worker: null, dueAt: wakeAt ?? null } },
        );
      }),
    findApproval: (approval) =>
      ask(async () => readRow<ApprovalRow>(await approvals.findOne({ _id: approval }))),
    listApprovals: ({ state, tool, cursor, limit }) =>
      ask(async () => {
        const found = await approvals
          .find({
            ...(state !== undefined && { state }),
            ...(tool !== undefined && { tool }),
            ...before('requestedAt', cursor),
          })
          .sort({ requestedAt: -1, _id: -1 })
          .limit(limit)
          .toArray();
        return found.flatMap((document) => readRow<ApprovalRow>(document) ?? []);
      }),
    countApprovals: (state) => ask(() => approvals.countDocuments({ state })),
  };
}

interface Due extends Origin {
  readonly id: RunId;
}

/** The oldest that are due, and behind crowds those of others. */
async function findDue({ runs }: MongoDatabase, now: number, limit: number): Promise<readonly Due[]> {
  const found = new Map<string, Due>();
  const crowds: Crowd[] = [];
  for (let look = 0; look < mostLooks; look += 1) {
    const page = await runs
      .find({ dueAt: { $lte: now }, ...(crowds.length > 0 && { $and: crowds.map(besides) }) })
      .project<Pick<RunDocument, '_id' | 'thread' | 'startedBy'>>({ thread: 1, startedBy: 1 })
      .sort({ dueAt: 1 })
      .limit(lookedAt(limit))
      .toArray();
    const due = page.map(({ _id, thread, startedBy: by = '' }) => ({ id: asRunId(_id), thread, by }));
    for (const entry of due) found.set(entry.id, entry);
    const more = page.length < lookedAt(limit) ? [] : findCrowds(due);
    if (more.length === 0) break;
    crowds.push(...more);
  }
  return [...found.values()];
}

/** All that is not of this crowd. */
function besides({ prefix, by }: Crowd): Record<string, unknown> {
  const elsewhere = [{ thread: { $lt: prefix } }, { thread: { $gte: `${prefix}\u{10ffff}` } }];
  if (by === undefined) return { $or: elsewhere };
  return { $or: [...elsewhere, { startedBy: by === '' ? { $exists: true } : { $ne: by } }] };
}

function readRow<T>(document: { readonly row: string } | null): T | undefined {
  // The field `row` holds what the projection of this very type wrote.
  return document === null ? undefined : (JSON.parse(document.row) as T);
}

/** What comes after the cursor `<time>/<id>` when the youngest come first. */
export function before(
  field: 'startedAt' | 'requestedAt',
  cursor: string | undefined,
): Record<string, unknown> {
  if (cursor === undefined) return {};
  const { time, id } = readCursor(cursor);
  return { $or: [{ [field]: { $lt: time } }, { [field]: time, _id: { $lt: id } }] };
}

function readCursor(cursor: string): { readonly time: number; readonly id: string } {
  const slash = cursor.indexOf('/');
  return { time: Number(cursor.slice(0, slash)) || 0, id: cursor.slice(slash + 1) };
}
