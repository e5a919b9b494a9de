/**
 * `knowledge.yaml`, read at start and again whenever it changes while the bot runs.
 *
 * A file that has mistakes, or is gone, changes nothing: what was listened to still is, and nothing is forgotten. Without
 * a file at the start no channel is listened to until one is written.
 */
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import type { Config } from '../config.ts';
import { AppError, describeError } from '../core/errors.ts';
import { readSettingsFile } from '../core/read-settings-file.ts';
import { parseLearning } from './parse-learning.ts';
import type { Listened } from './parse-learning.ts';

export interface LiveLearning {
  now(): readonly Listened[];
  /** Looks at the file. True when something else is in force from now on. */
  look(): boolean;
  /** What is wrong with the file, while something older is in force. */
  problem(): string | undefined;
}

/** Throws what is wrong with the file when there is nothing older to stay with. */
export function createLiveLearning({ knowledgePath }: Pick<Config, 'knowledgePath'>): LiveLearning {
  const file = basename(knowledgePath);
  const read = (): string | undefined =>
    existsSync(knowledgePath) ? readSettingsFile('KNOWLEDGE_FILE', knowledgePath) : undefined;
  let seen = read();
  let inForce = seen === undefined ? [] : parseLearning(seen, file);
  let problem: string | undefined;
  return {
    now: () => inForce,
    problem: () => problem,
    look() {
      try {
        const text = read();
        if (text === seen) return false;
        seen = text;
        if (text === undefined)
          throw new AppError(
            'config.invalid',
            `${file}: is gone. Fix: bring it back, or restart without it.`,
          );
        inForce = parseLearning(text, file);
        problem = undefined;
        return true;
      } catch (error) {
        problem = describeError(error);
        return false;
      }
    },
  };
}
