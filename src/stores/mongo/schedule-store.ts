/** Schedules on MongoDB. A row is compared whole when it is replaced: of two changes one wins. */
import type { ScheduleRow, ScheduleStore } from '../../schedule/store.ts';
import { ask } from './database.ts';
import { codeOf, duplicateKey } from './refusals.ts';
import type { MongoDatabase } from './database.ts';
import type { ScheduleDocument } from './documents.ts';

export function createMongoScheduleStore({ schedules }: MongoDatabase): ScheduleStore {
  return {
    list: () => ask(async () => (await schedules.find({}).sort({ _id: 1 }).toArray()).map(readRow)),
    find: (name) =>
      ask(async () => {
        const found = await schedules.findOne({ _id: name });
        return found === null ? undefined : readRow(found);
      }),
    findDue: (now, limit) =>
      ask(async () => {
        const due = schedules.find({ dueAt: { $lte: now } }).sort({ dueAt: 1, _id: 1 });
        return (await due.limit(limit).toArray()).map(readRow);
      }),
    add: (row) =>
      ask(async () => {
        try {
          await schedules.insertOne({ _id: row.name, ...fieldsOf(row) });
          return true;
        } catch (error) {
          if (codeOf(error) === duplicateKey) return false;
          throw error;
        }
      }),
    replace: (before, next) =>
      ask(async () => {
        const same = { _id: before.name, row: JSON.stringify(before) };
        return (await schedules.updateOne(same, { $set: fieldsOf(next) })).matchedCount > 0;
      }),
    remove: (name) => ask(async () => (await schedules.deleteOne({ _id: name })).deletedCount > 0),
  };
}

/** A row that rests or is over is never due: `null` is below no number. */
function fieldsOf(row: ScheduleRow): Omit<ScheduleDocument, '_id'> {
  return { dueAt: row.isPaused ? null : (row.nextAt ?? null), row: JSON.stringify(row) };
}

function readRow({ row }: ScheduleDocument): ScheduleRow {
  // The field holds what `add` or `replace` wrote; its fields keep their order, so it compares as text.
  return JSON.parse(row) as ScheduleRow;
}
