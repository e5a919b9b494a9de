/**
 * Patterns that operators write, run by an engine whose time is linear in the text: no pattern and no text makes it slow.
 * They are matched within a line.
 */
import { RE2JS } from 're2js';

export interface LinearPattern {
  /** What stands in the place of what it finds. */
  readonly mark: string;
  /** It may find text with a space in it, so that the end of a word is no end of a find. */
  readonly mayHoldSpace: boolean;
  clean(text: string): string;
  holds(text: string): boolean;
}

const longestPattern = 500;
/** Whatever could stand for a space; a word in doubt counts. */
const spaceLike = /[\s.]|\\[sWDPpxCQ]|\[\^|\[\[/u;

export type CompiledPattern =
  { readonly pattern: LinearPattern } | { readonly problem: string; readonly fix: string };

export function compilePattern(name: string, source: string): CompiledPattern {
  if (source.length > longestPattern)
    return {
      problem: `is longer than ${String(longestPattern)} characters`,
      fix: 'write several shorter patterns',
    };
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(source);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return {
      problem: `is not a pattern (${why})`,
      fix: 'write RE2 syntax, which has no back references and no look-around',
    };
  }
  const mark = `[${name}]`;
  const holds = (text: string): boolean => compiled.matcher(text).find();
  if (holds('')) return { problem: 'finds nothing at all, too', fix: 'let it need at least one character' };
  const commonest = [mark, '[secret]', 'the', 'a', '1', ' '].find(holds);
  if (commonest !== undefined)
    return { problem: `finds «${commonest}», too`, fix: 'make it longer or more exact' };
  const replacement = RE2JS.quoteReplacement(mark);
  const cleanLine = (line: string): string => compiled.matcher(line).replaceAll(replacement);
  return {
    pattern: {
      mark,
      mayHoldSpace: spaceLike.test(source),
      clean: (text) => (text.includes('\n') ? text.split('\n').map(cleanLine).join('\n') : cleanLine(text)),
      holds: (text) => text.split('\n').some(holds),
    },
  };
}
