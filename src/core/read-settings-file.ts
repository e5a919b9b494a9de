/** A file of the user's own that a setting names. */
import { readFileSync } from 'node:fs';
import { AppError } from './errors.ts';

/** Throws `config.invalid` with the setting, the file and the fix. */
export function readSettingsFile(
  setting: string,
  path: string,
  fix = 'give this user the right to read it',
): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new AppError('config.invalid', `${setting}: ${path} cannot be read. Fix: ${fix}.`, { cause });
  }
}
