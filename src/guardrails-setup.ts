/**
 * What `guardrails.yaml` says, read once at start and again whenever it changes while the bot runs.
 *
 * A file that has mistakes, or is gone, changes nothing: what was in force stays in force. Without a file at the
 * start there are no guardrails beyond those built in, until one is written.
 */
import { basename } from 'node:path';
import type { Config } from './config.ts';
import { isListedHost } from './core/host-list.ts';
import { createRedactor, followRedactor } from './core/redact.ts';
import type { Redactor } from './core/redact.ts';
import { watchFile } from './core/watched-file.ts';
import type { WatchedFile } from './core/watched-file.ts';
import { noGuardrails, parseGuardrails, refuseMistakes } from './gate/parse-guardrails.ts';
import type { Guardrails, GuardrailsFile } from './gate/parse-guardrails.ts';

export interface LiveGuardrails extends WatchedFile {
  now(): Guardrails;
  /** Takes out these secrets, and what the patterns of the moment find. */
  redactorOf(secrets: readonly string[]): Redactor;
  /** Why nothing is fetched from an address, as a clause: the list of hosts of the moment does not name it. */
  whyClosed(url: URL): string | undefined;
  /**
   * Has the file in force, and each that follows, looked at by somebody who knows more: he adds to its mistakes.
   * Throws `config.invalid` with every mistake of the file in force.
   */
  checkBy(judge: (file: GuardrailsFile) => void): void;
}

/** Throws when there is a file that cannot be read; its mistakes wait for `checkBy`. */
export function createLiveGuardrails({ guardrailsPath }: Pick<Config, 'guardrailsPath'>): LiveGuardrails {
  const parse = (text: string): GuardrailsFile => parseGuardrails(text, basename(guardrailsPath));
  const judges: ((file: GuardrailsFile) => void)[] = [];
  const file = watchFile({
    setting: 'GUARDRAILS_FILE',
    path: guardrailsPath,
    adopt(text) {
      const changed = parse(text);
      for (const judge of judges) judge(changed);
      refuseMistakes(changed.mistakes);
      inForce = changed.guardrails;
      hasFile = true;
    },
  });
  const first = parse(file.first ?? '');
  let hasFile = file.first !== undefined;
  let inForce = hasFile ? first.guardrails : noGuardrails;

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
    whyClosed(url) {
      const { hosts } = inForce;
      return hosts === undefined || isListedHost(url, hosts.allow)
        ? undefined
        : `is not among the hosts that operators allow. An operator adds it to «hosts» in ${basename(guardrailsPath)}`;
    },
    checkBy(judge) {
      judges.push(judge);
      if (!hasFile) return;
      judge(first);
      refuseMistakes(first.mistakes);
    },
    look: () => file.look(),
    problem: () => file.problem(),
  };
}

/** For one command, which does not begin by guardrails that have mistakes. */
export function guardrailsOf(config: Pick<Config, 'guardrailsPath'>): LiveGuardrails {
  const live = createLiveGuardrails(config);
  live.checkBy(() => undefined);
  return live;
}

/** Takes out what the configuration knows to be secret, and what the operator's own patterns find: for one command. */
export function redactorOf(config: Pick<Config, 'guardrailsPath' | 'secrets'>): Redactor {
  return createLiveGuardrails(config).redactorOf(config.secrets);
}
