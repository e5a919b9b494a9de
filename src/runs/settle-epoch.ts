/** Stops what was under way in a store that was restored; done again from the start if it is cut short. */
import type { Clock } from '../core/clock.ts';
import { asActorId } from '../core/ids.ts';
import type { SmallStream } from '../ledger/small-stream.ts';
import { openEpochs } from '../ledger/epoch.ts';
import type { EpochState } from '../ledger/epoch.ts';
import type { LedgerStore } from '../ledger/store.ts';
import { recordStop } from './record-stop.ts';
import type { RunStatus } from './run-state.ts';
import type { RunStore } from './store.ts';

export interface RestoredStore {
  readonly ledger: LedgerStore;
  readonly runs: RunStore;
  readonly chat: { setWaitingAside(): Promise<number> };
}

export interface Settled {
  readonly runs: number;
  readonly messages: number;
}

const why =
  'The records were restored from a backup. What happened after it is not known here, so this is not gone on with. Ask again for what is still needed.';
const unfinished: readonly RunStatus[] = ['queued', 'running', 'waiting', 'parked'];
const rowsAtOnce = 200;

/** Somebody says that the store was restored: a new epoch begins, and what was under way is stopped. */
export async function beginEpoch(store: RestoredStore, clock: Clock, by: string): Promise<Settled> {
  const epochs = openEpochs(store.ledger);
  await epochs.append(by, ({ number }) => [{ kind: 'epoch.begun', v: 1, data: { number: number + 1 } }]);
  return settle(store, clock, epochs);
}

/** Finishes what a process that died had begun. */
export async function settleEpoch(store: RestoredStore, clock: Clock): Promise<void> {
  const epochs = openEpochs(store.ledger);
  if (!(await epochs.read()).isSettled) await settle(store, clock, epochs);
}

async function settle(store: RestoredStore, clock: Clock, epochs: SmallStream<EpochState>): Promise<Settled> {
  const { by } = await epochs.read();
  const messages = await store.chat.setWaitingAside();
  let runs = 0;
  for (const status of unfinished) {
    let cursor: string | undefined;
    do {
      const rows = await store.runs.list({
        status,
        limit: rowsAtOnce,
        ...(cursor !== undefined && { cursor }),
      });
      for (const row of rows)
        if (
          (await recordStop({ ledger: store.ledger, clock, isFinal: true }, row.id, asActorId(by), why))
            .kind === 'stopped'
        )
          runs += 1;
      const last = rows.length === rowsAtOnce ? rows.at(-1) : undefined;
      cursor = last === undefined ? undefined : `${String(last.startedAt)}/${last.id}`;
    } while (cursor !== undefined);
  }
  await epochs.append(by, ({ number, isSettled }) =>
    isSettled ? [] : [{ kind: 'epoch.settled', v: 1, data: { number, runs, messages } }],
  );
  return { runs, messages };
}
