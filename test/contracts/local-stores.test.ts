import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import Database from 'libsql';
import { asActorId } from '../../src/core/ids.ts';
import { openLocalStore } from '../../src/stores/local/local-store.ts';
import { addedColumns } from '../../src/stores/local/schema.ts';
import { aMovedClock } from '../builders/moved-clock.ts';
import { aFolder, removeFolder } from '../builders/running-bot.ts';
import { aRunRow, anApprovalRow, writeOfApproval, writeOfRun } from '../builders/store-entries.ts';
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

describe('given a file of a version that did not know who started a run, and where', () => {
  it('when it is opened, then all that it holds is found by person and channel too, and what that version adds', async () => {
    const folder = aFolder();
    const clock = aMovedClock();
    const ben = asActorId('ben');
    const row = aRunRow({ startedBy: ben, status: 'waiting' });
    const { channel } = row;
    const approval = anApprovalRow({
      channel,
      requester: asActorId('cho'),
      decidedBy: ben,
      decidedAt: 5,
      state: 'denied',
    });
    const old = anApprovalRow({ requester: ben, decidedAt: 4, state: 'expired' });
    const before = await openLocalStore({ folder, clock });
    await before.ledger.saveRows([writeOfRun(row), writeOfApproval(approval), writeOfApproval(old)]);
    await before.close();
    const file = new Database(join(folder, 'countersign.db'));
    for (const { table, column } of addedColumns) {
      for (const index of indexesOf(file, table, column)) file.exec(`DROP INDEX ${index}`);
      file.exec(`ALTER TABLE ${table} DROP COLUMN ${column}`);
    }
    file.close();

    const open = async (): Promise<readonly (readonly string[])[]> => {
      const store = await openLocalStore({ folder, clock });
      const decided = { askedSince: 0, since: 1, limit: 9 };
      const lists = [
        await store.runs.list({ startedBy: ben, limit: 9 }),
        await store.activity.listRuns({ status: 'waiting', channel, limit: 9 }),
        await store.activity.listDecisions({ ...decided, person: ben }),
        await store.activity.listDecisions({ ...decided, channel }),
      ];
      await store.close();
      return lists.map((list) => list.map(({ id }) => id));
    };
    const first = await open();
    const again = new Database(join(folder, 'countersign.db'));
    again.exec(
      'UPDATE runs SET started_by = NULL, channel = NULL; UPDATE approvals SET channel = NULL, requester = NULL',
    );
    again.close();
    const second = await open();
    removeFolder(folder);

    expect(first).toEqual([[row.id], [row.id], [approval.id, old.id], [approval.id]]);
    expect(second).toEqual(first);
  });
});

function indexesOf(file: InstanceType<typeof Database>, table: string, column: string): readonly string[] {
  const found: readonly unknown[] = file
    .prepare("SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql LIKE ?")
    .all(table, `%${column}%`);
  // The query asks for this one field.
  return found.map((index) => (index as { readonly name: string }).name);
}
