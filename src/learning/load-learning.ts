/**
 * `knowledge.yaml`, read at start and again whenever it changes while the bot runs.
 *
 * A file that has mistakes, or is gone, changes nothing: what was listened to still is, and nothing is forgotten. Without
 * a file at the start no channel is listened to until one is written.
 */
import { basename } from 'node:path';
import type { Config } from '../config.ts';
import { watchFile } from '../core/watched-file.ts';
import type { WatchedFile } from '../core/watched-file.ts';
import { parseLearning } from './parse-learning.ts';
import type { Listened } from './parse-learning.ts';

export interface LiveLearning extends WatchedFile {
  now(): readonly Listened[];
}

/** Throws what is wrong with the file when there is nothing older to stay with. */
export function createLiveLearning({ knowledgePath }: Pick<Config, 'knowledgePath'>): LiveLearning {
  const parse = (text: string): readonly Listened[] => parseLearning(text, basename(knowledgePath));
  const file = watchFile({
    setting: 'KNOWLEDGE_FILE',
    path: knowledgePath,
    adopt(text) {
      inForce = parse(text);
    },
  });
  let inForce = file.first === undefined ? [] : parse(file.first);
  return { now: () => inForce, look: () => file.look(), problem: () => file.problem() };
}
