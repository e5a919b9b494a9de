/**
 * The operator's files while the bot runs: looked at every few seconds, and told about when they cannot be used.
 *
 * Each state of the files is told once, and once more when they are in order again.
 */
import type { Logger } from './core/logger.ts';
import type { WatchedFile } from './core/watched-file.ts';
import type { LiveGuardrails } from './guardrails-setup.ts';
import type { LiveLearning } from './learning/load-learning.ts';
import type { LiveSetup } from './live-setup.ts';

export interface SettingsWatch {
  /** True when policy, people or guardrails are others from now on. */
  look(): boolean;
  /** What is wrong with the files, while older ones are in force. */
  problem(): string | undefined;
}

/** So many mistakes fit into one message. */
const mostLines = 8;

export function createSettingsWatch(options: {
  readonly setup: Pick<LiveSetup, 'look' | 'problem'>;
  readonly guardrails: Pick<LiveGuardrails, 'look' | 'problem' | 'now'>;
  readonly learning: LiveLearning;
  /** Other channels are listened to from now on, or otherwise. */
  onLearning(): void;
  readonly logger: Logger;
  /** Tells every operator. */
  tell(text: string): void;
}): SettingsWatch {
  const { setup, guardrails, learning, logger, tell } = options;
  let told: string | undefined;

  const problemNow = (): string | undefined => {
    const found = [setup.problem(), guardrails.problem(), learning.problem()].filter(
      (problem) => problem !== undefined,
    );
    return found.length === 0 ? undefined : found.join('\n');
  };

  /** A file is refused once, and taken up once. */
  function follow(name: string, file: WatchedFile, onChange: () => void): void {
    const before = file.problem();
    if (file.look()) onChange();
    const refused = file.problem();
    if (refused !== undefined && refused !== before) logger.error(`${name}.refused`, { why: refused });
  }

  return {
    problem: problemNow,
    look() {
      let isChanged = setup.look();
      follow('guardrails', guardrails, () => {
        isChanged = true;
        const { patterns, drills } = guardrails.now();
        logger.info('guardrails.changed', { patterns: patterns.length, drills: drills.length });
      });
      follow('knowledge', learning, () => {
        logger.info('knowledge.changed', { channels: learning.now().length });
        options.onLearning();
      });
      const problem = problemNow();
      if (problem === told) return isChanged;
      tell(problem === undefined ? 'The files are in order again, and in force.' : textOf(problem));
      told = problem;
      return isChanged;
    },
  };
}

function textOf(problem: string): string {
  const lines = problem.split('\n');
  const more = lines.length - mostLines;
  return [
    'Your files have mistakes. What was in force stays in force until they are mended:',
    ...lines.slice(0, mostLines),
    ...(more > 0 ? [`… and ${String(more)} more.`] : []),
  ].join('\n');
}
