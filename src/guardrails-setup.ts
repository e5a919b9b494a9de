/** What `guardrails.yaml` says; nothing where there is no such file. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Config } from './config.ts';
import { AppError } from './core/errors.ts';
import { createMistakes } from './core/yaml-file.ts';
import { noGuardrails, parseGuardrails } from './gate/parse-guardrails.ts';
import type { GuardrailsFile } from './gate/parse-guardrails.ts';

export function readGuardrails({ guardrailsFile }: Pick<Config, 'guardrailsFile'>): GuardrailsFile {
  if (guardrailsFile === undefined)
    return { guardrails: noGuardrails, mistakes: createMistakes('guardrails.yaml') };
  let text: string;
  try {
    text = readFileSync(guardrailsFile, 'utf8');
  } catch (cause) {
    throw new AppError(
      'config.invalid',
      `GUARDRAILS_FILE: ${guardrailsFile} cannot be read. Fix: give this user the right to read it.`,
      { cause },
    );
  }
  return parseGuardrails(text, basename(guardrailsFile));
}
