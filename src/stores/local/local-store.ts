/** The local store: every port on one SQLite file under `DATA_DIR`. */
import type { Clock } from '../../core/clock.ts';
import { newNonce, processOfWorker } from '../../core/ids.ts';
import type { Store } from '../store.ts';
import { copyDatabase } from './backup.ts';
import { createLocalActivityStore } from './activity-store.ts';
import { createLocalChatStore } from './chat-store.ts';
import { isRow, openLocalDatabase } from './database.ts';
import type { LocalDatabase } from './database.ts';
import { createLocalDeliveryStore } from './delivery-store.ts';
import { createLocalInstallationStore } from './installation-store.ts';
import { createLocalLedgerStore } from './ledger-store.ts';
import { createLocalMemoryStore } from './memory-store.ts';
import { createLocalPassageStore } from './passage-store.ts';
import { createLocalRunStore } from './run-store.ts';
import { listSources, listWorkspaces } from './sighted-rows.ts';
import { createLocalScheduleStore } from './schedule-store.ts';
import { createLocalSignalStore } from './signal-store.ts';

export interface LocalStore extends Store {
  /** Flushes to disk so far, for the bench. */
  flushes(): number;
}

export async function openLocalStore(options: {
  readonly folder: string;
  readonly file?: string;
  readonly clock: Clock;
}): Promise<LocalStore> {
  const database = openLocalDatabase(options);
  const organisation = await findOrganisation(database);
  await releaseLeasesOfTheDead(database);
  const ledger = createLocalLedgerStore(database);
  return {
    ledger,
    runs: createLocalRunStore(database),
    activity: createLocalActivityStore(database),
    chat: createLocalChatStore(database, ledger),
    deliveries: createLocalDeliveryStore(database),
    memories: createLocalMemoryStore(database),
    passages: createLocalPassageStore(database),
    sources: {
      listSources: (workspace) => Promise.resolve(listSources(database, workspace)),
      listWorkspaces: () => Promise.resolve(listWorkspaces(database)),
    },
    installations: createLocalInstallationStore(database),
    signals: createLocalSignalStore(database),
    schedules: createLocalScheduleStore(database),
    organisation,
    // All processes of one file are on one machine.
    clock: options.clock,
    place: options.folder,
    checkSearch: () => Promise.resolve([]),
    backUp: (file) =>
      new Promise((resolve) => {
        copyDatabase(database, file);
        resolve();
      }),
    flushes: () => database.flushes(),
    close: () => database.close(),
  };
}

/**
 * Makes runs due at once whose worker's process is gone: all processes of this store are on this machine. A number
 * that another process has taken over only means waiting for the lease to run out.
 */
function releaseLeasesOfTheDead(database: LocalDatabase): Promise<void> {
  const leased = database.prepare(
    'SELECT DISTINCT lease_worker FROM runs WHERE due_at IS NOT NULL AND lease_worker IS NOT NULL',
  );
  const release = database.prepare('UPDATE runs SET due_at = ? WHERE lease_worker = ? AND due_at > ?');
  return database.write((now) => {
    for (const row of leased.all()) {
      const worker = isRow(row) ? String(row['lease_worker']) : '';
      const pid = processOfWorker(worker);
      if (pid !== undefined && !isAlive(pid)) release.run(now, worker, now);
    }
  });
}

function isAlive(pid: number): boolean {
  try {
    // Signal 0 asks and sends nothing.
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function findOrganisation(database: LocalDatabase): Promise<string> {
  const insert = database.prepare("INSERT INTO meta VALUES ('organisation', ?) ON CONFLICT DO NOTHING");
  const read = database.prepare("SELECT value FROM meta WHERE key = 'organisation'");
  return database.write(() => {
    insert.run(`org_${newNonce()}`);
    const row = read.get();
    return isRow(row) ? String(row['value']) : '';
  });
}
