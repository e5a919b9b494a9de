/** Copies of the local store: made while it is in use, and put in its place while nobody uses it. */
import { closeSync, copyFileSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { AppError, describeError } from '../../core/errors.ts';
import { databaseFile } from './database.ts';
import type { LocalDatabase } from './database.ts';

/** A complete copy as of one moment; writers are not held up. The file must not exist, and only its owner may read it. */
export function copyDatabase(database: LocalDatabase, file: string): void {
  try {
    // Made first, so that it never has other rights.
    closeSync(openSync(file, 'wx', 0o600));
    database.prepare('VACUUM INTO ?').run(file);
    checkDatabase(file);
  } catch (cause) {
    throw new AppError(
      'config.invalid',
      `${file} cannot be written: ${describeError(cause)}. Fix: name a new file.`,
      {
        cause,
      },
    );
  }
}

/** A copy of a backup in the store's folder, under another name: to be made ready there before it is put in place. */
export function layReady(folder: string, file: string): string {
  if (!existsSync(file)) throw new AppError('config.invalid', `There is no file ${file}.`);
  checkDatabase(file);
  const name = `${databaseFile}.restoring`;
  for (const rest of [name, `${name}-wal`, `${name}-shm`]) rmSync(join(folder, rest), { force: true });
  copyFileSync(file, join(folder, name));
  return name;
}

/** Puts a file that lies ready in the store's place; the store that was there is kept under the name that is answered. */
export function putInPlace(folder: string, ready: string): string | undefined {
  const place = join(folder, databaseFile);
  let kept: string | undefined;
  if (existsSync(place)) {
    holdAlone(place);
    for (let number = 1; kept === undefined; number += 1) {
      const name = `${place}.before-restore-${String(number)}`;
      if (!existsSync(name)) kept = name;
    }
    copyFileSync(place, kept);
    for (const log of ['-wal', '-shm']) rmSync(`${place}${log}`, { force: true });
  }
  flush(join(folder, ready));
  renameSync(join(folder, ready), place);
  flush(folder);
  return kept;
}

/** Throws `config.invalid` while another process has the store open; afterwards its log is empty. */
export function holdAlone(file: string): void {
  const database = new Database(file);
  try {
    database.exec('PRAGMA busy_timeout = 500; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT;');
    database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
  } catch (cause) {
    throw new AppError(
      'config.invalid',
      `${file} is in use: ${describeError(cause)}. Fix: stop the bot, then restore.`,
      { cause },
    );
  } finally {
    database.close();
  }
}

/** Looks at every page of the store's file, beside whoever uses it. Throws `store.corrupt` for a damaged one. */
export function checkStoreFile(folder: string): string {
  const file = join(folder, databaseFile);
  if (!existsSync(file)) return `${file} will be created`;
  checkDatabase(file);
  return `${file} is whole`;
}

function checkDatabase(file: string): void {
  const database = new Database(file, { readonly: true });
  try {
    const found: unknown = database.prepare('PRAGMA quick_check(1)').get();
    const isWhole = typeof found === 'object' && found !== null && Object.values(found)[0] === 'ok';
    if (!isWhole) throw new AppError('store.corrupt', `${file} is damaged: ${JSON.stringify(found)}.`);
    database.prepare('SELECT 1 FROM commits LIMIT 1').get();
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError('store.corrupt', `${file} is no copy of a store: ${describeError(cause)}.`, { cause });
  } finally {
    database.close();
  }
}

function flush(path: string): void {
  const handle = openSync(path, 'r');
  fsyncSync(handle);
  closeSync(handle);
}
