/** `${NAME}` in a configuration value: filled from an explicit record, each gap a mistake of its own. */
import { quote } from '../core/yaml-file.ts';
import type { Mistakes, Spot } from '../core/yaml-file.ts';

export interface Substitution {
  /** The text with every `${NAME}` filled in. A missing value is reported and left as written. */
  fill(text: string, spot: Spot): string;
  /** The values that were filled in so far. */
  used(): readonly string[];
}

export function createSubstitution(
  env: Readonly<Record<string, string | undefined>>,
  mistakes: Mistakes,
): Substitution {
  const used: string[] = [];
  return {
    fill(text, spot) {
      return text.replace(/\$\{([^}]*)\}/gu, (written, name: string) => {
        if (!/^[A-Za-z_][A-Za-z0-9_]*$/u.test(name)) {
          mistakes.add(spot, `${quote(written)} is no name of an environment value`, 'write ${NAME}');
          return written;
        }
        const value = Object.hasOwn(env, name) ? env[name] : undefined;
        if (value === undefined || value === '') {
          mistakes.add(
            spot,
            `needs ${written}, which is not set`,
            `set ${name} in the environment or in .env`,
          );
          return written;
        }
        used.push(value);
        return value;
      });
    },
    used: () => used,
  };
}
