/** Reads `triggers.yaml`; without the file nothing starts that nobody called. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Config } from '../config.ts';
import { AppError } from '../core/errors.ts';
import { parseTriggers } from './parse-triggers.ts';
import type { Trigger, TriggersSource } from './parse-triggers.ts';

export function loadTriggers(
  { triggersFile }: Pick<Config, 'triggersFile'>,
  workflows: TriggersSource['workflows'],
): readonly Trigger[] {
  if (triggersFile === undefined) return [];
  let text: string;
  try {
    text = readFileSync(triggersFile, 'utf8');
  } catch (cause) {
    throw new AppError(
      'config.invalid',
      `TRIGGERS_FILE: ${triggersFile} cannot be read. Fix: give this user the right to read it.`,
      { cause },
    );
  }
  return parseTriggers(text, { file: basename(triggersFile), workflows });
}
