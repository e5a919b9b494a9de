/** Deliveries on SQLite. */
import type { ClaimResult, Delivery, DeliveryStore } from '../../chat/store.ts';
import { asThreadId } from '../../core/ids.ts';
import { isRow } from './database.ts';
import type { LocalDatabase } from './database.ts';

export function createLocalDeliveryStore(database: LocalDatabase): DeliveryStore {
  const insert = database.prepare(
    "INSERT INTO deliveries (item, thread, state, worker, claimed_at) VALUES (?,?,'posting',?,?) ON CONFLICT DO NOTHING",
  );
  const find = database.prepare('SELECT * FROM deliveries WHERE item = ?');
  const takeOver = database.prepare(
    "UPDATE deliveries SET worker = ?, claimed_at = ? WHERE item = ? AND state = 'posting' AND claimed_at <= ?",
  );
  const makeYoung = database.prepare(
    "UPDATE deliveries SET claimed_at = ? WHERE item = ? AND state = 'posting' AND worker = ?",
  );
  const saveShown = database.prepare(
    "UPDATE deliveries SET state = 'shown', reference = ?, shown_hash = ? WHERE item = ?",
  );
  const saveOver = database.prepare(
    "UPDATE deliveries SET state = 'shown', reference = ?, shown_hash = ? WHERE item = ? AND shown_hash IS ?",
  );
  const remove = database.prepare(
    "DELETE FROM deliveries WHERE item = ? AND state = 'posting' AND worker = ?",
  );

  return {
    claim: (item, thread, worker, staleAfterMs): Promise<ClaimResult> =>
      database.write((now) => {
        if (insert.run(item, thread, worker, now).changes > 0) return { kind: 'claimed' };
        const delivery = toDelivery(find.get(item));
        if (delivery?.state === 'shown') return { kind: 'shown', delivery };
        const isMine = takeOver.run(worker, now, item, now - staleAfterMs).changes > 0;
        return { kind: isMine ? 'taken-over' : 'busy' };
      }),
    renew: (item, worker) =>
      database.write((now) => {
        makeYoung.run(now, item, worker);
      }),
    find: (item) => Promise.resolve(toDelivery(find.get(item))),
    save: (item, reference, shownHash) =>
      database.write(() => {
        saveShown.run(reference, shownHash, item);
      }),
    saveOver: (item, reference, shownHash, before) =>
      database.write(() => saveOver.run(reference, shownHash, item, before ?? null).changes > 0),
    abandon: (item, worker) =>
      database.write(() => {
        remove.run(item, worker);
      }),
  };
}

function toDelivery(row: unknown): Delivery | undefined {
  if (!isRow(row)) return undefined;
  const reference = row['reference'];
  const shownHash = row['shown_hash'];
  return {
    item: String(row['item']),
    thread: asThreadId(String(row['thread'])),
    state: row['state'] === 'shown' ? 'shown' : 'posting',
    ...(typeof reference === 'string' && { reference }),
    ...(typeof shownHash === 'string' && { shownHash }),
  };
}
