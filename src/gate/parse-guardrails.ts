/** `guardrails.yaml` → what is looked after beside the policy. Every mistake is reported at once, with line, key and fix. */
import { AppError } from '../core/errors.ts';
import type { LinearPattern } from '../core/linear-pattern.ts';
import { createMistakes, readKnown, readWholeNumber, readYaml } from '../core/yaml-file.ts';
import type { Mistakes, YamlValue } from '../core/yaml-file.ts';
import { maxOutputBytes } from '../tools/tool-result.ts';
import { maxArgumentBytes } from './find-secret.ts';
import { readDrills } from './parse-drills.ts';
import type { WrittenDrill } from './parse-drills.ts';
import { readHosts } from './parse-hosts.ts';
import type { HostRules } from './parse-hosts.ts';
import { readRedactions } from './parse-redactions.ts';

export interface Guardrails {
  /** Looked for wherever secrets are. */
  readonly patterns: readonly LinearPattern[];
  /** Empty: nobody is drilled. */
  readonly drills: readonly WrittenDrill[];
  /** The most that one call takes along, and that one result brings into a run, in bytes. */
  readonly caps: { readonly arguments: number; readonly results: number };
  /** Where addresses may lead; absent: to every public host. */
  readonly hosts?: HostRules;
}

export interface GuardrailsFile {
  readonly guardrails: Guardrails;
  /** For what only others can check: channels, persons, moments. */
  readonly mistakes: Mistakes;
}

const noCaps = { arguments: maxArgumentBytes, results: maxOutputBytes };

export const noGuardrails: Guardrails = { patterns: [], drills: [], caps: noCaps };

/** What only others can check is left to them: whoever uses the result calls `refuseMistakes` at the end. */
export function parseGuardrails(text: string, file: string): GuardrailsFile {
  const mistakes = createMistakes(file);
  const root = readYaml(text, mistakes);
  const sections =
    root === undefined ? undefined : readKnown(root, ['redact', 'drills', 'caps', 'hosts'], mistakes);
  return {
    guardrails: {
      patterns: sections?.redact === undefined ? [] : readRedactions(sections.redact, mistakes),
      drills: sections?.drills === undefined ? [] : readDrills(sections.drills, mistakes),
      caps: sections?.caps === undefined ? noCaps : readCaps(sections.caps, mistakes),
      ...(sections?.hosts !== undefined && { hosts: readHosts(sections.hosts, mistakes) }),
    },
    mistakes,
  };
}

/** Lower than what is built in, in kB; never higher: everything that is kept and looked through is sized by that. */
function readCaps(section: YamlValue, mistakes: Mistakes): Guardrails['caps'] {
  const written = readKnown(section, ['arguments', 'results'], mistakes);
  const read = (value: YamlValue | undefined, most: number): number => {
    const kB =
      value === undefined ? undefined : readWholeNumber(value, { min: 1, max: most / 1024 }, mistakes);
    return kB === undefined ? most : kB * 1024;
  };
  return {
    arguments: read(written?.arguments, noCaps.arguments),
    results: read(written?.results, noCaps.results),
  };
}

export function refuseMistakes(mistakes: Mistakes): void {
  const list = mistakes.list();
  if (list.length > 0) throw new AppError('config.invalid', list.join('\n'));
}
