/** What follows from a run's commits while people answer faster than the store. */
import { describe, expect, it } from '@jest/globals';
import { systemClock } from '../../../src/core/clock.ts';
import { asRunId } from '../../../src/core/ids.ts';
import { createOpenRuns } from '../../../src/runs/open-runs.ts';
import { readFixture } from '../../builders/event-fixture.ts';
import { aLedgerStore } from '../../builders/local-ledger.ts';

/** A run up to its question: two approvals are pending. */
const asked = readFixture('run-v1.jsonl').slice(0, 5);
const run = asRunId('run_fixture_v1');

describe('given a commit that is on its way', () => {
  it('when an approval is decided before it lands, then the inbox learns of the decision', async () => {
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
