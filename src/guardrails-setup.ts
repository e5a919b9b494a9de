/**
 * What `guardrails.yaml` says, read once at start and again whenever it changes while the bot runs.
 *
 * A file that has mistakes, or is gone, changes nothing: what was in force stays in force. Without a file at the
 * start there are no guardrails beyond those built in, until one is written.
 */
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import type { Config } from './config.ts';
import { AppError, describeError } from './core/errors.ts';
import { readSettingsFile } from './core/read-settings-file.ts';
import { createRedactor, followRedactor } from './core/redact.ts';
import type { Redactor } from './core/redact.ts';
import { noGuardrails, parseGuardrails, refuseMistakes } from './gate/parse-guardrails.ts';
import type { Guardrails, GuardrailsFile } from './gate/parse-guardrails.ts';

export interface LiveGuardrails {
  now(): Guardrails;
  /** Takes out these secrets, and what the patterns of the moment find. */
  redactorOf(secrets: readonly string[]): Redactor;
  /**
   * Has the file in force, and each that follows, looked at by somebody who knows more: he adds to its mistakes.
   * Throws `config.invalid` with every mistake of the file in force.
   */
  checkBy(judge: (file: GuardrailsFile) => void): void;
  /** Looks at the file. True when something else is in force from now on. */
  look(): boolean;
  /** What is wrong with the file, while something older is in force. */
  problem(): string | undefined;
}

/** Throws when there is a file that cannot be read; its mistakes wait for `checkBy`. */
export function createLiveGuardrails({ guardrailsPath }: Pick<Config, 'guardrailsPath'>): LiveGuardrails {
  const file = basename(guardrailsPath);
  const read = (): string | undefined =>
    existsSync(guardrailsPath) ? readSettingsFile('GUARDRAILS_FILE', guardrailsPath) : undefined;
  const judges: ((file: GuardrailsFile) => void)[] = [];
  let seen = read();
  const first = parseGuardrails(seen ?? '', file);
  let inForce = seen === undefined ? noGuardrails : first.guardrails;
  let hasFile = seen !== undefined;
  let problem: string | undefined;

  function adopt(text: string | undefined): boolean {
    if (text === undefined)
      throw new AppError('config.invalid', `${file}: is gone. Fix: bring it back, or restart without it.`);
    const changed = parseGuardrails(text, file);
    for (const judge of judges) judge(changed);
    refuseMistakes(changed.mistakes);
    inForce = changed.guardrails;
    hasFile = true;
    return true;
  }

  return {
    now: () => inForce,
    redactorOf(secrets) {
      let { patterns } = inForce;
      let redactor = createRedactor(secrets, patterns);
      return followRedactor(() => {
        if (patterns !== inForce.patterns) {
          ({ patterns } = inForce);
          redactor = createRedactor(secrets, patterns);
        }
        return redactor;
      });
    },
    checkBy(judge) {
      judges.push(judge);
      if (!hasFile) return;
      judge(first);
      refuseMistakes(first.mistakes);
    },
    look() {
      try {
        const text = read();
        if (text === seen) return false;
        seen = text;
        adopt(text);
        problem = undefined;
        return true;
      } catch (error) {
        problem = describeError(error);
        return false;
      }
    },
    problem: () => problem,
  };
}

/** Takes out what the configuration knows to be secret, and what the operator's own patterns find: for one command. */
export function redactorOf(config: Pick<Config, 'guardrailsPath' | 'secrets'>): Redactor {
  return createLiveGuardrails(config).redactorOf(config.secrets);
}
