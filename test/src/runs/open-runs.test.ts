/** What follows from a run's commits while people answer faster than the store. */
import { describe, expect, it } from '@jest/globals';
import { systemClock } from '../../../src/core/clock.ts';
import { asApprovalId, asRunId } from '../../../src/core/ids.ts';
import { createOpenRuns } from '../../../src/runs/open-runs.ts';
import type { OpenRun, OpenRuns } from '../../../src/runs/open-runs.ts';
import { readFixture } from '../../builders/event-fixture.ts';
import { aLedgerStore } from '../../builders/local-ledger.ts';
import type { LocalLedger } from '../../builders/local-ledger.ts';

/** A run up to its question: two approvals are pending. */
const asked = readFixture('run-v1.jsonl').slice(0, 5);
const run = asRunId('run_fixture_v1');

async function open(): Promise<{ ledger: LocalLedger; opened: OpenRun; openRuns: OpenRuns }> {
  const ledger = aLedgerStore();
  for (const commit of asked) await ledger.append(commit, []);
  const openRuns = createOpenRuns({
    ledger,
    clock: systemClock,
    isPending: () => false,
    onLanded: () => undefined,
    onMoved: () => undefined,
  });
  const opened = await openRuns.open(run);
  if (opened === undefined) throw new Error('The run is there.');
  return { ledger, opened, openRuns };
}

describe('given a commit that is on its way', () => {
  it('when an approval is decided before it lands, then the inbox learns of the decision', async () => {
    const { ledger, opened, openRuns } = await open();
    const decide = (): void => {
      const data = { approval: 'apr_1', state: 'approved', by: 'ben' };
      opened.stream.append({ sort: 'fact', by: 'ben', events: [{ kind: 'approval.decided', v: 1, data }] });
    };
    ledger.beforeAppend = () => {
      ledger.beforeAppend = () => undefined;
      decide();
    };

    const data = { message: 'console:ana/m2', by: 'ana' };
    const events = [{ kind: 'message.received', v: 1, data, texts: { text: 'and hurry' } }];
    opened.stream.append({ sort: 'fact', by: 'ana', events });
    await opened.stream.durable();
    await openRuns.settled();

    expect(ledger.rows('approvals').get('apr_1')).toMatchObject({ state: 'approved' });
    expect(ledger.rows('approvals').get('apr_2')).toMatchObject({ state: 'pending' });
  });
});

describe('given a run that is held open here', () => {
  it('when another process has written to it, then it is caught up with, and goes on from there', async () => {
    const { ledger, opened } = await open();
    const elsewhere = readFixture('run-v1.jsonl').slice(5, 7);
    for (const commit of elsewhere) await ledger.append(commit, []);
    expect(opened.state().approvals.get(asApprovalId('apr_1'))?.state).toBe('pending');

    await opened.stream.catchUp();
    await opened.stream.catchUp();

    expect(opened.state().approvals.get(asApprovalId('apr_1'))?.state).toBe('approved');
    const data = { message: 'console:ana/m3', by: 'ana' };
    const events = [{ kind: 'message.received', v: 1, data, texts: { text: 'and hurry' } }];
    opened.stream.append({ sort: 'decision', by: 'ana', events });
    await opened.stream.durable();
    expect((await ledger.readLast(`run/${run}`))?.seq).toBe(7);
  });
});
