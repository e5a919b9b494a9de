/** Reads `knowledge.yaml`; without the file no channel is listened to. */
import { basename } from 'node:path';
import type { Config } from '../config.ts';
import { readSettingsFile } from '../core/read-settings-file.ts';
import { parseLearning } from './parse-learning.ts';
import type { Listened } from './parse-learning.ts';

export function loadLearning({ knowledgeFile }: Pick<Config, 'knowledgeFile'>): readonly Listened[] {
  if (knowledgeFile === undefined) return [];
  return parseLearning(readSettingsFile('KNOWLEDGE_FILE', knowledgeFile), basename(knowledgeFile));
}
