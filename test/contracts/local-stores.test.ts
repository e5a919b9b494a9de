import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import Database from 'libsql';
import { asActorId } from '../../src/core/ids.ts';
import { openLocalStore } from '../../src/stores/local/local-store.ts';
import { aMovedClock } from '../builders/moved-clock.ts';
import { aFolder, removeFolder } from '../builders/running-bot.ts';
import { aRunRow, writeOfRun } from '../builders/store-entries.ts';
import { describeActivityContract } from './activity-store.contract.ts';
import { describeBudgetContract } from './budgets.contract.ts';
import { describeChatContract } from './chat-store.contract.ts';
import { describeDeliveryContract } from './delivery-store.contract.ts';
import { describeInstallationContract } from './installation-store.contract.ts';
import { describeLedgerContract } from './ledger-store.contract.ts';
import { describeMemoryContract } from './memory-store.contract.ts';
import { describePassageContract } from './passage-store.contract.ts';
import { describeRunContract } from './run-store.contract.ts';
import { describeScheduleContract } from './schedule-store.contract.ts';
import { describeSignalContract } from './signal-store.contract.ts';
import type { StoreSubject } from './store-subject.ts';

const local: StoreSubject = {
  name: 'SQLite',
  async open() {
    const folder = aFolder();
    const clock = aMovedClock();
    const store = await openLocalStore({ folder, clock });
    const other = await openLocalStore({ folder, clock });
    return {
      store,
      other,
      passes(ms) {
        clock.advance(ms);
        return Promise.resolve();
      },
      async close() {
        await store.close();
        await other.close();
        removeFolder(folder);
      },
    };
  },
};

describeLedgerContract(local);
describeRunContract(local);
describeChatContract(local);
describeDeliveryContract(local);
describeInstallationContract(local);
describeSignalContract(local);
describeScheduleContract(local);
describeActivityContract(local);
describeMemoryContract(local);
describePassageContract(local);
describeBudgetContract(local);

describe('given a file of a version that did not know who started a run', () => {
  it('when it is opened, then the runs that it holds are found by their starter too', async () => {
    const folder = aFolder();
    const clock = aMovedClock();
    const row = aRunRow({ startedBy: asActorId('ben'), status: 'done' });
    const before = await openLocalStore({ folder, clock });
    await before.ledger.saveRows([writeOfRun(row)]);
    await before.close();
    const file = new Database(join(folder, 'countersign.db'));
    file.exec('DROP INDEX runs_starter; ALTER TABLE runs DROP COLUMN started_by');
    file.close();

    const after = await openLocalStore({ folder, clock });
    const other = await openLocalStore({ folder, clock });
    const found = await other.runs.list({ startedBy: asActorId('ben'), limit: 10 });
    await after.close();
    await other.close();
    removeFolder(folder);

    expect(found.map(({ id }) => id)).toEqual([row.id]);
  });
});
