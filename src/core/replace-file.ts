/** Puts a whole text in the place of a file: whoever reads it meanwhile sees the old or the new one, never a part. */
import {
  chmodSync,
  closeSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { AppError } from './errors.ts';
import { newNonce } from './ids.ts';

/** Its rights stay, and a link to it stays one. Throws `config.invalid` with the file and the fix. */
export function replaceFile(path: string, text: string): void {
  let next: string | undefined;
  try {
    const real = realpathSync(path);
    const aside = `${real}.${newNonce()}`;
    next = aside;
    writeFileSync(aside, text, { mode: 0o600, flag: 'wx', flush: true });
    chmodSync(aside, statSync(real).mode);
    renameSync(aside, real);
    next = undefined;
    syncFolder(real.slice(0, Math.max(1, real.lastIndexOf('/'))));
  } catch (cause) {
    if (next !== undefined) removeAside(next);
    throw unwritable(path, cause);
  }
}

/** What would keep a text from being put there, as a sentence; undefined when nothing is known to. Leaves no trace. */
export function findWriteFault(path: string): string | undefined {
  try {
    const aside = `${realpathSync(path)}.${newNonce()}`;
    writeFileSync(aside, '', { mode: 0o600, flag: 'wx' });
    rmSync(aside);
    return undefined;
  } catch (cause) {
    return unwritable(path, cause).message;
  }
}

/** What cannot be taken away either is no reason to say anything else than what kept the text out. */
function removeAside(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Said by what is thrown next.
  }
}

function unwritable(path: string, cause: unknown): AppError {
  return new AppError(
    'config.invalid',
    `${path} cannot be written. Fix: give this user the right to write it and its folder, or mount the folder and not the file alone.`,
    { cause },
  );
}

/** The new name is durable once its folder is. */
function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
