/** A file of the user's own that a setting names. */
import { readFileSync, statSync } from 'node:fs';
import { AppError } from './errors.ts';

/** Far more than anybody writes by hand, and little enough to be looked at every few seconds. */
const mostBytes = 2 * 1024 * 1024;

/** Throws `config.invalid` with the setting, the file and the fix. */
export function readSettingsFile(
  setting: string,
  path: string,
  fix = 'give this user the right to read it',
): string {
  const refuse = (problem: string, mend: string, cause?: unknown): AppError =>
    new AppError('config.invalid', `${setting}: ${path} ${problem}. Fix: ${mend}.`, { cause });
  try {
    const found = statSync(path);
    if (found.isDirectory()) throw refuse('is a folder', 'put the file itself in its place');
    // A pipe would keep the whole process waiting, and a device has no end.
    if (!found.isFile()) throw refuse('is no file', 'put a file in its place');
    if (found.size > mostBytes) throw refuse('is larger than 2 MB', 'put the right file in its place');
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw cause instanceof AppError ? cause : refuse('cannot be read', fix, cause);
  }
}
