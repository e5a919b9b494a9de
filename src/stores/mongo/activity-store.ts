/** What happened, counted while rows of the time asked for pass by: nothing here needs a pipeline of the server. */
import type { ActivityStore, ApprovalRow, RunRow, RunTally } from '../../runs/store.ts';
import { ask } from './database.ts';
import type { MongoDatabase } from './database.ts';

export function createMongoActivityStore({ runs, approvals }: MongoDatabase): ActivityStore {
  return {
    tally: ({ until, stretchMs, stretches, channel, startedBy: person }) =>
      ask(async () => {
        const found = new Map<string, RunTally>();
        const began = { $gte: until - stretchMs * stretches, $lt: until };
        for await (const document of runs.find({ startedAt: began })) {
          const row = readRow<RunRow>(document);
          if (channel !== undefined && row.channel !== channel) continue;
          const ago = Math.floor((until - 1 - row.startedAt) / stretchMs);
          if (person !== undefined && row.startedBy !== person) continue;
          const { workflow, status, startedBy } = row;
          const key = JSON.stringify([ago, row.channel, workflow, status, startedBy]);
          const before = found.get(key) ?? { runs: 0, usd: 0, tokens: 0 };
          found.set(key, {
            ...{ ago, channel: row.channel, workflow, status, startedBy },
            runs: before.runs + 1,
            usd: before.usd + row.usdSpent,
            tokens: before.tokens + row.tokens,
          });
        }
        return [...found.values()];
      }),
    listRuns: ({ status, since = 0, channel, startedBy, limit }) =>
      ask(async () => {
        const cursor = runs.find({ status, startedAt: { $gte: since } }).sort({ startedAt: 1 });
        return take(
          cursor,
          limit,
          (row: RunRow) =>
            (channel === undefined || row.channel === channel) &&
            (startedBy === undefined || row.startedBy === startedBy),
        );
      }),
    listOpenApprovals: ({ channel, limit }) =>
      ask(async () => {
        const cursor = approvals.find({ state: 'pending' }).sort({ requestedAt: 1 });
        return take(cursor, limit, (row: ApprovalRow) => channel === undefined || row.channel === channel);
      }),
    listDecisions: ({ askedSince, since, channel, person, limit }) =>
      ask(async () => {
        const cursor = approvals.find({ state: { $ne: 'pending' }, requestedAt: { $gte: askedSince } });
        const isMeant = (row: ApprovalRow): boolean =>
          (row.decidedAt ?? 0) >= since &&
          (channel === undefined || row.channel === channel) &&
          (person === undefined || row.decidedBy === person || row.requester === person);
        const found = await take(cursor, Number.POSITIVE_INFINITY, isMeant);
        return found.toSorted((a, b) => (b.decidedAt ?? 0) - (a.decidedAt ?? 0)).slice(0, limit);
      }),
  };
}

/** The first rows that are meant; the cursor is closed then. */
async function take<Row>(
  cursor: AsyncIterable<{ readonly row: string }> & { close(): Promise<void> },
  limit: number,
  isMeant: (row: Row) => boolean,
): Promise<readonly Row[]> {
  const found: Row[] = [];
  for await (const document of cursor) {
    const row = readRow<Row>(document);
    if (isMeant(row)) found.push(row);
    if (found.length >= limit) break;
  }
  await cursor.close();
  return found;
}

function readRow<Row>({ row }: { readonly row: string }): Row {
  // The field `row` holds what the projection of this very type wrote.
  return JSON.parse(row) as Row;
}
