/** The store that the configuration names: MongoDB where `MONGODB_URI` is set, else one file under `DATA_DIR`. */
import type { Config } from './config.ts';
import type { Clock } from './core/clock.ts';
import { AppError } from './core/errors.ts';
import type { Logger } from './core/logger.ts';
import { checkStoreFile, layReady, putInPlace } from './stores/local/backup.ts';
import { openLocalStore } from './stores/local/local-store.ts';
import { openMovingOut } from './stores/local/move-out.ts';
import type { MovingIn, MovingOut, TargetSeen } from './stores/moving.ts';
import type { SearchCheck, Store } from './stores/store.ts';

interface StoreOptions {
  readonly config: Pick<Config, 'dataDir' | 'mongodbUri'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export function openStore({ config, clock, logger }: StoreOptions): Promise<Store> {
  const { mongodbUri, dataDir } = config;
  return mongodbUri === undefined
    ? openLocalStore({ folder: dataDir, clock })
    : openMongo({ uri: mongodbUri, clock, logger });
}

/** Its driver is loaded only where it is used. */
async function openMongo(options: {
  readonly uri: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly isLookedAtOnly?: boolean;
}): Promise<Store> {
  const { openMongoStore } = await import('./stores/mongo/mongo-store.ts');
  return openMongoStore(options);
}

/** What an operator is told of the search indexes that the store could have. Changes none. */
export async function checkSearch({ config, clock, logger }: StoreOptions): Promise<readonly SearchCheck[]> {
  const { mongodbUri: uri } = config;
  if (uri === undefined) return [];
  const { openMongoStore } = await import('./stores/mongo/mongo-store.ts');
  const store = await openMongoStore({ uri, clock, logger, isLookedAtOnly: true });
  return store.checkSearch().finally(() => store.close());
}

/** Says in words that the configured store is usable. Throws `store.…` or `config.invalid` with what to do. */
export async function checkStore(options: StoreOptions): Promise<string> {
  if (options.config.mongodbUri === undefined) return checkStoreFile(options.config.dataDir);
  const { clock, logger } = options;
  const store = await openMongo({ uri: options.config.mongodbUri, clock, logger, isLookedAtOnly: true });
  await store.close();
  return `${store.place} answers, may be written, and has its indexes`;
}

/**
 * Puts a backup in the store's place, once `prepare` has made it ready. Throws `config.invalid` while a bot runs.
 * Answers with the name under which the store that was there is kept.
 */
export async function restoreStore<T>(
  config: Config,
  clock: Clock,
  file: string,
  prepare: (store: Store) => Promise<T>,
): Promise<{ readonly kept: string | undefined; readonly settled: T }> {
  if (config.mongodbUri !== undefined) {
    throw new AppError(
      'config.invalid',
      'MONGODB_URI: restore the database with its own tools, then run `countersign restore` without a file.',
    );
  }
  const folder = config.dataDir;
  const ready = layReady(folder, file);
  const store = await openLocalStore({ folder, file: ready, clock });
  const settled = await prepare(store).finally(() => store.close());
  return { kept: putInPlace(folder, ready), settled };
}

/** Both ends of a move from the local store to a database. */
export interface Move {
  readonly from: MovingOut;
  readonly to: MovingIn;
}

interface MoveOptions {
  readonly config: Pick<Config, 'dataDir' | 'embedder'>;
}

/** The local store alone, while nobody else has it open. */
export const openLeft = ({ config }: MoveOptions): MovingOut =>
  openMovingOut(config.dataDir, config.embedder);

/** What stands where the local store is to be moved; writes nothing. Throws with what to do where it cannot be moved. */
export async function lookAhead(
  { clock, logger }: StoreOptions,
  uri: string,
  { organisation }: MovingOut,
): Promise<TargetSeen & { readonly place: string }> {
  const { lookIntoTarget } = await import('./stores/mongo/move-in.ts');
  return lookIntoTarget({ uri, organisation, clock, logger });
}

export async function openMove(
  { config, clock, logger }: StoreOptions & MoveOptions,
  uri: string,
): Promise<Move> {
  const from = openLeft({ config });
  try {
    const { openMovingIn } = await import('./stores/mongo/move-in.ts');
    return { from, to: await openMovingIn({ uri, organisation: from.organisation, clock, logger }) };
  } catch (error) {
    from.close();
    throw error;
  }
}
