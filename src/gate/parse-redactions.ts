/** Operators' own patterns: what nobody shall read anywhere, by a name that stands in its place. */
import { compilePattern } from '../core/linear-pattern.ts';
import type { LinearPattern } from '../core/linear-pattern.ts';
import { readEntries, readText } from '../core/yaml-file.ts';
import type { Mistakes, YamlValue } from '../core/yaml-file.ts';

const mostPatterns = 50;

export function readRedactions(section: YamlValue, mistakes: Mistakes): readonly LinearPattern[] {
  const entries = readEntries(section, mistakes) ?? [];
  if (entries.length > mostPatterns)
    mistakes.add(section, `has more than ${String(mostPatterns)} patterns`, 'join some with «|»');
  return entries.flatMap(({ key, value, line, path }) => {
    if (!/^[a-z][a-z0-9 -]{0,29}$/u.test(key))
      mistakes.add({ line, path }, 'is not a name for a pattern', 'use 1 to 30 of a-z, 0-9, spaces and -');
    const source = readText(value, mistakes);
    if (source === undefined) return [];
    const compiled = compilePattern(key, source);
    if ('pattern' in compiled) return [compiled.pattern];
    mistakes.add(value, compiled.problem, compiled.fix);
    return [];
  });
}
