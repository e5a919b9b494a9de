/** What every run store promises: lists in order, and leases that one worker holds at a time. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { asActorId, asThreadId, newNonce, newRunId, newWorkerId } from '../../src/core/ids.ts';
import type { RunId, WorkerId } from '../../src/core/ids.ts';
import { prevAfter } from '../../src/ledger/commit.ts';
import type { RunRow } from '../../src/runs/store.ts';
import { aDraft, anApprovalRow, aRunRow, writeOfApproval, writeOfRun } from '../builders/store-entries.ts';
import { storeOf } from './store-subject.ts';
import type { Store, StoreSubject, StoreUnderTest } from './store-subject.ts';

const leaseMs = 400;

export function describeRunContract(subject: StoreSubject): void {
  describe(`given runs on ${subject.name}`, () => {
    let under: StoreUnderTest;
    beforeAll(async () => {
      under = await subject.open();
    });
    afterAll(() => under.close());

    async function save(...rows: readonly RunRow[]): Promise<void> {
      await under.store.ledger.saveRows(rows.map(writeOfRun));
    }

    /** Claims everything that is due; says which of the given runs were among it. */
    async function claim(store: Store, worker: WorkerId, runs: readonly RunId[]): Promise<readonly RunId[]> {
      const claimed = await store.runs.claimDue(worker, leaseMs, 1_000);
      return claimed.filter((run) => runs.includes(run));
    }

    /** None ends while the race lasts, on a slow machine either. */
    const raceLeaseMs = 3_600_000;
    const raced = subject.changesInTwoSteps === true ? it.skip : it;
    raced('when 16 workers of two processes claim 200 runs, then each run is claimed once', async () => {
      const rows = Array.from({ length: 200 }, () => aRunRow());
      await save(...rows);
      const claimed: RunId[] = [];

      await Promise.all(
        Array.from({ length: 16 }, async (_, index) => {
          const worker = newWorkerId();
          let idle = 0;
          while (idle < 3) {
            const runs = await storeOf(under, index).runs.claimDue(worker, raceLeaseMs, 7);
            claimed.push(...runs);
            idle = runs.length === 0 ? idle + 1 : 0;
          }
        }),
      );

      expect(claimed.toSorted()).toEqual(rows.map((row) => row.id).toSorted());
    });

    it('when one person has very many due runs, then others in the channel, other channels and workspaces get their turns', async () => {
      await under.store.runs.claimDue(newWorkerId(), raceLeaseMs, 1_000);
      const flooding = Array.from({ length: 250 }, (_, index) =>
        aRunRow({ thread: asThreadId(`slack:T01/C1/${String(index)}`), startedAt: 1_000 + index }),
      );
      const late = [
        { thread: asThreadId('slack:T01/C1/x'), startedBy: asActorId('ben'), startedAt: 2_001 },
        { thread: asThreadId('slack:T01/C2/x'), startedAt: 2_002 },
        { thread: asThreadId('slack:T02/C1/x'), startedAt: 2_003 },
      ].map(aRunRow);
      await save(...flooding, ...late);
      const atWork = [{ thread: 'slack:T01/C1/0', by: 'ana' }];

      const first = await under.store.runs.claimDue(newWorkerId(), raceLeaseMs, 3, atWork);
      const then = await under.other.runs.claimDue(newWorkerId(), raceLeaseMs, 1);
      // Later tests have the store to themselves.
      await under.store.runs.claimDue(newWorkerId(), raceLeaseMs, 1_000);

      expect(first.toSorted()).toEqual(late.map(({ id }) => id).toSorted());
      expect(flooding.map(({ id }) => id)).toContain(then[0]);
    });

    it('when nobody works on a run that could go on, then it is due; waiting and finished ones are not', async () => {
      const queued = aRunRow();
      const running = aRunRow({ status: 'running' });
      const waiting = aRunRow({ status: 'waiting' });
      const done = aRunRow({ status: 'done' });
      const expiring = aRunRow({ status: 'waiting', wakeAt: 2_000 });
      const sleeping = aRunRow({ status: 'waiting', wakeAt: Date.now() + 3_600_000 });
      const rows = [queued, running, waiting, done, expiring, sleeping];
      await save(...rows);

      const claimed = await claim(
        under.other,
        newWorkerId(),
        rows.map((row) => row.id),
      );

      expect(claimed.toSorted()).toEqual([queued.id, running.id, expiring.id].toSorted());
    });

    it('when a lease runs out, then another worker gets the run and the late one has lost it', async () => {
      const [late, next] = [newWorkerId(), newWorkerId()];
      const run = aRunRow();
      await save(run);
      expect(await claim(under.store, late, [run.id])).toEqual([run.id]);
      expect(await claim(under.other, next, [run.id])).toEqual([]);
      await under.passes(leaseMs + 50);
      expect(await under.other.runs.claimDue(next, 60_000, 10)).toContain(run.id);

      const lost = await under.store.runs.renew(late, [run.id], 60_000);
      await under.store.runs.release(late, run.id, 0, 1_000);

      expect(lost).toEqual([run.id]);
      expect(await claim(under.store, late, [run.id])).toEqual([]);
      expect(await under.other.runs.renew(next, [run.id], 60_000)).toEqual([]);
    });

    it('when a late writer decides after its lease is lost and the run has moved, then it is refused', async () => {
      const run = aRunRow();
      const stream = `run/${run.id}`;
      const begun = await under.store.ledger.append(aDraft({ stream }), [writeOfRun(run)]);
      if (begun.kind !== 'landed') throw new Error('It did not begin.');
      const [late, next] = [newWorkerId(), newWorkerId()];
      await claim(under.store, late, [run.id]);
      await under.passes(leaseMs + 50);
      expect(await claim(under.other, next, [run.id])).toEqual([run.id]);
      const decide = (by: Store): ReturnType<Store['ledger']['append']> =>
        by.ledger.append(aDraft({ stream, seq: 1, prev: prevAfter(begun.commit) }), []);
      await decide(under.other);

      expect(await decide(under.store)).toEqual({ kind: 'moved' });
    });

    it('when a lease is renewed in time, then nobody else gets the run', async () => {
      const worker = newWorkerId();
      const run = aRunRow();
      await save(run);
      await claim(under.store, worker, [run.id]);

      expect(await under.store.runs.renew(worker, [run.id], 60_000)).toEqual([]);
      await under.passes(leaseMs + 50);

      expect(await claim(under.other, newWorkerId(), [run.id])).toEqual([]);
    });

    it('when a lease is given back, then the run is due when it was said', async () => {
      const [now, later, never] = [aRunRow(), aRunRow(), aRunRow()];
      const runs = [now.id, later.id, never.id];
      await save(now, later, never);
      const worker = newWorkerId();
      await claim(under.store, worker, runs);

      await under.store.runs.release(worker, now.id, 0, 1_000);
      await under.store.runs.release(worker, later.id, 0, Date.now() + 3_600_000);
      await under.store.runs.release(worker, never.id, 0, undefined);

      await under.passes(leaseMs + 50);
      expect(await claim(under.other, newWorkerId(), runs)).toEqual([now.id]);
    });

    it('when a lease is given back by somebody who has not seen the last commit, then the run stays due', async () => {
      const worker = newWorkerId();
      const run = aRunRow({ status: 'running', seq: 3, lease: { worker, lastsMs: 0 } });
      await save(run);

      await under.other.runs.release(worker, run.id, 2, Date.now() + 3_600_000);

      expect(await claim(under.store, newWorkerId(), [run.id])).toEqual([run.id]);
    });

    it('when a row is made again while somebody works on the run, then he keeps it', async () => {
      const [worker, rebuilder] = [newWorkerId(), newWorkerId()];
      const run = aRunRow({ status: 'running', lease: { worker, lastsMs: 3_600_000 } });
      await save(run);

      await save({ ...run, title: 'anew', lease: { worker: rebuilder, lastsMs: 0 } });

      expect(await claim(under.other, newWorkerId(), [run.id])).toEqual([]);
      expect(await under.store.runs.renew(worker, [run.id], 60_000)).toEqual([]);
      expect(await under.store.runs.find(run.id)).toMatchObject({ title: 'anew' });
    });

    it('when a row carries a lease, then the run is due when it ends', async () => {
      const worker = newWorkerId();
      const held = aRunRow({ status: 'running', lease: { worker, lastsMs: 3_600_000 } });
      const lapsed = aRunRow({ status: 'running', lease: { worker, lastsMs: 0 } });
      await save(held, lapsed);

      expect(await claim(under.other, newWorkerId(), [held.id, lapsed.id])).toEqual([lapsed.id]);
      expect(await under.store.runs.renew(worker, [held.id], 60_000)).toEqual([]);
    });

    it('when runs are listed, then the youngest come first, filtered, and a cursor goes on without a gap', async () => {
      const thread = asThreadId(`console:finance/${newNonce()}`);
      const rows = Array.from({ length: 7 }, (_, index) =>
        aRunRow({
          thread,
          startedAt: 1_000 + Math.floor(index / 2),
          status: index % 3 === 0 ? 'done' : 'failed',
          workflow: index === 2 ? 'refund' : 'assistant',
          startedBy: asActorId(index === 4 ? 'dev' : 'ana'),
        }),
      );
      await save(...rows);
      const expected = rows
        .toSorted((a, b) => b.startedAt - a.startedAt || (a.id < b.id ? 1 : -1))
        .map((row) => row.id);
      const list = async (more: Partial<Parameters<Store['runs']['list']>[0]>): Promise<readonly RunRow[]> =>
        under.other.runs.list({ thread, limit: 100, ...more });

      const paged: RunRow[] = [];
      for (;;) {
        const last = paged.at(-1);
        const page = await list({
          limit: 2,
          ...(last !== undefined && { cursor: `${String(last.startedAt)}/${last.id}` }),
        });
        paged.push(...page);
        if (page.length < 2) break;
      }

      expect(paged.map((row) => row.id)).toEqual(expected);
      expect((await list({})).map((row) => row.id)).toEqual(expected);
      expect(await list({ status: 'done' })).toHaveLength(3);
      expect((await list({ workflow: 'refund' })).map((row) => row.id)).toEqual([rows[2]?.id]);
      expect((await list({ startedBy: asActorId('dev') })).map((row) => row.id)).toEqual([rows[4]?.id]);
      expect(await under.store.runs.find(newRunId())).toBeUndefined();
    });

    it('when approvals are listed, then the youngest come first, by state and tool, and are counted', async () => {
      const tool = `billing/${newNonce()}`;
      const rows = Array.from({ length: 5 }, (_, index) =>
        anApprovalRow({ tool, requestedAt: 1_000 + index, state: index < 2 ? 'pending' : 'expired' }),
      );
      const before = await under.store.runs.countApprovals('expired');
      await under.store.ledger.saveRows(rows.map((row) => writeOfApproval(row)));
      const ids = (listed: readonly { readonly id: string }[]): readonly string[] =>
        listed.map(({ id }) => id);
      const young = rows.toReversed();

      expect(await under.other.runs.listApprovals({ tool, limit: 10 })).toEqual(young);
      expect(ids(await under.other.runs.listApprovals({ tool, state: 'expired', limit: 2 }))).toEqual(
        ids(young.slice(0, 2)),
      );
      const [second] = young.slice(1);
      const cursor = `${String(second?.requestedAt)}/${String(second?.id)}`;
      expect(ids(await under.other.runs.listApprovals({ tool, cursor, limit: 10 }))).toEqual(
        ids(young.slice(2)),
      );
      expect(await under.other.runs.countApprovals('expired')).toBe(before + 3);
      const [first] = rows;
      if (first !== undefined) expect(await under.other.runs.findApproval(first.id)).toEqual(first);
      expect(await under.other.runs.findApproval(anApprovalRow().id)).toBeUndefined();
    });
  });
}
