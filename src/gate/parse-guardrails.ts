/** `guardrails.yaml` → what is looked after beside the policy. Every mistake is reported at once, with line, key and fix. */
import { AppError } from '../core/errors.ts';
import { createMistakes, readKnown, readYaml } from '../core/yaml-file.ts';
import type { Mistakes } from '../core/yaml-file.ts';
import { readDrills } from './parse-drills.ts';
import type { WrittenDrill } from './parse-drills.ts';

export interface Guardrails {
  /** Empty: nobody is drilled. */
  readonly drills: readonly WrittenDrill[];
}

export interface GuardrailsFile {
  readonly guardrails: Guardrails;
  /** For what only others can check: channels, persons, moments. */
  readonly mistakes: Mistakes;
}

export const noGuardrails: Guardrails = { drills: [] };

/** What only others can check is left to them: whoever uses the result calls `refuseMistakes` at the end. */
export function parseGuardrails(text: string, file: string): GuardrailsFile {
  const mistakes = createMistakes(file);
  const root = readYaml(text, mistakes);
  const sections = root === undefined ? undefined : readKnown(root, ['drills'], mistakes);
  return {
    guardrails: {
      drills: sections?.drills === undefined ? [] : readDrills(sections.drills, mistakes),
    },
    mistakes,
  };
}

export function refuseMistakes(mistakes: Mistakes): void {
  const list = mistakes.list();
  if (list.length > 0) throw new AppError('config.invalid', list.join('\n'));
}
