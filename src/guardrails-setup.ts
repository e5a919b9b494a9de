/** What `guardrails.yaml` says; nothing where there is no such file. */
import { basename } from 'node:path';
import type { Config } from './config.ts';
import { readSettingsFile } from './core/read-settings-file.ts';
import { createRedactor } from './core/redact.ts';
import type { Redactor } from './core/redact.ts';
import { createMistakes } from './core/yaml-file.ts';
import { noGuardrails, parseGuardrails } from './gate/parse-guardrails.ts';
import type { GuardrailsFile } from './gate/parse-guardrails.ts';

export function readGuardrails({ guardrailsFile }: Pick<Config, 'guardrailsFile'>): GuardrailsFile {
  if (guardrailsFile === undefined)
    return { guardrails: noGuardrails, mistakes: createMistakes('guardrails.yaml') };
  return parseGuardrails(readSettingsFile('GUARDRAILS_FILE', guardrailsFile), basename(guardrailsFile));
}

/** Takes out what the configuration knows to be secret, and what the operator's own patterns find. */
export function redactorOf(config: Pick<Config, 'guardrailsFile' | 'secrets'>): Redactor {
  return createRedactor(config.secrets, readGuardrails(config).guardrails.patterns);
}
