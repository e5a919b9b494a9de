/** `guardrails.yaml` → what is looked after beside the policy. Every mistake is reported at once, with line, key and fix. */
import { AppError } from '../core/errors.ts';
import type { LinearPattern } from '../core/linear-pattern.ts';
import { createMistakes, readKnown, readYaml } from '../core/yaml-file.ts';
import type { Mistakes } from '../core/yaml-file.ts';
import { readDrills } from './parse-drills.ts';
import type { WrittenDrill } from './parse-drills.ts';
import { readRedactions } from './parse-redactions.ts';

export interface Guardrails {
  /** Looked for wherever secrets are. */
  readonly patterns: readonly LinearPattern[];
  /** Empty: nobody is drilled. */
  readonly drills: readonly WrittenDrill[];
}

export interface GuardrailsFile {
  readonly guardrails: Guardrails;
  /** For what only others can check: channels, persons, moments. */
  readonly mistakes: Mistakes;
}

export const noGuardrails: Guardrails = { patterns: [], drills: [] };

/** What only others can check is left to them: whoever uses the result calls `refuseMistakes` at the end. */
export function parseGuardrails(text: string, file: string): GuardrailsFile {
  const mistakes = createMistakes(file);
  const root = readYaml(text, mistakes);
  const sections = root === undefined ? undefined : readKnown(root, ['redact', 'drills'], mistakes);
  return {
    guardrails: {
      patterns: sections?.redact === undefined ? [] : readRedactions(sections.redact, mistakes),
      drills: sections?.drills === undefined ? [] : readDrills(sections.drills, mistakes),
    },
    mistakes,
  };
}

export function refuseMistakes(mistakes: Mistakes): void {
  const list = mistakes.list();
  if (list.length > 0) throw new AppError('config.invalid', list.join('\n'));
}
