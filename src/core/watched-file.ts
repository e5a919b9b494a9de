/**
 * An operator's file that is looked at again while the bot runs.
 *
 * One that has mistakes, or is gone, changes nothing: what was in force stays in force. Each content is tried once.
 */
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { AppError, describeError } from './errors.ts';
import { readSettingsFile } from './read-settings-file.ts';

export interface WatchedFile {
  /** Looks at the file. True when something else is in force from now on. */
  look(): boolean;
  /** What is wrong with the file, while something older is in force. */
  problem(): string | undefined;
}

/**
 * `first` is what stood in it at the start; undefined when there was no file. `adopt` takes what stands in it later, or
 * throws what is wrong with it. Throws `config.invalid` when there is a file and it cannot be read.
 */
export function watchFile(options: {
  /** The setting that names it. */
  readonly setting: string;
  readonly path: string;
  adopt(text: string): void;
}): WatchedFile & { readonly first: string | undefined } {
  const { setting, path, adopt } = options;
  const read = (): string | undefined => (existsSync(path) ? readSettingsFile(setting, path) : undefined);
  const first = read();
  let seen = first;
  let problem: string | undefined;
  return {
    first,
    problem: () => problem,
    look() {
      try {
        const text = read();
        if (text === seen) return false;
        seen = text;
        if (text === undefined)
          throw new AppError(
            'config.invalid',
            `${basename(path)}: is gone. Fix: bring it back, or restart without it.`,
          );
        adopt(text);
        problem = undefined;
        return true;
      } catch (error) {
        problem = describeError(error);
        return false;
      }
    },
  };
}
