/** What every activity store promises: counts by time and place, and what waits or was decided in one place. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { asActorId, asChannelId } from '../../src/core/ids.ts';
import type { ApprovalRow } from '../../src/runs/store.ts';
import { aRunRow, anApprovalRow, writeOfRun } from '../builders/store-entries.ts';
import type { StoreSubject, StoreUnderTest } from './store-subject.ts';

const hourMs = 3_600_000;
const now = Date.UTC(2026, 10, 27, 12);
const finance = asChannelId('console:finance');
const board = asChannelId('console:board');

export function describeActivityContract(subject: StoreSubject): void {
  describe(`given what happened on ${subject.name}`, () => {
    let under: StoreUnderTest;
    beforeAll(async () => {
      under = await subject.open();
      const run = (
        hours: number,
        fields: Parameters<typeof aRunRow>[0] = {},
      ): ReturnType<typeof writeOfRun> =>
        writeOfRun(
          aRunRow({ startedAt: now - hours * hourMs, status: 'done', usdSpent: 0.5, tokens: 7, ...fields }),
        );
      const approval = (fields: Partial<ApprovalRow>) => {
        const row = anApprovalRow({ requestedAt: now - 3 * hourMs, channel: finance, ...fields });
        return { table: 'approvals', key: row.id, seq: 0, row } as const;
      };
      await under.store.ledger.saveRows([
        run(1),
        run(2),
        run(25),
        run(60),
        run(3, { status: 'waiting', startedBy: asActorId('ben') }),
        run(1, { channel: board, title: 'the words "channel":"console:finance" of a tease' }),
        approval({ tool: 'young' }),
        approval({ tool: 'old', requestedAt: now - 9 * hourMs }),
        approval({ tool: 'other room', channel: board }),
        approval({ tool: 'denied', state: 'denied', decidedBy: asActorId('ben'), decidedAt: now - hourMs }),
        approval({ tool: 'before', state: 'approved', decidedAt: now - 30 * hourMs }),
        approval({
          tool: 'of cho',
          requester: asActorId('cho'),
          state: 'expired',
          decidedAt: now - 2 * hourMs,
        }),
      ]);
    });
    afterAll(() => under.close());

    it('when runs are counted, then each stretch, room and status has its own number', async () => {
      const tallies = await under.other.activity.tally({
        ...{ until: now, stretchMs: 24 * hourMs, stretches: 2, channel: finance },
      });

      expect(tallies).toHaveLength(3);
      expect(tallies).toContainEqual({
        ...{ ago: 0, channel: finance, workflow: 'assistant', status: 'done', startedBy: 'ana' },
        ...{ runs: 2, usd: 1, tokens: 14 },
      });
      expect(tallies.find(({ ago }) => ago === 1)).toMatchObject({ runs: 1, status: 'done' });
      const all = await under.store.activity.tally({ until: now, stretchMs: 24 * hourMs, stretches: 1 });
      expect(all.reduce((sum, { runs }) => sum + runs, 0)).toBe(4);
    });

    it('when what waits and was decided is listed, then it is of that room, time and person', async () => {
      const { activity } = under.other;
      const tools = (rows: readonly ApprovalRow[]): readonly string[] => rows.map(({ tool }) => tool);
      const asked = { askedSince: now - 48 * hourMs, since: now - 24 * hourMs, limit: 9 };

      expect(tools(await activity.listOpenApprovals({ channel: finance, limit: 9 }))).toEqual([
        'old',
        'young',
      ]);
      expect(await activity.listOpenApprovals({ limit: 9 })).toHaveLength(3);
      expect(tools(await activity.listDecisions({ ...asked, channel: finance }))).toEqual([
        'denied',
        'of cho',
      ]);
      expect(tools(await activity.listDecisions({ ...asked, person: asActorId('ben') }))).toEqual(['denied']);
      const waiting = { status: 'waiting', channel: finance, limit: 9 } as const;
      expect(await activity.listRuns(waiting)).toHaveLength(1);
      expect(await activity.listRuns({ ...waiting, startedBy: asActorId('ana') })).toEqual([]);
    });
  });
}
