/**
 * What went wrong with the file, and what to do about it.
 *
 * All of it may pass (space is freed, a right is given, a backup is put in place), so whoever waits for the store
 * tries again: nothing is given up because of a disk.
 */
import { AppError, describeError } from '../../core/errors.ts';

type Remedy = readonly [RegExp, string, string];

const damaged: Remedy = [
  /^SQLITE_(CORRUPT|NOTADB)/u,
  'it is damaged',
  'stop the bot, look with `countersign doctor`, and put a backup in place with `countersign restore`',
];

const remedies: readonly Remedy[] = [
  [/^SQLITE_FULL/u, 'the disk is full', 'free some space; the bot goes on by itself'],
  [
    /^SQLITE_(READONLY|PERM|CANTOPEN)/u,
    'it cannot be written',
    'give this user the right to write it and its folder; the bot goes on by itself',
  ],
  damaged,
  [/^SQLITE_(BUSY|LOCKED)/u, 'another process holds it', 'end whatever keeps it locked'],
  [/^SQLITE_IOERR/u, 'the disk fails', 'check the disk and its quota; the bot goes on by itself'],
];

const codeOf = (cause: unknown): string =>
  typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';

const remedyOf = (cause: unknown): Remedy | undefined =>
  remedies.find(([pattern]) => pattern.test(codeOf(cause)));

/** True for what a later attempt may not meet: a lock, a full disk, a missing right. */
export function isPassing(cause: unknown): boolean {
  const remedy = remedyOf(cause);
  return remedy !== undefined && remedy !== damaged;
}

/** A failure that already says what it is stays as it is. */
export function storeFault(file: string, cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  const [, what, fix] = remedyOf(cause) ?? ['', 'it cannot be used', 'read the cause'];
  return new AppError('store.unavailable', `${file}: ${what} (${describeError(cause)}). Fix: ${fix}.`, {
    cause,
  });
}
