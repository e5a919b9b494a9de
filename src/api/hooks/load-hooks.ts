/** Reads `hooks.yaml`; without the file no webhook is let in. */
import { basename } from 'node:path';
import type { Config } from '../../config.ts';
import { readSettingsFile } from '../../core/read-settings-file.ts';
import { parseHooks } from './parse-hooks.ts';
import type { Hook, HooksSource } from './parse-hooks.ts';

export function loadHooks(
  config: Pick<Config, 'hooksFile' | 'environment'>,
  known: Pick<HooksSource, 'people' | 'workflows'>,
): readonly Hook[] {
  const { hooksFile } = config;
  if (hooksFile === undefined) return [];
  return parseHooks(readSettingsFile('HOOKS_FILE', hooksFile), {
    ...known,
    file: basename(hooksFile),
    env: config.environment,
  });
}
