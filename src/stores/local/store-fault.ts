/**
 * What went wrong with the file, and what to do about it.
 *
 * All of it may pass (space is freed, a right is given, a backup is put in place), so whoever waits for the store
 * tries again: nothing is given up because of a disk.
 */
import { AppError, describeError } from '../../core/errors.ts';

const remedies: readonly (readonly [RegExp, string, string])[] = [
  [/^SQLITE_FULL/u, 'the disk is full', 'free some space; the bot goes on by itself'],
  [
    /^SQLITE_(READONLY|PERM|CANTOPEN)/u,
    'it cannot be written',
    'give this user the right to write it and its folder; the bot goes on by itself',
  ],
  [
    /^SQLITE_(CORRUPT|NOTADB)/u,
    'it is damaged',
    'stop the bot, look with `countersign doctor`, and put a backup in place with `countersign restore`',
  ],
  [/^SQLITE_(BUSY|LOCKED)/u, 'another process holds it', 'end whatever keeps it locked'],
  [/^SQLITE_IOERR/u, 'the disk fails', 'check the disk and its quota; the bot goes on by itself'],
];

const codeOf = (cause: unknown): string =>
  typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';

/** True for what a later attempt may not meet: a lock, a full disk, a missing right. */
export const isPassing = (cause: unknown): boolean =>
  /^SQLITE_(BUSY|LOCKED|FULL|READONLY|PERM|CANTOPEN|IOERR)/u.test(codeOf(cause));

/** A failure that already says what it is stays as it is. */
export function storeFault(file: string, cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  const code = codeOf(cause);
  const [, what, fix] = remedies.find(([pattern]) => pattern.test(code)) ?? [
    '',
    'it cannot be used',
    'read the cause',
  ];
  return new AppError('store.unavailable', `${file}: ${what} (${describeError(cause)}). Fix: ${fix}.`, {
    cause,
  });
}
