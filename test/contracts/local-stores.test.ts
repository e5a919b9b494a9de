import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import Database from 'libsql';
import { asActorId } from '../../src/core/ids.ts';
import type { PassageId } from '../../src/core/ids.ts';
import { operatorSight } from '../../src/memory/sight.ts';
import type { LocalStore } from '../../src/stores/local/local-store.ts';
import { openLocalStore } from '../../src/stores/local/local-store.ts';
import { openLocalDatabase } from '../../src/stores/local/database.ts';
import { nearRowsOf } from '../../src/stores/local/near-rows.ts';
import type { NearRow } from '../../src/stores/local/near-rows.ts';
import { addedColumns } from '../../src/stores/local/schema.ts';
import { aMovedClock } from '../builders/moved-clock.ts';
import { aFolder, removeFolder } from '../builders/running-bot.ts';
import {
  aDocument,
  aPassage,
  aRunRow,
  anApprovalRow,
  writeOfApproval,
  writeOfRun,
} from '../builders/store-entries.ts';
import { describeActivityContract } from './activity-store.contract.ts';
import { describeAskContract } from './asks.contract.ts';
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
describeAskContract(local);
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

describe('given more vectors than are compared at once', () => {
  const model = 'm';
  const dims = 48;
  const sight = operatorSight('console');
  /** The same in every run. */
  function createVectors(): () => Float32Array {
    let state = 5;
    const chance = (): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state / 2 ** 31 - 1;
    };
    return () => new Float32Array(dims).map(chance);
  }
  const cosine = (one: Float32Array, other: Float32Array): number => {
    let [dot, left, right] = [0, 0, 0];
    for (const [at, value] of one.entries()) {
      dot += value * (other[at] ?? 0);
      left += value ** 2;
      right += (other[at] ?? 0) ** 2;
    }
    return dot / Math.sqrt(left * right);
  };

  it('when something is looked for by meaning, then the nearest are found as if all were compared, also those of another process and of an older version', async () => {
    const folder = aFolder();
    const clock = aMovedClock();
    const next = createVectors();
    const some = (count: number): readonly { readonly id: PassageId; readonly values: Float32Array }[] =>
      Array.from({ length: count }, () => ({ id: aPassage().id, values: next() }));
    const [first, later] = [some(1_500), some(30)];
    const keep = async (store: LocalStore, source: string, rows: typeof first): Promise<void> => {
      const passages = rows.map(({ id }, position) => aPassage({ id, source, position }));
      await store.passages.saveDocument(sight, aDocument({ source }), passages);
      await store.passages.saveVectors(sight, model, rows);
    };
    const before = await openLocalStore({ folder, clock });
    await keep(before, 'first.md', first);
    await before.close();
    const file = new Database(join(folder, 'countersign.db'));
    file.exec("DROP TABLE sighted_codes; DELETE FROM meta WHERE key = 'vector-codes'");
    file.close();
    const [store, other] = [await openLocalStore({ folder, clock }), await openLocalStore({ folder, clock })];
    const questions = [next(), ...later.slice(0, 2).map(({ values }) => values)];
    const findAll = async (): Promise<readonly (readonly string[])[]> => {
      const found: string[][] = [];
      for (const values of questions) {
        const query = { text: '', vector: { model, values }, limit: 20 };
        found.push((await store.passages.search(sight, query)).byVector.map(({ id }) => id));
      }
      return found;
    };
    const nearestOf = (rows: typeof first): readonly (readonly string[])[] =>
      questions.map((question) =>
        rows
          .map(({ id, values }) => ({ id, likeness: cosine(question, values) }))
          .toSorted((a, b) => b.likeness - a.likeness)
          .slice(0, 20)
          .map(({ id }) => id),
      );

    expect(await findAll()).toEqual(nearestOf(first));
    await keep(other, 'later.md', later);
    expect(await findAll()).toEqual(nearestOf([...first, ...later]));
    await other.passages.removeDocuments(sight, ['first.md']);
    expect(await findAll()).toEqual(nearestOf(later));

    await store.close();
    await other.close();
    const after = new Database(join(folder, 'countersign.db'));
    expect(after.prepare('SELECT number FROM sighted_codes').all()).toHaveLength(later.length);
    after.close();
    removeFolder(folder);
  });

  it('when another process forgets something, then no sign of it stays here beyond the next question', async () => {
    const folder = aFolder();
    const clock = aMovedClock();
    const other = await openLocalStore({ folder, clock });
    const here = openLocalDatabase({ folder, clock });
    const next = createVectors();
    for (const source of ['one.md', 'two.md', 'three.md']) {
      const passage = aPassage({ source });
      await other.passages.saveDocument(sight, aDocument({ source }), [passage]);
      await other.passages.saveVectors(sight, model, [{ id: passage.id, values: next() }]);
    }
    const values = next();
    const compared = async (): Promise<number> => {
      const numbers: number[] = [];
      const compare = (asked: readonly number[]): readonly NearRow[] => {
        numbers.push(...asked);
        return [];
      };
      await nearRowsOf(here).find({ sight, sort: 'passage', model, values, limit: 5, compare });
      return numbers.length;
    };

    expect(await compared()).toBe(3);
    await other.passages.removeDocuments(sight, ['one.md']);
    expect(await compared()).toBe(2);
    // So much went meanwhile that what was noted of it is gone too.
    await other.passages.removeDocuments(sight, ['two.md']);
    await here.write(() => here.prepare('UPDATE sighted_gone SET rev = rev + 50, number = 9999').run());
    expect(await compared()).toBe(1);

    await other.close();
    await here.close();
    removeFolder(folder);
  });
});

function indexesOf(file: InstanceType<typeof Database>, table: string, column: string): readonly string[] {
  const found: readonly unknown[] = file
    .prepare("SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql LIKE ?")
    .all(table, `%${column}%`);
  // The query asks for this one field.
  return found.map((index) => (index as { readonly name: string }).name);
}
