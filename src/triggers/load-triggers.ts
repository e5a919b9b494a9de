/** Reads `triggers.yaml`; without the file nothing starts that nobody called. */
import { basename } from 'node:path';
import type { Config } from '../config.ts';
import { readSettingsFile } from '../core/read-settings-file.ts';
import { parseTriggers } from './parse-triggers.ts';
import type { Trigger, TriggersSource } from './parse-triggers.ts';

export function loadTriggers(
  { triggersFile }: Pick<Config, 'triggersFile'>,
  workflows: TriggersSource['workflows'],
): readonly Trigger[] {
  if (triggersFile === undefined) return [];
  return parseTriggers(readSettingsFile('TRIGGERS_FILE', triggersFile), {
    file: basename(triggersFile),
    workflows,
  });
}
