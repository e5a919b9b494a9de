/**
 * What happened, counted while rows of the time and place asked for pass by: nothing here needs a pipeline of the server.
 *
 * Documents of older versions lack the fields that are searched by: they come too, and the row itself decides.
 */
import type { ActivityStore, ApprovalRow, RunRow, RunTally } from '../../runs/store.ts';
import { ask } from './database.ts';
import type { MongoDatabase } from './database.ts';

export function createMongoActivityStore({ runs, approvals }: MongoDatabase): ActivityStore {
  return {
    tally: ({ until, stretchMs, stretches, channel, startedBy: person }) =>
      ask(async () => {
        const found = new Map<string, RunTally>();
        const began = { $gte: until - stretchMs * stretches, $lt: until };
        const meant = { ...orLacking('channel', channel), ...orLacking('startedBy', person) };
        for await (const document of runs.find({ ...meant, startedAt: began })) {
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
        const meant = { ...orLacking('channel', channel), ...orLacking('startedBy', startedBy) };
        const cursor = runs.find({ status, startedAt: { $gte: since }, ...meant }).sort({ startedAt: 1 });
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
        const cursor = approvals
          .find({ state: 'pending', ...orLacking('channel', channel) })
          .sort({ requestedAt: 1 });
        return take(cursor, limit, (row: ApprovalRow) => channel === undefined || row.channel === channel);
      }),
    listDecisions: ({ askedSince, since, channel, person, limit }) =>
      ask(async () => {
        const cursor = approvals.find({
          state: { $ne: 'pending' },
          requestedAt: { $gte: askedSince },
          ...orLacking('channel', channel),
          ...(person !== undefined && {
            $or: [{ requester: person }, { requester: { $exists: false } }, { decidedBy: person }],
          }),
        });
        const isMeant = (row: ApprovalRow): boolean =>
          (row.decidedAt ?? 0) >= since &&
          (channel === undefined || row.channel === channel) &&
          (person === undefined || row.decidedBy === person || row.requester === person);
        const found = await take(cursor, Number.POSITIVE_INFINITY, isMeant);
        return found.toSorted((a, b) => (b.decidedAt ?? 0) - (a.decidedAt ?? 0)).slice(0, limit);
      }),
  };
}

/** That value, or none: nothing is asked of a field whose value is not given. */
function orLacking(field: string, value: string | undefined): Record<string, unknown> {
  return value === undefined ? {} : { [field]: { $in: [value, null] } };
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
