/** Reads `hooks.yaml`; without the file no webhook is let in. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Config } from '../../config.ts';
import { AppError } from '../../core/errors.ts';
import { parseHooks } from './parse-hooks.ts';
import type { Hook, HooksSource } from './parse-hooks.ts';

export function loadHooks(
  config: Pick<Config, 'hooksFile' | 'environment'>,
  known: Pick<HooksSource, 'people' | 'workflows'>,
): readonly Hook[] {
  const { hooksFile } = config;
  if (hooksFile === undefined) return [];
  let text: string;
  try {
    text = readFileSync(hooksFile, 'utf8');
  } catch (cause) {
    throw new AppError(
      'config.invalid',
      `HOOKS_FILE: ${hooksFile} cannot be read. Fix: give this user the right to read it.`,
      { cause },
    );
  }
  return parseHooks(text, { ...known, file: basename(hooksFile), env: config.environment });
}
