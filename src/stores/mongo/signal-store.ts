/** Signals on MongoDB: one document each, unique by name and the sender's id. */
import { asRunId, newNonce } from '../../core/ids.ts';
import type { RunId } from '../../core/ids.ts';
import type { KeptSignal, Signal, SignalStore } from '../../runs/store.ts';
import { ask } from './database.ts';
import { codeOf, duplicateKey } from './refusals.ts';
import type { MongoDatabase } from './database.ts';
import type { SignalDocument, WaitDocument } from './documents.ts';

export function createMongoSignalStore(database: MongoDatabase): SignalStore {
  const { signals, waits } = database;
  const keyOf = (name: string, id: string): string => JSON.stringify([name, id]);

  return {
    keep: (signal) =>
      ask(async () => {
        const { name, id } = signal;
        const writer = newNonce();
        const _id = keyOf(name, id);
        try {
          await signals.updateOne(
            { _id, writer: { $exists: false } },
            {
              $setOnInsert: { writer, name, id, row: JSON.stringify(signal) },
              $currentDate: { receivedAt: true, pendingSince: true },
            },
            { upsert: true },
          );
          return true;
        } catch (error) {
          const there = await signals.findOne({ _id });
          // The answer may be lost although it was written.
          if (there === null || (codeOf(error) !== duplicateKey && there.writer !== writer)) throw error;
          return there.writer === writer;
        }
      }),
    listAfter: (name, after, limit) =>
      ask(async () => {
        const receivedAt = new Date(after.receivedAt);
        const found = await signals
          .find({
            name,
            $or: [{ receivedAt: { $gt: receivedAt } }, { receivedAt, id: { $gt: after.id } }],
          })
          .sort({ name: 1, receivedAt: 1, id: 1 })
          .limit(limit)
          .toArray();
        return found.map(toSignal);
      }),
    listWaiting: (name, after, limit) =>
      ask(async () => {
        const found = new Set<RunId>();
        const open = waits
          .find({ openName: name, run: { $gt: after ?? '' } })
          .project<Pick<WaitDocument, 'run'>>({ _id: 0, run: 1 })
          .sort({ openName: 1, run: 1 });
        for await (const { run } of open) {
          found.add(asRunId(run));
          if (found.size === limit) break;
        }
        await open.close();
        return [...found];
      }),
    listPending: (before, limit) =>
      ask(async () => {
        const found = await signals
          .find({ pendingSince: { $lt: before } })
          .sort({ pendingSince: 1 })
          .limit(limit)
          .toArray();
        return found.map(toSignal);
      }),
    settle: (name, id) =>
      ask(async () => {
        await signals.updateOne({ _id: keyOf(name, id) }, { $unset: { pendingSince: 1 } });
      }),
  };
}

function toSignal({ row, receivedAt }: SignalDocument): KeptSignal {
  // The field holds what `keep` wrote.
  return { ...(JSON.parse(row) as Signal), receivedAt: receivedAt.getTime() };
}
